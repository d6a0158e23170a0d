package main

import (
	"encoding/json"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
)

// KustomizeSource is the options of a Kustomize source: what an Application lays over the kustomization in the tree.
// The fields are those of a kustomization file.
type KustomizeSource struct {
	NamePrefix string          `json:"namePrefix,omitempty"`
	NameSuffix string          `json:"nameSuffix,omitempty"`
	Namespace  string          `json:"namespace,omitempty"`
	Images     []types.Image   `json:"images,omitempty"`
	Replicas   []types.Replica `json:"replicas,omitempty"`
	// Labels are put on every object; selectors and templates stay as they are.
	Labels            map[string]string `json:"labels,omitempty"`
	CommonAnnotations map[string]string `json:"commonAnnotations,omitempty"`
	Patches           []types.Patch     `json:"patches,omitempty"`
	// Components are folders, from the root of the tree.
	Components   []string                 `json:"components,omitempty"`
	Replacements []types.ReplacementField `json:"replacements,omitempty"`
}

// renderKustomize builds the kustomization of a folder, with the Application's overrides on top.
func renderKustomize(request *Request, files *Files) (*Result, error) {
	options, err := decodeSource[KustomizeSource](request)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	objects, err := buildGuarded(request, files, options, result)
	if err != nil {
		return result, err
	}
	var problems Problems
	for _, object := range objects {
		problems = append(problems, checkObject(object.fields, place{file: object.origin.File})...)
		encoded, err := objectOf(object.fields, object.origin)
		if err != nil {
			return result, problemsOf(err, codeKustomize)
		}
		result.Objects = append(result.Objects, encoded)
	}
	if len(problems) > 0 {
		return result, problems
	}
	return result, nil
}

// buildGuarded builds under the guard of kustomize's process-wide OpenAPI schema: most builds share it, one that brings
// its own has it for itself and puts it back.
func buildGuarded(request *Request, files *Files, options *KustomizeSource, result *Result) ([]builtObject, error) {
	schemaGuard.RLock()
	tree := newTreeFileSystem(request, files, result)
	objects, err := buildWithOrigins(tree, options)
	schemaGuard.RUnlock()
	if !tree.schemaWanted {
		return objects, err
	}
	schemaGuard.Lock()
	defer schemaGuard.Unlock()
	defer resetSchema()
	tree = newTreeFileSystem(request, files, result)
	tree.schemaAllowed = true
	return buildWithOrigins(tree, options)
}

func buildWithOrigins(tree *treeFileSystem, options *KustomizeSource) ([]builtObject, error) {
	root, err := tree.layOver(options)
	if err != nil {
		return nil, err
	}
	objects, err := buildKustomization(tree, root)
	if err == nil && !tree.sources.assign(objects) {
		// Names alone do not tell; kustomize itself does, at a price.
		tree.annotateOrigins = true
		objects, err = buildKustomization(tree, root)
		tree.sources.findDocuments(objects)
	}
	if err != nil {
		return nil, kustomizeProblems(tree, err)
	}
	return objects, nil
}

// builtObject is an object that kustomize made.
type builtObject struct {
	fields map[string]any
	origin Origin
}

func buildKustomization(tree *treeFileSystem, root string) ([]builtObject, error) {
	options := krusty.MakeDefaultOptions()
	// As the kustomize command does: sortOptions where they are given, else its legacy order.
	options.Reorder = krusty.ReorderOptionUnspecified
	options.PluginConfig = types.DisabledPluginConfig()
	release := offerCharts(tree, options.PluginConfig)
	defer release()
	built, err := krusty.MakeKustomizer(options).Run(tree, root)
	if err != nil {
		return nil, err
	}
	objects := make([]builtObject, 0, built.Size())
	for _, resource := range built.Resources() {
		object, err := tree.builtObjectOf(resource, root)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// builtObjectOf takes an object out of kustomize, without the origin annotation where only the renderer wanted it.
func (tree *treeFileSystem) builtObjectOf(resource *resource.Resource, root string) (builtObject, error) {
	object := builtObject{}
	if tree.annotateOrigins {
		if origin, err := resource.GetOrigin(); err == nil && origin != nil {
			object.origin = Origin{File: originFile(root, origin.Path), Generator: origin.ConfiguredBy.Kind}
			if origin.Path == "" {
				object.origin.File = originFile(root, origin.ConfiguredIn)
			}
		}
		if !tree.originsWanted {
			if err := resource.SetOrigin(nil); err != nil {
				return object, err
			}
		}
	}
	var err error
	object.fields, err = resource.Map()
	return object, err
}

// originFile makes a path of the tree of one that is relative to the folder that was built.
func originFile(root, name string) string {
	if name == "" {
		return ""
	}
	file, err := inTree(path.Join(root, name))
	if err != nil {
		return ""
	}
	return file
}

// layOver puts a generated kustomization over the folder's own where the Application overrides anything, and gives
// the folder to build.
func (tree *treeFileSystem) layOver(options *KustomizeSource) (string, error) {
	target := tree.root
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
		CommonAnnotations: options.CommonAnnotations,
		Patches:           options.Patches,
		Replacements:      options.Replacements,
		Resources:         []string{path.Join("..", target)},
	}
	if len(options.Labels) > 0 {
		overlay.Labels = []types.Label{{Pairs: options.Labels}}
	}
	for _, component := range options.Components {
		overlay.Components = append(overlay.Components, path.Join("..", treeMount, component))
	}
	below, err := tree.kustomizationOf(target)
	if err != nil {
		return "", err
	}
	if below != nil {
		// Only the uppermost kustomization's say counts in these.
		overlay.SortOptions = below.SortOptions
		overlay.BuildMetadata = below.BuildMetadata
	}
	if tree.overlay, err = json.Marshal(overlay); err != nil {
		return "", err
	}
	return overlayMount, nil
}
