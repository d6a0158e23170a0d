package main

import (
	"fmt"
	"slices"
	"strings"
)

// place is where a decoded document came from, for origins and problems.
type place struct {
	file     string
	document int
	line     int
}

// appendObjects adds the objects of one decoded document: one, or those of a List. Everything that is wrong with any
// of them is reported.
func appendObjects(objects []Object, value any, from place) ([]Object, Problems) {
	fields, isObject := value.(map[string]any)
	if !isObject {
		return objects, problemIn(codeInvalidObject, from.file, from.line, "the document is not an object with apiVersion, kind and metadata")
	}
	kind, _ := fields["kind"].(string)
	items, isList := fields["items"].([]any)
	if isList && strings.HasSuffix(kind, "List") {
		return appendItems(objects, fields, items, from)
	}
	if problems := checkObject(fields, from); len(problems) > 0 {
		return objects, problems
	}
	object, err := objectOf(fields, Origin{File: from.file, Document: from.document})
	if err != nil {
		return objects, problemIn(codeInvalidObject, from.file, from.line, "%v", err)
	}
	return append(objects, object), nil
}

// appendItems adds the items of a List. Those of a typed list, such as a DeploymentList, may leave out what the list's
// own kind says.
func appendItems(objects []Object, list map[string]any, items []any, from place) ([]Object, Problems) {
	kind, _ := list["kind"].(string)
	var problems, found Problems
	for _, item := range items {
		fields, isObject := item.(map[string]any)
		if single := strings.TrimSuffix(kind, "List"); isObject && single != "" {
			for field, value := range map[string]any{"kind": single, "apiVersion": list["apiVersion"]} {
				if _, set := fields[field]; !set {
					fields[field] = value
				}
			}
		}
		objects, found = appendObjects(objects, item, from)
		problems = append(problems, found...)
	}
	return objects, problems
}

// checkObject refuses what the API server could not even route.
func checkObject(fields map[string]any, from place) Problems {
	var problems Problems
	kind, _ := fields["kind"].(string)
	metadata, _ := fields["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	missing := func(field, hint string) {
		problem := problemIn(codeInvalidObject, from.file, from.line, "%s has no %s", describe(kind, name), field)
		problem[0].Where.Field = field
		problem[0].Hint = hint
		problems = append(problems, problem...)
	}
	if version, _ := fields["apiVersion"].(string); version == "" {
		missing("apiVersion", "")
	}
	if kind == "" {
		missing("kind", "")
	}
	if name == "" && !isNamedAtRun(metadata) {
		hint := ""
		if _, generated := metadata["generateName"].(string); generated {
			hint = "Give it a name: an object that is kept true to Git cannot get a new name at every sync, as generateName would give it. Hooks may have it."
		}
		missing("metadata.name", hint)
	}
	return problems
}

// hookAnnotations make an object a hook, which runs anew at every sync.
var hookAnnotations = []string{"plumbline.dev/hook", "argocd.argoproj.io/hook", "helm.sh/hook"}

// isNamedAtRun tells whether the object is a hook that gets a name of its own each time that it runs.
func isNamedAtRun(metadata map[string]any) bool {
	if prefix, _ := metadata["generateName"].(string); prefix == "" {
		return false
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	return slices.ContainsFunc(hookAnnotations, func(annotation string) bool { return annotations[annotation] != nil })
}

func describe(kind, name string) string {
	if kind == "" {
		kind = "the object"
	}
	if name == "" {
		return kind
	}
	return fmt.Sprintf("%s %s", kind, name)
}
