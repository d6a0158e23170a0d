package main

import (
	"path"
	"regexp"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
)

// remotePattern matches what kustomize would fetch: a URL, a forced Git address, user@host:path, and the host names
// that it takes for Git without a scheme.
var remotePattern = regexp.MustCompile(`^(git::|[A-Za-z][A-Za-z0-9+.-]*://|[^/@\s]+@[^/:\s]+[:/]|(www\.)?github\.com[:/])`)

// refusals are what a kustomization asks for that a render must not do: fetch and run.
func refusals(file string, kustomization *types.Kustomization) Problems {
	var problems Problems
	remote := func(field string, names ...string) {
		for _, name := range names {
			if leadsOut(file, name) {
				problems = append(problems, Problem{
					Code:    codeOutsideRepository,
					Message: field + " names " + name + ", which leads out of the repository",
					Where:   &Where{File: file, Field: field},
				})
			}
			if remotePattern.MatchString(name) && !strings.Contains(name, "\n") {
				problems = append(problems, Problem{
					Code:    codeRemoteRefused,
					Message: field + " names " + withoutCredentials(name) + ", which is not in the repository",
					Where:   &Where{File: file, Field: field},
				})
			}
		}
	}
	remote("resources", kustomization.Resources...)
	remote("components", kustomization.Components...)
	remote("crds", kustomization.Crds...)
	remote("configurations", kustomization.Configurations...)
	remote("generators", kustomization.Generators...)
	remote("transformers", kustomization.Transformers...)
	remote("validators", kustomization.Validators...)
	remote("openapi.path", kustomization.OpenAPI["path"])
	for _, patch := range kustomization.Patches {
		remote("patches.path", patch.Path)
	}
	for _, patch := range kustomization.PatchesJson6902 {
		remote("patchesJson6902.path", patch.Path)
	}
	for _, patch := range kustomization.PatchesStrategicMerge {
		remote("patchesStrategicMerge", string(patch))
	}
	for _, replacement := range kustomization.Replacements {
		remote("replacements.path", replacement.Path)
	}
	for _, generator := range kustomization.ConfigMapGenerator {
		remote("configMapGenerator.files", fileSources(generator.FileSources)...)
		remote("configMapGenerator.envs", generator.EnvSources...)
	}
	for _, generator := range kustomization.SecretGenerator {
		remote("secretGenerator.files", fileSources(generator.FileSources)...)
		remote("secretGenerator.envs", generator.EnvSources...)
	}
	return problems
}

// leadsOut is true for a relative path with more ".." than there are folders. Kustomize would cut it at the root.
func leadsOut(file, name string) bool {
	return strings.HasPrefix(name, "../") && !strings.Contains(name, "\n") &&
		strings.HasPrefix(path.Join(path.Dir(file), name)+"/", "../") && !strings.HasPrefix(file, overlayMount)
}

// fileSources are the paths in `key=path` sources.
func fileSources(sources []string) []string {
	paths := make([]string, len(sources))
	for i, source := range sources {
		paths[i] = source
		if _, name, found := strings.Cut(source, "="); found {
			paths[i] = name
		}
	}
	return paths
}

var credentialsPattern = regexp.MustCompile(`://[^/@\s]*@`)

func withoutCredentials(address string) string {
	return credentialsPattern.ReplaceAllString(address, "://")
}
