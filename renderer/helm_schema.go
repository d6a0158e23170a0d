package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

const schemaURL = "file:///values.schema.json"

// validateValues holds the values of a chart and its subcharts against their schemas. It stands in for Helm's own
// validation for two reasons: Helm's loads what a schema refers to from the network and the disk, and it gives one
// text for all that is wrong, where each problem here names its field and the file that set it.
func validateValues(loaded *loadedChart, of *chart.Chart, render ChartRender, within []string, values map[string]any, result *Result) Problems {
	var problems Problems
	if of.Schema != nil {
		problems = validateAgainst(loaded, of, render, within, values, result)
	}
	for _, subchart := range of.Dependencies() {
		field := append(slices.Clone(within), subchart.Name())
		given := values[subchart.Name()]
		if given == nil {
			continue
		}
		below, isTable := given.(map[string]any)
		if !isTable {
			problems = append(problems, valueProblem(loaded, of, render, field, fmt.Sprintf("invalid type for values: expected object (map), got %T", given)))
			continue
		}
		problems = append(problems, validateValues(loaded, subchart, render, field, below, result)...)
	}
	return problems
}

func validateAgainst(loaded *loadedChart, of *chart.Chart, render ChartRender, within []string, values map[string]any, result *Result) (problems Problems) {
	file := loaded.treeOf(of, "values.schema.json")
	defer func() {
		// The library panics on some values that no schema describes.
		if cause := recover(); cause != nil {
			problems = problemIn(codeHelmValues, file, 0, "unable to validate schema: %v", cause)
		}
	}()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(of.Schema))
	if err != nil {
		return problemIn(codeHelmValues, file, 0, "the schema is not valid JSON: %v", err)
	}
	compiler := jsonschema.NewCompiler()
	loader := &permissiveLoader{}
	compiler.UseLoader(loader)
	if err := compiler.AddResource(schemaURL, schema); err != nil {
		return problemIn(codeHelmValues, file, 0, "the schema is not valid: %v", err)
	}
	validator, err := compiler.Compile(schemaURL)
	loader.warn(file, result)
	if err != nil {
		return problemIn(codeHelmValues, file, 0, "the schema is not valid: %v", err)
	}
	err = validator.Validate(map[string]any(values))
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		if err != nil {
			return problemIn(codeHelmValues, file, 0, "%v", err)
		}
		return nil
	}
	leaves := validationLeaves(failed)
	// The library walks maps as Go does, each time in another order.
	slices.SortFunc(leaves, func(a, b *jsonschema.ValidationError) int {
		return strings.Compare(validationMessage(a), validationMessage(b))
	})
	slices.SortStableFunc(leaves, func(a, b *jsonschema.ValidationError) int {
		return slices.Compare(a.InstanceLocation, b.InstanceLocation)
	})
	for _, leaf := range leaves {
		field := append(slices.Clone(within), leaf.InstanceLocation...)
		problems = append(problems, valueProblem(loaded, of, render, field, validationMessage(leaf)))
	}
	return problems
}

// permissiveLoader answers a schema's reference to another document. A render has no network, so what lies outside the
// chart cannot be checked; the rest of the schema can, and a warning says what was left out.
type permissiveLoader struct {
	asked []string
}

func (loader *permissiveLoader) Load(url string) (any, error) {
	loader.asked = append(loader.asked, url)
	return true, nil
}

// warn tells what was asked for, in the order of the addresses: the library asks in another order each time.
func (loader *permissiveLoader) warn(file string, result *Result) {
	slices.Sort(loader.asked)
	for _, url := range loader.asked {
		result.warn(Problem{
			Code:    codeWarning,
			Message: "the schema refers to " + withoutCredentials(url) + ", which is not in the chart: values are not held against that part",
			Where:   &Where{File: file},
		})
	}
}

// validationLeaves gives the single complaints: what must hold together is taken apart, what is a choice stays whole.
func validationLeaves(failed *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch failed.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		var leaves []*jsonschema.ValidationError
		for _, cause := range failed.Causes {
			leaves = append(leaves, validationLeaves(cause)...)
		}
		return leaves
	}
	return []*jsonschema.ValidationError{failed}
}

var englishPrinter = message.NewPrinter(language.English)

func validationMessage(failed *jsonschema.ValidationError) string {
	text := failed.ErrorKind.LocalizedString(englishPrinter)
	var causes []string
	for _, cause := range failed.Causes {
		for _, leaf := range validationLeaves(cause) {
			causes = append(causes, fmt.Sprintf("at '%s': %s", fieldPath(leaf.InstanceLocation), validationMessage(leaf)))
		}
	}
	if len(causes) == 0 {
		return text
	}
	return text + " (" + strings.Join(causes, "; ") + ")"
}

// valueProblem names the last file that sets the value, or that sets what is around a value that is missing.
func valueProblem(loaded *loadedChart, of *chart.Chart, render ChartRender, field []string, text string) Problem {
	where := &Where{Field: fieldPath(field)}
	layers := append([]valuesLayer{{File: loaded.treeOf(loaded.Chart, "values.yaml"), Values: loaded.defaults}}, render.Layers...)
	for length := len(field); length > 0 && where.File == ""; length-- {
		for _, layer := range slices.Backward(layers) {
			if holdsValue(layer.Values, field[:length]) {
				where.File = layer.File
				break
			}
		}
	}
	where.File = firstOf(where.File, loaded.treeOf(of, "values.yaml"), loaded.treeOf(of, "values.schema.json"))
	named := where.Field
	if named == "" {
		named = "the values"
	}
	return Problem{
		Code:    codeHelmValues,
		Message: fmt.Sprintf("values don't meet the specifications of the schema of the chart %s: %s: %s", of.Name(), named, text),
		Where:   where,
	}
}

func holdsValue(values any, field []string) bool {
	for _, name := range field {
		table, isTable := values.(map[string]any)
		if !isTable {
			return false
		}
		value, found := table[name]
		if !found {
			return false
		}
		values = value
	}
	return true
}

// fieldPath writes a path as it is written in a template: `image.tag`, `hosts[0].name`.
func fieldPath(field []string) string {
	var written strings.Builder
	for _, name := range field {
		if _, err := strconv.Atoi(name); err == nil {
			written.WriteString("[" + name + "]")
			continue
		}
		if written.Len() > 0 {
			written.WriteByte('.')
		}
		written.WriteString(name)
	}
	return written.String()
}
