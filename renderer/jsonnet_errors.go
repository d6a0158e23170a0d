package main

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

// keptFailure keeps the error itself, of which Jsonnet would give only a text.
type keptFailure struct {
	err error
}

// Format is called once for each evaluation that fails.
func (failure *keptFailure) Format(err error) string {
	failure.err = err
	return err.Error()
}

// SetMaxStackTraceSize has no meaning here: a problem has one place.
func (failure *keptFailure) SetMaxStackTraceSize(int) {}

// SetColorFormatter has no meaning here.
func (failure *keptFailure) SetColorFormatter(jsonnet.ColorFormatter) {}

// problems gives the failure with its place: that of the innermost call that is written in the tree.
func (failure *keptFailure) problems(file string, importer *treeImporter) Problems {
	where := &Where{File: file}
	code, message := codeJsonnet, ""
	var static interface {
		error
		Loc() ast.LocationRange
	}
	var runtime jsonnet.RuntimeError
	switch {
	case errors.As(failure.err, &runtime):
		message = runtime.Msg
		for _, frame := range slices.Backward(runtime.StackTrace) {
			if inJsonnetTree(frame.Loc) {
				where = placeOf(frame.Loc)
				break
			}
		}
	case errors.As(failure.err, &static):
		message = static.Error()
		if location := static.Loc(); location.IsSet() {
			message = strings.TrimPrefix(message, location.String()+" ")
			if inJsonnetTree(location) {
				where = placeOf(location)
			} else {
				message = variableName(string(location.File.DiagnosticFileName)) + message
			}
		}
	default:
		message = failure.err.Error()
	}
	if len(importer.problems) > 0 {
		// What was refused while importing says more than the import's own error.
		refused := importer.problems[len(importer.problems)-1]
		code, message = refused.Code, refused.Message
		if refused.Where != nil {
			where = refused.Where
		}
	}
	return Problems{{Code: code, Message: strings.TrimSpace(message), Where: where}}
}

// inJsonnetTree is false for the standard library and for the values of variables.
func inJsonnetTree(location ast.LocationRange) bool {
	return location.IsSet() && location.FileName != "" && !strings.HasPrefix(location.FileName, "<")
}

func placeOf(location ast.LocationRange) *Where {
	return &Where{File: path.Clean(location.FileName), Line: location.Begin.Line, Column: location.Begin.Column}
}

var variablePattern = regexp.MustCompile(`^<(extvar|top-level-arg):(.*)>$`)

// variableName words the place of an error in the code of a variable.
func variableName(file string) string {
	found := variablePattern.FindStringSubmatch(file)
	switch {
	case found == nil:
		return ""
	case found[1] == "extvar":
		return "in the external variable " + found[2] + ": "
	default:
		return "in the top-level argument " + found[2] + ": "
	}
}
