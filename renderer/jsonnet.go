package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/go-jsonnet"
)

const (
	// jsonnetStack bounds the calls inside one another, as the jsonnet program does.
	jsonnetStack = 500
	// jsonnetOutput bounds the result of one file, in bytes of JSON.
	jsonnetOutput = 64 << 20
	// jsonnetDepth bounds how deep objects may lie in the result.
	jsonnetDepth = 16
	mainJsonnet  = "main.jsonnet"
)

// JsonnetSource is the options of a Jsonnet source.
type JsonnetSource struct {
	// TLAs are the arguments of a file whose value is a function.
	TLAs []JsonnetVariable `json:"tlas,omitempty"`
	// ExtVars are what std.extVar gives.
	ExtVars []JsonnetVariable `json:"extVars,omitempty"`
	// LibraryPaths are folders, from the root of the tree, where imports are looked for that are not beside the file
	// that imports; later ones win, as with `jsonnet -J`.
	LibraryPaths []string `json:"libraryPaths,omitempty"`
}

// JsonnetVariable is one variable.
type JsonnetVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Code says that the value is Jsonnet, and not a string.
	Code bool `json:"code,omitempty"`
}

// renderJsonnet evaluates the file at the path, or in a folder its main.jsonnet, or else each *.jsonnet in it.
func renderJsonnet(request *Request, files *Files) (*Result, error) {
	options, err := decodeSource[JsonnetSource](request)
	if err != nil {
		return nil, err
	}
	names, err := jsonnetFiles(request.Path, files)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	var problems Problems
	for _, name := range names {
		objects, err := evaluateJsonnet(name, options, files, result)
		if err != nil {
			problems = append(problems, problemsOf(err, codeJsonnet)...)
		}
		result.Objects = append(result.Objects, objects...)
	}
	if len(problems) > 0 {
		return result, problems
	}
	return result, nil
}

func jsonnetFiles(folder string, files *Files) ([]string, error) {
	stat, _, err := files.Stat(folder)
	if err != nil {
		return nil, err
	}
	if !stat.Directory {
		return []string{folder}, nil
	}
	entries, _, err := files.List(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.Kind != "file" || path.Ext(entry.Name) != ".jsonnet" {
			continue
		}
		if entry.Name == mainJsonnet {
			return []string{path.Join(folder, mainJsonnet)}, nil
		}
		names = append(names, path.Join(folder, entry.Name))
	}
	if len(names) == 0 {
		return nil, problemIn(codePathMissing, folder, 0, "there is no .jsonnet file in %s", folder)
	}
	return names, nil
}

// evaluateJsonnet gives the objects of one file.
func evaluateJsonnet(name string, options *JsonnetSource, files *Files, result *Result) ([]Object, error) {
	importer := &treeImporter{files: files, libraries: options.LibraryPaths, known: map[string]*treeImport{}}
	failures := &keptFailure{}
	machine := jsonnet.MakeVM()
	machine.MaxStack = jsonnetStack
	machine.Importer(importer)
	machine.ErrorFormatter = failures
	machine.SetTraceOut(&traceWarnings{result: result})
	setVariables(options.ExtVars, machine.ExtVar, machine.ExtCode)
	setVariables(options.TLAs, machine.TLAVar, machine.TLACode)
	text, err := machine.EvaluateFile(name)
	if err != nil {
		return nil, failures.problems(name, importer)
	}
	if len(text) > jsonnetOutput {
		return nil, problemIn(codeJsonnet, name, 0, "the result is larger than %d MiB", jsonnetOutput>>20)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, problemIn(codeJsonnet, name, 0, "the result is not JSON: %v", err)
	}
	objects, problems := jsonnetObjects(nil, value, place{file: name}, "$", 0)
	if len(problems) > 0 {
		return nil, problems
	}
	return objects, nil
}

func setVariables(variables []JsonnetVariable, text, code func(name, value string)) {
	for _, variable := range variables {
		if variable.Code {
			code(variable.Name, variable.Value)
		} else {
			text(variable.Name, variable.Value)
		}
	}
}

// jsonnetObjects finds the objects in a result: the value itself, the items of an array, the fields of a map whose
// names are those of files or anything else. What is null is left out.
func jsonnetObjects(objects []Object, value any, from place, at string, depth int) ([]Object, Problems) {
	wrong := func(what string) Problems {
		problem := problemIn(codeInvalidObject, from.file, 0, "the result holds %s at %s where an object with apiVersion and kind is wanted", what, at)
		problem[0].Where.Field = at
		return problem
	}
	if depth > jsonnetDepth {
		return objects, wrong("something too deep")
	}
	var problems, found Problems
	switch value := value.(type) {
	case nil:
		return objects, nil
	case []any:
		for index, item := range value {
			objects, found = jsonnetObjects(objects, item, from, fmt.Sprintf("%s[%d]", at, index), depth+1)
			problems = append(problems, found...)
		}
		return objects, problems
	case map[string]any:
		if _, hasKind := value["kind"].(string); hasKind {
			return appendObjects(objects, value, from)
		}
		if _, hasVersion := value["apiVersion"].(string); hasVersion {
			return appendObjects(objects, value, from)
		}
		for _, name := range sortedKeys(value) {
			objects, found = jsonnetObjects(objects, value[name], from, at+"."+name, depth+1)
			problems = append(problems, found...)
		}
		return objects, problems
	default:
		return objects, wrong(fmt.Sprintf("the value %v", shortened(value)))
	}
}

// shortened keeps a value that nobody meant to see from filling a message.
func shortened(value any) string {
	text := fmt.Sprint(value)
	if len(text) > 20 {
		return text[:20] + "…"
	}
	return text
}

// traceWarnings turns what std.trace prints into warnings.
type traceWarnings struct {
	result *Result
}

func (trace *traceWarnings) Write(text []byte) (int, error) {
	for line := range bytes.Lines(text) {
		message := strings.TrimSpace(string(line))
		where := &Where{}
		if place, rest, found := strings.Cut(strings.TrimPrefix(message, "TRACE: "), " "); found {
			if name, number, _ := splitLocation(place); number > 0 {
				where, message = &Where{File: name, Line: number}, rest
			}
		}
		trace.result.warn(Problem{Code: codeWarning, Message: message, Where: where})
	}
	return len(text), nil
}

// treeImporter gives the files of the tree to import, importstr and importbin.
type treeImporter struct {
	files     *Files
	libraries []string
	known     map[string]*treeImport
	problems  Problems
}

type treeImport struct {
	contents jsonnet.Contents
	found    bool
}

// Import looks beside the importing file, and then in the library folders from the last to the first.
func (importer *treeImporter) Import(from, name string) (jsonnet.Contents, string, error) {
	if path.IsAbs(name) || urlPattern.MatchString(name) {
		return importer.refuse(problemf(codeOutsideRepository, "the import %q is not a path inside the repository", withoutCredentials(name)))
	}
	folders := []string{path.Dir(from)}
	if from == "" {
		folders[0] = "."
	}
	for _, library := range slices.Backward(importer.libraries) {
		folders = append(folders, library)
	}
	for _, folder := range folders {
		// The name of a file is that of its place in the tree, whichever way led to it.
		place := path.Join(folder, name)
		contents, found, err := importer.read(place)
		if err != nil {
			return importer.refuse(err)
		}
		if found {
			return contents, place, nil
		}
	}
	return jsonnet.Contents{}, "", fmt.Errorf("couldn't open import %q: no match locally or in the Jsonnet library paths", name)
}

func (importer *treeImporter) refuse(err error) (jsonnet.Contents, string, error) {
	importer.problems = append(importer.problems, problemsOf(err, codeJsonnet)...)
	return jsonnet.Contents{}, "", err
}

func (importer *treeImporter) read(place string) (jsonnet.Contents, bool, error) {
	if known := importer.known[place]; known != nil {
		return known.contents, known.found, nil
	}
	content, found, err := importer.files.Read(place)
	if err != nil {
		return jsonnet.Contents{}, false, err
	}
	if isLargeFilePointer(content) {
		return jsonnet.Contents{}, false, largeFilePointerProblem(place)
	}
	read := &treeImport{contents: jsonnet.MakeContentsRaw(content), found: found}
	importer.known[place] = read
	return read.contents, read.found, nil
}
