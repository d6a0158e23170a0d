package main

import (
	"fmt"
	"regexp"
	"strings"
)

// kustomizeProblems turns kustomize's error into problems. Kustomize stops at the first and names files by their last
// part, or not at all; so everything that can be found wrong with the files comes instead, each with its place, and
// kustomize's own words only where nothing can.
func kustomizeProblems(tree *treeFileSystem, err error) error {
	if len(tree.problems) > 0 {
		return tree.problems
	}
	if found := diagnose(tree); len(found) > 0 {
		return found
	}
	problems := problemsOf(err, codeKustomize)
	for i := range problems {
		problem := &problems[i]
		if strings.Contains(problem.Message, "external plugins disabled") {
			problem.Code = codePluginRefused
		}
		problem.Message = plainMessage(problem.Message)
		if problem.Where == nil {
			tree.sources.locateTwice(problem)
		}
	}
	return problems
}

// `accumulation err='the reason': must build at directory: 'app/a.yaml': file is not directory`: what failed as a file
// was tried as a folder too.
var triedAsFolderPattern = regexp.MustCompile(`(?s)accumulation err='(.*)': must build at directory: '[^']*': file is not directory`)

// plainMessage takes out the mount point that only the renderer knows, and what says nothing to the author of a file.
func plainMessage(message string) string {
	message = strings.ReplaceAll(message, treeMount+"/", "")
	message = strings.ReplaceAll(message, treeMount, ".")
	return triedAsFolderPattern.ReplaceAllString(message, "$1")
}

// `may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]`
var registeredPattern = regexp.MustCompile(`already registered id: (\w+)\.[^/]*/(.+)\.[^.]+$`)

// locateTwice names the two files that hold the same object.
func (sources *manifestSources) locateTwice(problem *Problem) {
	found := registeredPattern.FindStringSubmatch(problem.Message)
	if found == nil {
		return
	}
	var holders []Origin
	for _, head := range sources.heads {
		if head.kind == found[1] && head.name == found[2] {
			holders = append(holders, head.origin)
		}
	}
	if len(holders) < 2 {
		return
	}
	first, last := holders[0], holders[len(holders)-1]
	problem.Message = fmt.Sprintf("%s (%s %s is in %s and in %s)", problem.Message, found[1], found[2], first.File, last.File)
	problem.Where = &Where{File: last.File, Object: found[1] + " " + found[2]}
}
