package main

import (
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// kustomizationFile looks at a kustomization before kustomize does: it refuses what a render must not do, keeps the
// warnings, and asks the uppermost one for origins.
func (tree *treeFileSystem) kustomizationFile(name string, content []byte) ([]byte, error) {
	var kustomization types.Kustomization
	if err := kustomization.Unmarshal(content); err != nil {
		// Kustomize says it better, and stops there.
		return content, nil
	}
	inside := strings.TrimPrefix(name, treeMount+"/")
	if !tree.checked[name] {
		tree.checked[name] = true
		tree.warnOfDeprecated(inside, &kustomization)
		kustomization.FixKustomization()
		tree.sources.expect(inside, &kustomization)
		tree.problems = append(tree.problems, refusals(inside, &kustomization)...)
	}
	if len(tree.problems) > 0 {
		return nil, tree.problems
	}
	if len(kustomization.OpenAPI) > 0 && !tree.schemaAllowed {
		tree.schemaWanted = true
		return nil, errors.New("the build has to be done alone")
	}
	uppermost := path.Dir(name) == overlayMount || (tree.overlay == nil && path.Dir(name) == tree.root)
	if !uppermost {
		return content, nil
	}
	tree.originsWanted = slices.Contains(kustomization.BuildMetadata, types.OriginAnnotations)
	if tree.originsWanted || !tree.annotateOrigins {
		return content, nil
	}
	return withBuildMetadata(content, append(kustomization.BuildMetadata, types.OriginAnnotations)), nil
}

// withBuildMetadata writes the kustomization anew, as JSON, with other build metadata and nothing else changed.
func withBuildMetadata(content []byte, options []string) []byte {
	encoded, err := yaml.YAMLToJSONStrict(content)
	if err != nil {
		return content
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return content
	}
	list, err := json.Marshal(options)
	if err != nil {
		return content
	}
	fields["buildMetadata"] = list
	if encoded, err = json.Marshal(fields); err != nil {
		return content
	}
	return encoded
}

func (tree *treeFileSystem) warnOfDeprecated(file string, kustomization *types.Kustomization) {
	for _, message := range *kustomization.CheckDeprecatedFields() {
		message = strings.TrimPrefix(message, "# Warning: ")
		tree.result.warn(Problem{Code: codeDeprecated, Message: message, Where: &Where{File: file}})
	}
}

// kustomizationOf reads the kustomization of a folder; nil where there is none or it cannot be read.
func (tree *treeFileSystem) kustomizationOf(folder string) (*types.Kustomization, error) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		inside, err := inTree(path.Join(folder, name))
		if err != nil {
			return nil, err
		}
		content, found, err := tree.files.Read(inside)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		var kustomization types.Kustomization
		if err := kustomization.Unmarshal(content); err != nil {
			return nil, nil
		}
		return &kustomization, nil
	}
	return nil, nil
}
