package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// valuesLayer is one source of values, kept to name the file of a value that is wrong.
type valuesLayer struct {
	// File is the file in the tree; empty for values of the Application itself.
	File   string
	Values map[string]any
}

var urlPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

// mergeHelmValues merges what the user gives as Helm does: files in their order, inline values, then parameters:
// JSON, plain, strings, files. All that is wrong is reported at once.
func mergeHelmValues(options *HelmSource, files *Files, result *Result) (map[string]any, []valuesLayer, error) {
	var problems Problems
	var layers []valuesLayer
	for _, name := range options.ValueFiles {
		values, found, err := readValues(files, name, result)
		switch {
		case err != nil:
			problems = append(problems, problemsOf(err, codeHelmValues)...)
		case found:
			layers = append(layers, valuesLayer{File: name, Values: values})
		case !options.IgnoreMissingValueFiles:
			problems = append(problems, problemIn(codeFileMissing, name, 0, "there is no values file %s in the repository", name)...)
		}
	}
	layers = append(layers, valuesLayer{Values: options.Values})
	merged := map[string]any{}
	for _, layer := range layers {
		merged = loader.MergeMaps(merged, layer.Values)
	}
	for _, set := range []func(map[string]any) Problems{
		parameters(options, func(parameter HelmParameter) bool { return parameter.JSON }),
		parameters(options, func(parameter HelmParameter) bool { return !parameter.JSON && !parameter.ForceString }),
		parameters(options, func(parameter HelmParameter) bool { return !parameter.JSON && parameter.ForceString }),
		fileParameters(options, files),
	} {
		problems = append(problems, set(merged)...)
	}
	if len(problems) > 0 {
		return nil, nil, problems
	}
	return merged, layers, nil
}

// readValues reads a values file. A key that stands twice is as good as lost, and Helm does not say so: it is a warning.
func readValues(files *Files, name string, result *Result) (map[string]any, bool, error) {
	if urlPattern.MatchString(name) {
		return nil, false, problemf(codeRemoteRefused, "the values file %s is not in the repository", withoutCredentials(name))
	}
	content, found, err := files.Read(name)
	if err != nil || !found {
		return nil, false, err
	}
	if isLargeFilePointer(content) {
		return nil, false, largeFilePointerProblem(name)
	}
	values, err := loader.LoadValues(bytes.NewReader(content))
	if err != nil {
		return nil, false, problemIn(codeHelmValues, name, yamlLine(err.Error()), "%s", yamlMessage(err.Error()))
	}
	var strict map[string]any
	if err := yaml.UnmarshalStrict(content, &strict); err != nil && strings.Contains(err.Error(), "already set in map") {
		result.warn(Problem{
			Code:    codeWarning,
			Message: yamlMessage(err.Error()) + ": Helm takes the last of them",
			Where:   &Where{File: name, Line: yamlLine(err.Error())},
		})
	}
	return values, true, nil
}

// parameters sets those parameters that `kind` picks.
func parameters(options *HelmSource, kind func(HelmParameter) bool) func(map[string]any) Problems {
	return func(values map[string]any) Problems {
		var problems Problems
		for _, parameter := range options.Parameters {
			if !kind(parameter) {
				continue
			}
			if err := setParameter(parameter, values); err != nil {
				problems = append(problems, Problem{
					Code:    codeHelmValues,
					Message: fmt.Sprintf("the parameter %s cannot be set: %v", parameter.Name, err),
					Where:   &Where{Field: parameter.Name},
				})
			}
		}
		return problems
	}
}

func setParameter(parameter HelmParameter, values map[string]any) error {
	switch {
	case parameter.JSON:
		if !json.Valid([]byte(parameter.Value)) {
			return fmt.Errorf("its value is not valid JSON")
		}
		return strvals.ParseJSON(parameter.Name+"="+parameter.Value, values)
	case parameter.ForceString:
		return strvals.ParseIntoString(parameter.Name+"="+literalCommas(parameter.Value), values)
	}
	return strvals.ParseInto(parameter.Name+"="+literalCommas(parameter.Value), values)
}

// literalCommas keeps the commas of a value, which `--set` would take for the start of the next one. A list in braces
// stays a list, and what is escaped already stays as it is.
func literalCommas(value string) string {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return value
	}
	var escaped strings.Builder
	for index, character := range value {
		if character == ',' && (index == 0 || value[index-1] != '\\') {
			escaped.WriteByte('\\')
		}
		escaped.WriteRune(character)
	}
	return escaped.String()
}

func fileParameters(options *HelmSource, files *Files) func(map[string]any) Problems {
	return func(values map[string]any) Problems {
		var problems Problems
		for _, parameter := range options.FileParameters {
			content, found, err := files.Read(parameter.Path)
			if err == nil && !found {
				err = problemIn(codeFileMissing, parameter.Path, 0, "there is no %s in the repository, which the parameter %s reads", parameter.Path, parameter.Name)
			}
			if err == nil {
				read := func([]rune) (any, error) { return string(content), nil }
				err = strvals.ParseIntoFile(parameter.Name+"=file", values, read)
			}
			if err != nil {
				problems = append(problems, problemsOf(err, codeHelmValues)...)
			}
		}
		return problems
	}
}

// releaseValues gives what templates see: the values of the chart and its subcharts with the user's on top, held
// against their schemas, beside Release, Chart and Capabilities.
func releaseValues(loaded *loadedChart, render ChartRender, capabilities *common.Capabilities, result *Result) (common.Values, error) {
	if err := chartutil.ProcessDependencies(loaded.Chart, render.Values); err != nil {
		return nil, problemIn(codeHelmValues, loaded.treeOf(loaded.Chart, "Chart.yaml"), 0, "chart dependencies processing failed: %v", err)
	}
	options := common.ReleaseOptions{
		Name: render.ReleaseName, Namespace: render.Namespace, Revision: 1, IsInstall: true,
	}
	values, err := util.ToRenderValuesWithSchemaValidation(loaded.Chart, render.Values, options, capabilities, true)
	if err != nil {
		return nil, problemIn(codeHelmValues, loaded.treeOf(loaded.Chart, "values.yaml"), 0, "%v", err)
	}
	if render.SkipSchemaValidation {
		return values, nil
	}
	checked, err := values.Table("Values")
	if err != nil {
		return nil, problemf(codeInternal, "the values are not a table: %v", err)
	}
	if problems := validateValues(loaded, loaded.Chart, render, nil, checked, result); len(problems) > 0 {
		return nil, problems
	}
	return values, nil
}
