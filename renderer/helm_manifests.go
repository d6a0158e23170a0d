package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	yaml3 "go.yaml.in/yaml/v3"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

const notesSuffix = "NOTES.txt"

// sortManifests puts what the templates gave into the order of `helm template`: CRDs, then objects by their kind, then
// hooks. Notes are for people and left out.
func sortManifests(loaded *loadedChart, render ChartRender, rendered map[string]string) ([]ChartManifest, error) {
	sources := map[string]templateSource{}
	collectSources(loaded, loaded.Chart, sources)
	for name := range rendered {
		if strings.HasSuffix(name, notesSuffix) {
			delete(rendered, name)
		}
	}
	hooks, manifests, err := releaseutil.SortManifests(rendered, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, invalidTemplates(rendered, sources)
	}
	var sorted []ChartManifest
	if render.IncludeCRDs {
		for _, crd := range loaded.CRDObjects() {
			sorted = append(sorted, ChartManifest{Template: loaded.trees[crd.File], Content: string(crd.File.Data)})
		}
	}
	for _, manifest := range manifests {
		sorted = append(sorted, ChartManifest{Template: sources[manifest.Name].tree, Content: manifest.Content})
	}
	for _, hook := range hooks {
		if render.SkipHooks || (render.SkipTests && slices.Contains(hook.Events, release.HookTest)) {
			continue
		}
		sorted = append(sorted, ChartManifest{Template: sources[hook.Path].tree, Content: hook.Manifest})
	}
	return sorted, nil
}

// invalidTemplates finds every template whose output is not YAML, one by one.
func invalidTemplates(rendered map[string]string, sources map[string]templateSource) error {
	names := make([]string, 0, len(rendered))
	for name := range rendered {
		names = append(names, name)
	}
	slices.Sort(names)
	var problems Problems
	for _, name := range names {
		_, _, err := releaseutil.SortManifests(map[string]string{name: rendered[name]}, nil, releaseutil.InstallOrder)
		if err == nil {
			continue
		}
		message := yamlMessage(strings.TrimPrefix(err.Error(), "YAML parse error on "+name+": "))
		problems = append(problems, wrongType(invalidOutput(sources[name].tree, name, message), message))
	}
	return problems
}

// invalidOutput words the line as what it is: one of the output, which nobody can open, and not of the template.
func invalidOutput(tree, name, message string) Problem {
	if path.Ext(tree) == ".tgz" {
		message = name + ": " + message
	}
	return Problem{
		Code:    codeInvalidYAML,
		Message: "the template's output is not valid YAML: " + message,
		Where:   &Where{File: tree},
		Hint:    "The line is one of the output. See it with `helm template --debug`, and look for missing `indent` or `nindent`.",
	}
}

// `json: cannot unmarshal number into Go struct field SimpleHead.metadata.annotations of type string`
var wrongTypePattern = regexp.MustCompile(`^json: cannot unmarshal (\w+) into Go (?:struct field \w*\.(\S+)|value) of type (\S+)$`)

// wrongType words what Go says of an object's head that is YAML but no object, or has a number for a text.
func wrongType(problem Problem, message string) Problem {
	found := wrongTypePattern.FindStringSubmatch(message)
	if found == nil {
		return problem
	}
	problem.Code = codeInvalidObject
	problem.Hint = ""
	if found[2] == "" {
		problem.Message = "a document in the template's output is not an object with apiVersion, kind and metadata"
		return problem
	}
	where := *problem.Where
	where.Field = found[2]
	problem.Where = &where
	problem.Message = "the template's output has the wrong type, " + found[1] + ", in " + found[2] + " instead of " + found[3]
	if found[3] == "string" {
		problem.Hint = "Quote the value in the template: `| quote`."
	}
	return problem
}

// chartObjects reads the documents of a release.
func chartObjects(manifests []ChartManifest, result *Result) ([]Object, error) {
	var objects []Object
	var problems Problems
	for _, manifest := range manifests {
		for _, chunk := range splitDocuments([]byte(manifest.Content)) {
			value, wrong := decodeOutput(chunk, manifest.Template, result)
			if len(wrong) == 0 && value != nil {
				objects, wrong = appendObjects(objects, value, place{file: manifest.Template})
			}
			problems = append(problems, wrong...)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return objects, nil
}

// decodeOutput reads one document that a template made; nil where it is empty. Helm and Kubernetes take more than a
// plain file is allowed: a key that stands twice, which many published charts have, is a warning only.
func decodeOutput(chunk chunk, template string, result *Result) (any, Problems) {
	var root yaml3.Node
	if err := yaml3.Unmarshal(chunk.text, &root); err == nil && len(root.Content) > 0 {
		node := root.Content[0]
		if size := expandedSize(node, map[*yaml3.Node]int{}); size > len(chunk.text)*aliasGrowth+aliasAllowance {
			return nil, problemIn(codeTooManyAliases, template, 0, "the aliases in the template's output make it grow out of all proportion")
		}
		for _, duplicate := range duplicateKeys(template, 0, node) {
			result.warn(Problem{
				Code:    codeWarning,
				Message: "the template's output is doubtful, and the last one is taken: " + duplicate.Message,
				Where:   &Where{File: template},
			})
		}
	}
	made := document{chunk: chunk}
	value, problems := made.decode(template)
	for i, problem := range problems {
		problems[i] = invalidOutput(template, template, fmt.Sprintf("line %d: %s", problem.Where.Line, problem.Message))
	}
	return value, problems
}
