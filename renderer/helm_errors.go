package main

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

var yamlLinePattern = regexp.MustCompile(`(?:^|[: ])line (\d+)`)

// yamlLine finds the line in an error of a YAML library; 0 where it names none.
func yamlLine(message string) int {
	found := yamlLinePattern.FindStringSubmatch(message)
	if found == nil {
		return 0
	}
	line, _ := strconv.Atoi(found[1])
	return line
}

// yamlMessage takes away what says nothing to the author of a file.
func yamlMessage(message string) string {
	for _, prefix := range []string{"cannot unmarshal yaml document: ", "error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "yaml: "} {
		message = strings.TrimPrefix(message, prefix)
	}
	return strings.ReplaceAll(message, "yaml: unmarshal errors:\n  ", "")
}

// templateFailure is an error of Helm's engine, taken apart.
type templateFailure struct {
	// template is the one that was being run, by the name that Helm gives it.
	template string
	problem  Problem
}

var (
	// `parse error at (chart/templates/x.yaml:3): …`, `execution error at (chart/templates/x.yaml:3:4): …`
	bracketedPattern = regexp.MustCompile(`(?s)^(?:parse|execution) error (?:at|in) \((.+?)\): (.*)$`)
	// `chart/templates/x.yaml:3:4`, on a line of its own, once for each template on the way to the error
	locationPattern = regexp.MustCompile(`^(.+?):(\d+)(?::(\d+))?$`)
	// `template: chart/templates/x.yaml:3:4: executing …`
	rawPattern = regexp.MustCompile(`(?s)^template: (.+?:\d+(?::\d+)?): (.*)$`)
)

// parseTemplateError finds the file and line in an error of Helm's engine, which has them in its text only.
func parseTemplateError(err error, sources map[string]templateSource) templateFailure {
	message := err.Error()
	if found := bracketedPattern.FindStringSubmatch(message); found != nil {
		name, line, column := splitLocation(found[1])
		return failureAt(name, line, column, found[2], sources)
	}
	if found := rawPattern.FindStringSubmatch(message); found != nil {
		name, line, column := splitLocation(found[1])
		return failureAt(name, line, column, found[2], sources)
	}
	if failure, found := parseTrace(message, sources); found {
		return failure
	}
	return templateFailure{problem: Problem{Code: codeHelm, Message: message, Where: &Where{}}}
}

// parseTrace reads the engine's trace: for each template a line with its place, and indented below it what it did and,
// at the innermost, what went wrong.
func parseTrace(message string, sources map[string]templateSource) (templateFailure, bool) {
	var places, steps []string
	for line := range strings.SplitSeq(message, "\n") {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			continue
		}
		if name, number, _ := splitLocation(trimmed); number > 0 && !strings.HasPrefix(line, " ") && isSource(name, sources) {
			places = append(places, trimmed)
			steps = nil
			continue
		}
		steps = append(steps, trimmed)
	}
	if len(places) == 0 {
		return templateFailure{}, false
	}
	name, line, column := splitLocation(places[len(places)-1])
	failure := failureAt(name, line, column, strings.Join(steps, " "), sources)
	failure.template, _, _ = splitLocation(places[0])
	if len(places) > 1 {
		outer, outerLine, _ := splitLocation(places[0])
		failure.problem.Message += fmt.Sprintf(" (called from %s:%d)", treeName(outer, sources), outerLine)
	}
	return failure, true
}

func isSource(name string, sources map[string]templateSource) bool {
	_, known := sources[name]
	return known
}

func splitLocation(location string) (name string, line, column int) {
	found := locationPattern.FindStringSubmatch(location)
	if found == nil {
		return location, 0, 0
	}
	line, _ = strconv.Atoi(found[2])
	column, _ = strconv.Atoi(found[3])
	return found[1], line, column
}

func failureAt(name string, line, column int, message string, sources map[string]templateSource) templateFailure {
	where := &Where{Line: line, Column: column}
	source, known := sources[name]
	switch {
	case !known:
		message = name + ": " + message
		where = &Where{}
	case path.Ext(source.tree) == ".tgz":
		// A line inside a packaged chart is no line of the file in the tree.
		message = fmt.Sprintf("%s:%d: %s", name, line, message)
		where = &Where{File: source.tree}
	default:
		where.File = source.tree
	}
	return templateFailure{template: name, problem: Problem{Code: codeHelm, Message: strings.TrimSpace(message), Where: where}}
}

// treeName is the path in the tree of a template.
func treeName(name string, sources map[string]templateSource) string {
	if source, known := sources[name]; known && path.Ext(source.tree) != ".tgz" {
		return source.tree
	}
	return name
}
