package main

import (
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	yaml3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
)

// diagnosis looks through a kustomization that could not be built, and those that it is made of, for everything that is
// wrong with their files. It runs after a failure only.
type diagnosis struct {
	files    *Files
	visited  map[string]bool
	problems Problems
}

func diagnose(tree *treeFileSystem) Problems {
	found := &diagnosis{files: tree.files, visited: map[string]bool{}}
	found.folder(tree.request.Path)
	return found.problems
}

// folder looks at the kustomization of a folder, and tells whether there is one.
func (diagnosis *diagnosis) folder(folder string) bool {
	if diagnosis.visited[folder] {
		return true
	}
	diagnosis.visited[folder] = true
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		file := path.Join(folder, name)
		if content, found, err := diagnosis.files.Read(file); err == nil && found {
			diagnosis.kustomization(file, content)
			return true
		}
	}
	return false
}

func (diagnosis *diagnosis) kustomization(file string, content []byte) {
	documents, syntax := parseDocuments(file, content)
	if len(documents) == 0 {
		diagnosis.problems = append(diagnosis.problems, syntax...)
		return
	}
	looked := &kustomizationFile{diagnosis: diagnosis, file: file, document: documents[0]}
	if err := looked.Unmarshal(content); err != nil {
		diagnosis.problems = append(diagnosis.problems, looked.fieldProblems(err)...)
		return
	}
	looked.FixKustomization()
	looked.lookAtFiles()
}

// kustomizationFile is one that can be read.
type kustomizationFile struct {
	types.Kustomization
	diagnosis *diagnosis
	file      string
	document  document
}

var (
	// `invalid Kustomization: json: unknown field "resource"`
	unknownFieldPattern = regexp.MustCompile(`unknown field "([^"]+)"`)
	// `json: cannot unmarshal string into Go struct field Kustomization.resources of type []string`
	fieldTypePattern = regexp.MustCompile(`cannot unmarshal (\w+) into Go struct field \w+\.(\S+) of type (\S+)`)
)

// fieldProblems are the fields that a kustomization cannot have: all at the top, and the first that is deeper.
func (looked *kustomizationFile) fieldProblems(err error) Problems {
	var problems Problems
	fields := looked.document.node
	for i := 0; fields.Kind == yaml3.MappingNode && i+1 < len(fields.Content); i += 2 {
		if key := fields.Content[i]; !isKustomizationField(key.Value) {
			problems = append(problems, looked.fieldProblem(key, key.Value, fmt.Sprintf("invalid Kustomization: unknown field %q", key.Value)))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	message := strings.Replace(err.Error(), "json: ", "", 1)
	if found := unknownFieldPattern.FindStringSubmatch(message); found != nil {
		return Problems{looked.fieldProblem(keyOf(fields, found[1]), found[1], message)}
	}
	if found := fieldTypePattern.FindStringSubmatch(message); found != nil {
		name := found[2]
		first, _, _ := strings.Cut(name, ".")
		text := fmt.Sprintf("invalid Kustomization: %s is a %s and should be a %s", name, found[1], found[3])
		return Problems{looked.fieldProblem(keyOf(fields, first), name, text)}
	}
	return Problems{looked.fieldProblem(nil, "", message)}
}

func (looked *kustomizationFile) fieldProblem(at *yaml3.Node, field, message string) Problem {
	problem := Problem{Code: codeKustomize, Message: message, Where: &Where{File: looked.file, Field: field}}
	if at != nil {
		problem.Where.Line, problem.Where.Column = looked.document.line+at.Line-1, at.Column
	}
	return problem
}

var kustomizationFields = func() map[string]bool {
	known := map[string]bool{"apiversion": true, "kind": true}
	kustomization := reflect.TypeFor[types.Kustomization]()
	for i := range kustomization.NumField() {
		name, _, _ := strings.Cut(kustomization.Field(i).Tag.Get("json"), ",")
		known[strings.ToLower(name)] = true
	}
	return known
}()

// isKustomizationField takes a name in any case, as kustomize does.
func isKustomizationField(name string) bool { return kustomizationFields[strings.ToLower(name)] }

// keyOf is the first key of a name, at any depth; nil where there is none.
func keyOf(node *yaml3.Node, name string) *yaml3.Node {
	for i, child := range node.Content {
		if node.Kind == yaml3.MappingNode && i%2 == 0 {
			if strings.EqualFold(child.Value, name) {
				return child
			}
			continue
		}
		if found := keyOf(child, name); found != nil {
			return found
		}
	}
	return nil
}

// valueOf is the first scalar that is a text or ends in it, as `key=path` does; nil where there is none.
func valueOf(node *yaml3.Node, text string) *yaml3.Node {
	if node.Kind == yaml3.ScalarNode && (node.Value == text || strings.HasSuffix(node.Value, "="+text)) {
		return node
	}
	for _, child := range node.Content {
		if found := valueOf(child, text); found != nil {
			return found
		}
	}
	return nil
}

// lookAtFiles looks at everything that the kustomization names.
func (looked *kustomizationFile) lookAtFiles() {
	for _, name := range slices.Concat(looked.Resources, looked.Components) {
		if file, stat, found := looked.find(name); found && stat.Directory {
			looked.folder(name, file)
		} else if found {
			looked.objects(file)
		}
	}
	for _, patch := range slices.Concat(looked.Patches, looked.PatchesJson6902) {
		looked.patch(patch.Path)
	}
	for _, patch := range looked.PatchesStrategicMerge {
		looked.patch(string(patch))
	}
	others := slices.Concat(looked.Configurations, looked.Crds, []string{looked.OpenAPI["path"]},
		looked.Generators, looked.Transformers, looked.Validators)
	for _, replacement := range looked.Replacements {
		others = append(others, replacement.Path)
	}
	for _, generator := range looked.ConfigMapGenerator {
		others = slices.Concat(others, fileSources(generator.FileSources), generator.EnvSources)
	}
	for _, generator := range looked.SecretGenerator {
		others = slices.Concat(others, fileSources(generator.FileSources), generator.EnvSources)
	}
	for _, chart := range looked.HelmCharts {
		others = append(append(others, chart.ValuesFile), chart.AdditionalValuesFiles...)
	}
	for _, name := range others {
		looked.find(name)
	}
}

// find looks for a file or folder that the kustomization names, and says where it is missing. What is written in place,
// and what is not in the tree at all, is not looked for.
func (looked *kustomizationFile) find(name string) (file string, stat Stat, found bool) {
	if name == "" || strings.Contains(name, "\n") || path.IsAbs(name) || remotePattern.MatchString(name) || leadsOut(looked.file, name) {
		return "", Stat{}, false
	}
	file = path.Join(path.Dir(looked.file), name)
	stat, found, err := looked.diagnosis.files.Stat(file)
	if err == nil && !found {
		looked.report(codeFileMissing, name, fmt.Sprintf("there is no %s in the repository, which the kustomization names as %s", file, name))
	}
	return file, stat, found
}

func (looked *kustomizationFile) report(code, name, message string) {
	problem := looked.fieldProblem(valueOf(looked.document.node, name), "", message)
	problem.Code = code
	looked.diagnosis.problems = append(looked.diagnosis.problems, problem)
}

func (looked *kustomizationFile) folder(name, folder string) {
	if !looked.diagnosis.folder(folder) {
		looked.report(codeFileMissing, name, fmt.Sprintf("unable to find one of '%s' in directory '%s'",
			strings.Join(konfig.RecognizedKustomizationFileNames(), "', '"), folder))
	}
}

// objects looks at a file of objects, once.
func (looked *kustomizationFile) objects(file string) {
	if looked.diagnosis.visited[file] {
		return
	}
	looked.diagnosis.visited[file] = true
	if content, found, err := looked.diagnosis.files.Read(file); err == nil && found {
		_, problems := objectsOf(file, content)
		looked.diagnosis.problems = append(looked.diagnosis.problems, problems...)
	}
}

// patch looks at a patch in a file: only at its syntax, since it need not be a whole object.
func (looked *kustomizationFile) patch(name string) {
	file, stat, found := looked.find(name)
	if !found || stat.Directory {
		return
	}
	if content, found, err := looked.diagnosis.files.Read(file); err == nil && found {
		_, problems := parseDocuments(file, content)
		looked.diagnosis.problems = append(looked.diagnosis.problems, problems...)
	}
}
