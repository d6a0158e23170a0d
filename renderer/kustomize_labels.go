package main

import (
	"fmt"
	_ "unsafe" // for go:linkname

	"sigs.k8s.io/kustomize/api/builtins"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
)

// Kustomize writes the options of each built-in transformer as YAML and reads them back. For labels these are some
// thirty field specs, for each entry of `labels` and once more for commonLabels, also where there are none: nearly half
// of a small build. Here the transformer is given them as they are. The table is internal, as that of the generators
// is, and so are the types of its functions: the two below repeat as much of their beginning as is read, and a test
// compares the outcome with that of kustomize's own function.
//
//go:linkname transformerConfigurators sigs.k8s.io/kustomize/api/internal/target.transformerConfigurators
var transformerConfigurators map[int]transformerConfigurator

type transformerConfigurator = func(
	target *kustomizeTarget, plugin int, factory func() resmap.TransformerPlugin, configuration *transformerConfiguration,
) ([]resmap.Transformer, error)

// kustomizeTarget is the beginning of kustomize's KustTarget.
type kustomizeTarget struct {
	kustomization *types.Kustomization
}

// transformerConfiguration is the beginning of kustomize's TransformerConfig.
type transformerConfiguration struct {
	namePrefix     types.FsSlice
	nameSuffix     types.FsSlice
	namespace      types.FsSlice
	commonLabels   types.FsSlice
	labels         types.FsSlice
	templateLabels types.FsSlice
}

func init() {
	transformerConfigurators[builtinPluginType("LabelTransformer")] = configureLabels
}

// configureLabels makes the transformers of `labels` and commonLabels.
func configureLabels(target *kustomizeTarget, _ int, _ func() resmap.TransformerPlugin, configuration *transformerConfiguration) ([]resmap.Transformer, error) {
	kustomization := target.kustomization
	if len(kustomization.Labels) == 0 && len(kustomization.CommonLabels) == 0 {
		return nil, nil
	}
	var transformers []resmap.Transformer
	for _, label := range kustomization.Labels {
		fields, err := labelFields(label, configuration)
		if err != nil {
			return nil, err
		}
		transformers = append(transformers, &builtins.LabelTransformerPlugin{Labels: label.Pairs, FieldSpecs: fields})
	}
	// Also where it is empty and changes nothing: it can be seen in the annotations that tell of transformers.
	return append(transformers, &builtins.LabelTransformerPlugin{
		Labels: kustomization.CommonLabels, FieldSpecs: configuration.commonLabels,
	}), nil
}

// labelFields are the fields that a label goes into.
func labelFields(label types.Label, configuration *transformerConfiguration) (types.FsSlice, error) {
	fields, err := types.FsSlice(label.FieldSpecs).MergeAll(configuration.labels)
	switch {
	case err != nil:
	case label.IncludeSelectors:
		fields, err = fields.MergeAll(configuration.commonLabels)
	default:
		if label.IncludeTemplates {
			if fields, err = fields.MergeAll(configuration.templateLabels); err != nil {
				return nil, fmt.Errorf("failed to merge template fieldSpec: %w", err)
			}
		}
		fields, err = fields.MergeOne(types.FieldSpec{Path: "metadata/labels", CreateIfNotPresent: true})
	}
	if err != nil {
		return nil, fmt.Errorf("failed to merge labels: %w", err)
	}
	return fields, nil
}
