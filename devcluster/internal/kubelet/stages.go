package kubelet

import (
	"embed"
	"errors"
	"fmt"

	"sigs.k8s.io/kwok/kustomize/stage/node/fast"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	"sigs.k8s.io/yaml"
)

// PodAnnotation on a pod asks for a fate other than becoming ready: one of
// those that the files in stages/ answer to.
const PodAnnotation = "plumbline.dev/local-pod"

//go:embed stages/*.yaml
var ownStages embed.FS

type stagesByKind = map[internalversion.StageResourceRef][]*internalversion.Stage

// loadStages reads what happens to nodes and pods, by their kind: kwok's own
// stages for those that just work, and ours for the fates that a pod can ask for.
func loadStages() (stagesByKind, error) {
	stages := stagesByKind{}
	add := func(document string, change func(stage *internalversion.Stage)) error {
		stage, err := parseStage(document)
		if err != nil {
			return err
		}
		change(stage)
		kind := stage.Spec.ResourceRef
		stages[kind] = append(stages[kind], stage)
		return nil
	}
	asItIs := func(*internalversion.Stage) {}
	err := errors.Join(
		add(fast.DefaultNodeInit, asItIs),
		add(podfast.DefaultPodDelete, asItIs),
		add(podfast.DefaultPodReady, leaveOthersAlone),
		add(podfast.DefaultPodComplete, leaveOthersAlone),
	)
	files, readErr := ownStages.ReadDir("stages")
	err = errors.Join(err, readErr)
	for _, file := range files {
		content, readErr := ownStages.ReadFile("stages/" + file.Name())
		err = errors.Join(err, readErr, add(string(content), asItIs))
	}
	return stages, err
}

// leaveOthersAlone keeps a stage from pods that asked for another fate: kwok
// draws lots where several stages fit.
func leaveOthersAlone(stage *internalversion.Stage) {
	stage.Spec.Selector.MatchExpressions = append(stage.Spec.Selector.MatchExpressions,
		internalversion.MatchExpression{JQ: &internalversion.SelectorJQ{
			Key:      fmt.Sprintf(".metadata.annotations[%q]", PodAnnotation),
			Operator: internalversion.SelectorOpDoesNotExist,
		}})
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
