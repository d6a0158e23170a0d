package main

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// reportedTemplates bounds how many broken templates of one chart are reported: each costs one more run.
const reportedTemplates = 10

// templateSource is a template by the name that Helm gives it, such as parent/charts/child/templates/x.yaml.
type templateSource struct {
	file *common.File
	tree string
}

// executeTemplates gives the text of every template by its name. Helm stops at the first error; here the template at
// fault is emptied and the rest run again, so that all errors are reported.
func executeTemplates(request *Request, loaded *loadedChart, values common.Values, result *Result) (map[string]string, error) {
	sources := map[string]templateSource{}
	collectSources(loaded, loaded.Chart, sources)
	var problems Problems
	for range reportedTemplates {
		functions := newStableFunctions(request)
		rendered, err := engine.Engine{CustomTemplateFuncs: functions.table()}.RenderWithContext(context.Background(), loaded.Chart, values)
		if err == nil {
			if len(problems) == 0 {
				functions.warnOfUnstable(sources, result)
				return rendered, nil
			}
			return nil, problems
		}
		failure := parseTemplateError(err, sources)
		if !containsProblem(problems, failure.problem) {
			problems = append(problems, failure.problem)
		}
		at, known := sources[failure.template]
		if !known || len(at.file.Data) == 0 || strings.HasPrefix(path.Base(failure.template), "_") {
			// Without a helper everything else would fail, and say nothing new.
			return nil, problems
		}
		at.file.Data = nil
	}
	return nil, problems
}

func containsProblem(problems Problems, problem Problem) bool {
	return slices.ContainsFunc(problems, func(known Problem) bool {
		return known.Message == problem.Message && *known.Where == *problem.Where
	})
}

func collectSources(loaded *loadedChart, of *chart.Chart, into map[string]templateSource) {
	for _, file := range of.Templates {
		into[path.Join(of.ChartFullPath(), file.Name)] = templateSource{file: file, tree: loaded.trees[file]}
	}
	for _, subchart := range of.Dependencies() {
		collectSources(loaded, subchart, into)
	}
}

// nameOfTemplate makes the name of a release of a template, as `helm template --name-template` does.
func nameOfTemplate(request *Request, text string) (string, error) {
	functions := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	maps.Copy(functions, newStableFunctions(request).table())
	parsed, err := template.New("name-template").Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var name strings.Builder
	err = parsed.Execute(&name, nil)
	return name.String(), err
}
