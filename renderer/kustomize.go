package main

import (
	"encoding/json"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
)

// KustomizeSource is the options of a Kustomize source: what an Application lays over the kustomization in the tree.
// The fields are those of a kustomization file.
type KustomizeSource struct {
	NamePrefix        string                   `json:"namePrefix,omitempty"`
	NameSuffix        string                   `json:"nameSuffix,omitempty"`
	Namespace         string                   `json:"namespace,omitempty"`
	Images            []types.Image            `json:"images,omitempty"`
	Replicas          []types.Replica          `json:"replicas,omitempty"`
	Labels            []types.Label            `json:"labels,omitempty"`
	CommonAnnotations map[string]string        `json:"commonAnnotations,omitempty"`
	Patches           []types.Patch            `json:"patches,omitempty"`
	Components        []string                 `json:"components,omitempty"`
	Replacements      []types.ReplacementField `json:"replacements,omitempty"`
}

// renderKustomize builds the kustomization of a folder, with the Application's overrides on top.
func renderKustomize(request *Request, files *Files) (*Result, error) {
	options, err := decodeSource[KustomizeSource](request)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	tree := newTreeFileSystem(files, request.Path, result)
	root, err := tree.layOver(request.Path, options)
	if err != nil {
		return result, err
	}
	built, err := buildKustomization(tree, root)
	if err != nil {
		return result, kustomizeProblems(tree, err)
	}
	for _, resource := range built {
		object, err := kustomizedObject(resource, request.Path, tree)
		if err != nil {
			return result, problemsOf(err, codeKustomize)
		}
		result.Objects = append(result.Objects, object)
	}
	return result, nil
}

func buildKustomization(tree *treeFileSystem, root string) ([]*resource.Resource, error) {
	options := krusty.MakeDefaultOptions()
	options.PluginConfig = types.DisabledPluginConfig()
	built, err := krusty.MakeKustomizer(options).Run(tree, root)
	if err != nil {
		return nil, err
	}
	return built.Resources(), nil
}

// kustomizedObject makes an object of a resource, and takes out the origin that was asked for only to know it.
func kustomizedObject(resource *resource.Resource, folder string, tree *treeFileSystem) (Object, error) {
	found := Origin{}
	if origin, err := resource.GetOrigin(); err == nil && origin != nil {
		found.Generator = origin.ConfiguredBy.Kind
		name := origin.Path
		if name == "" {
			name = origin.ConfiguredIn
		}
		if name != "" {
			found.File = path.Join(folder, name)
		}
	}
	if !tree.originsWanted {
		if err := resource.SetOrigin(nil); err != nil {
			return Object{}, err
		}
	}
	value, err := resource.Map()
	if err != nil {
		return Object{}, err
	}
	return objectOf(value, found)
}

// kustomizeProblems turns kustomize's error into problems, without the mount point that only the renderer knows.
func kustomizeProblems(tree *treeFileSystem, err error) error {
	if len(tree.problems) > 0 {
		return tree.problems
	}
	problems := problemsOf(err, codeKustomize)
	for i := range problems {
		problems[i].Message = strings.ReplaceAll(problems[i].Message, treeMount+"/", "")
		problems[i].Message = strings.ReplaceAll(problems[i].Message, treeMount, ".")
	}
	return problems
}

// layOver puts a generated kustomization over the folder's own where the Application overrides anything, and gives
// the folder to build.
func (tree *treeFileSystem) layOver(folder string, options *KustomizeSource) (string, error) {
	target := path.Join(treeMount, folder)
	encoded, err := json.Marshal(options)
	if err != nil {
		return "", err
	}
	if string(encoded) == "{}" {
		return target, nil
	}
	overlay := types.Kustomization{
		NamePrefix:        options.NamePrefix,
		NameSuffix:        options.NameSuffix,
		Namespace:         options.Namespace,
		Images:            options.Images,
		Replicas:          options.Replicas,
		Labels:            options.Labels,
		CommonAnnotations: options.CommonAnnotations,
		Patches:           options.Patches,
		Replacements:      options.Replacements,
		Resources:         []string{path.Join("..", target)},
	}
	for _, component := range options.Components {
		overlay.Components = append(overlay.Components, path.Join("..", target, component))
	}
	below, err := tree.kustomizationOf(target)
	if err != nil {
		return "", err
	}
	if below != nil {
		// Only the uppermost kustomization's say counts in these.
		overlay.SortOptions = below.SortOptions
		overlay.BuildMetadata = below.BuildMetadata
		overlay.OpenAPI = nil
	}
	if tree.overlay, err = json.Marshal(overlay); err != nil {
		return "", err
	}
	return overlayMount, nil
}
