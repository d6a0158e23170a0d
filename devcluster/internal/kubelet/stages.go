package kubelet

import (
	"fmt"

	"sigs.k8s.io/kwok/kustomize/stage/node/fast"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	"sigs.k8s.io/yaml"
)

type stagesByKind = map[internalversion.StageResourceRef][]*internalversion.Stage

// loadStages reads what happens to nodes and pods, by their kind: kwok's own
// stages for those that just work.
func loadStages() (stagesByKind, error) {
	stages := stagesByKind{}
	for _, document := range []string{
		fast.DefaultNodeInit,
		podfast.DefaultPodReady, podfast.DefaultPodComplete, podfast.DefaultPodDelete,
	} {
		stage, err := parseStage(document)
		if err != nil {
			return nil, err
		}
		kind := stage.Spec.ResourceRef
		stages[kind] = append(stages[kind], stage)
	}
	return stages, nil
}

func parseStage(document string) (*internalversion.Stage, error) {
	var written v1alpha1.Stage
	if err := yaml.UnmarshalStrict([]byte(document), &written); err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	v1alpha1.SetObjectDefaults_Stage(&written)
	stage, err := internalversion.ConvertToInternalStage(&written)
	if err != nil {
		return nil, fmt.Errorf("stage %s: %w", written.Name, err)
	}
	return stage, nil
}
