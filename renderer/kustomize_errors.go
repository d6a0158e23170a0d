package main

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
)

var (
	// `MalformedYAMLError: yaml: line 2: mapping values are not allowed in this context in File: base.yaml`
	malformedPattern = regexp.MustCompile(`(?s)MalformedYAMLError: (.*?) in File: (\S+)`)
	// `invalid Kustomization: json: unknown field "resource"`
	unknownFieldPattern = regexp.MustCompile(`unknown field "([^"]+)"`)
	// `accumulating resources from 'absent.yaml': open overlay/absent.yaml: file does not exist`
	missingPattern = regexp.MustCompile(`accumulating resources from '([^']+)': (?:open|read|stat) ([^ :]+): file does not exist`)
)

// kustomizeProblems turns kustomize's error into problems, with the place that its text tells of, and without the mount
// point that only the renderer knows.
func kustomizeProblems(tree *treeFileSystem, err error) error {
	if len(tree.problems) > 0 {
		return tree.problems
	}
	problems := problemsOf(err, codeKustomize)
	for i := range problems {
		problem := &problems[i]
		if strings.Contains(problem.Message, "external plugins disabled") {
			problem.Code = codePluginRefused
		}
		problem.Message = strings.ReplaceAll(problem.Message, treeMount+"/", "")
		problem.Message = strings.ReplaceAll(problem.Message, treeMount, ".")
		if problem.Where == nil {
			tree.locate(problem)
		}
	}
	return problems
}

// locate finds the file and line that an error of kustomize means.
func (tree *treeFileSystem) locate(problem *Problem) {
	if found := malformedPattern.FindStringSubmatch(problem.Message); found != nil {
		file := tree.lastRead(path.Base(found[2]))
		problem.Code = codeInvalidYAML
		problem.Message = yamlMessage(found[1])
		problem.Where = &Where{File: firstOf(file, found[2]), Line: yamlLine(found[1])}
		return
	}
	if strings.Contains(problem.Message, "invalid Kustomization: ") {
		// Kustomize stops at the first one that it cannot read.
		file := tree.lastRead(konfig.RecognizedKustomizationFileNames()...)
		problem.Where = &Where{File: file, Line: yamlLine(problem.Message)}
		if found := unknownFieldPattern.FindStringSubmatch(problem.Message); found != nil {
			problem.Where.Field = found[1]
			problem.Where.Line = tree.lineOf(file, `^["']?`+regexp.QuoteMeta(found[1])+`["']?\s*:`)
		}
		return
	}
	if found := missingPattern.FindStringSubmatch(problem.Message); found != nil {
		file := tree.listedBy(found[1], found[2])
		problem.Code = codeFileMissing
		problem.Message = "there is no " + found[2] + " in the repository, which the kustomization lists as " + found[1]
		problem.Where = &Where{File: file, Line: tree.lineOf(file, regexp.QuoteMeta(found[1]))}
	}
}

// lastRead is the file of one of these names that was read last; empty where none was.
func (tree *treeFileSystem) lastRead(names ...string) string {
	for _, file := range slices.Backward(tree.read) {
		if slices.Contains(names, path.Base(file)) {
			return file
		}
	}
	return ""
}

// listedBy is the kustomization that means a file by a name.
func (tree *treeFileSystem) listedBy(name, file string) string {
	for _, read := range slices.Backward(tree.read) {
		if slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(read)) && path.Join(path.Dir(read), name) == file {
			return read
		}
	}
	return ""
}

// lineOf is the first line of a file that matches; 0 where there is none.
func (tree *treeFileSystem) lineOf(file, pattern string) int {
	content, found, err := tree.files.Read(file)
	if file == "" || err != nil || !found {
		return 0
	}
	place := regexp.MustCompile(`(?m)` + pattern).FindIndex(content)
	if place == nil {
		return 0
	}
	return 1 + strings.Count(string(content[:place[0]]), "\n")
}
