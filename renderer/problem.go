package main

import (
	"errors"
	"fmt"
	"strings"
)

// Where says where a problem lies, as much of it as is known. The names are those of Location in src/errors.ts.
type Where struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Object string `json:"object,omitempty"`
	Field  string `json:"field,omitempty"`
}

// Problem is one thing that is wrong. The codes are those of the catalogue in src/errors.ts; the host refuses others.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Where   *Where `json:"where,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// The codes that the renderer uses.
const (
	codeInternal          = "internal"
	codePathMissing       = "render.path-missing"
	codeFileMissing       = "render.file-missing"
	codeOutsideRepository = "render.outside-repository"
	codeInvalidYAML       = "render.invalid-yaml"
	codeTooManyAliases    = "render.too-many-aliases"
	codeLargeFilePointer  = "render.lfs-pointer"
	codeInvalidObject     = "render.invalid-object"
	codeInvalidOptions    = "render.invalid-options"
	codeRemoteRefused     = "render.remote-refused"
	codePluginRefused     = "render.plugin-refused"
	codeKustomize         = "render.kustomize"
	codeHelm              = "render.helm"
	codeHelmValues        = "render.helm-values"
	codeChartDependency   = "render.chart-dependency"
	codeJsonnet           = "render.jsonnet"
	codeDeprecated        = "render.deprecated"
	codeUnstable          = "render.unstable"
	codeWarning           = "render.warning"
)

// Problems is an error made of all the problems that were found, not only the first.
type Problems []Problem

func (problems Problems) Error() string {
	lines := make([]string, len(problems))
	for i, problem := range problems {
		lines[i] = problem.Message
		if problem.Where != nil && problem.Where.File != "" {
			lines[i] = fmt.Sprintf("%s:%d: %s", problem.Where.File, problem.Where.Line, problem.Message)
		}
	}
	return strings.Join(lines, "\n")
}

// problemf makes an error of a single problem without a place.
func problemf(code, format string, arguments ...any) Problems {
	return Problems{{Code: code, Message: fmt.Sprintf(format, arguments...)}}
}

// problemIn makes an error of a single problem that lies in a file of the repository.
func problemIn(code, file string, line int, format string, arguments ...any) Problems {
	return Problems{{Code: code, Message: fmt.Sprintf(format, arguments...), Where: &Where{File: file, Line: line}}}
}

// problemsOf gives the problems inside any error; an error that carries none becomes one problem with the code.
func problemsOf(err error, code string) Problems {
	var problems Problems
	if errors.As(err, &problems) {
		return problems
	}
	return Problems{{Code: code, Message: err.Error()}}
}
