package kubelet

import (
	"context"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/utils/lifecycle"
)

// Each pod has exactly one fate: where several stages fit, kwok draws lots.
func TestEveryPodHasOneFate(t *testing.T) {
	stages, err := loadStages()
	if err != nil {
		t.Fatal(err)
	}
	ofPods := stages[internalversion.StageResourceRef{APIGroup: "v1", Kind: "Pod"}]
	ofJob := []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "once"}}
	running := corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Name: "main"}}}
	pending := corev1.PodStatus{Phase: corev1.PodPending}
	for _, test := range []struct {
		name   string
		asked  string
		owners []metav1.OwnerReference
		status corev1.PodStatus
		want   []string
	}{
		{name: "new", status: pending, want: []string{"pod-ready"}},
		{name: "new, of a Job", owners: ofJob, status: pending, want: []string{"pod-ready"}},
		{name: "running", status: running},
		{name: "running, of a Job", owners: ofJob, status: running, want: []string{"pod-complete"}},
		{name: "image missing", asked: "ImagePullBackOff", status: pending, want: []string{"pod-waiting"}},
		{name: "crashing", asked: "CrashLoopBackOff", status: pending, want: []string{"pod-crashing"}},
		{name: "crashing, of a Job", asked: "CrashLoopBackOff", owners: ofJob, status: running},
		{name: "unready", asked: "Unready", status: pending, want: []string{"pod-unready"}},
		{name: "failing, of a Job", asked: "Failed", owners: ofJob, status: pending, want: []string{"pod-failed"}},
		{name: "failing, of no Job", asked: "Failed", status: pending},
		{name: "pending", asked: "Pending", status: pending},
	} {
		t.Run(test.name, func(t *testing.T) {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: "pod", OwnerReferences: test.owners},
				Status:     test.status,
			}
			if test.asked != "" {
				pod.Annotations = map[string]string{PodAnnotation: test.asked}
			}
			all, err := lifecycle.NewLifecycle(ofPods)
			if err != nil {
				t.Fatal(err)
			}
			event := &lifecycle.Event{Annotations: pod.Annotations, Data: pod}
			possible, err := all.ListAllPossible(context.Background(), event)
			if err != nil {
				t.Fatal(err)
			}
			var fits []string
			for _, stage := range possible {
				fits = append(fits, stage.Name())
			}
			if !slices.Equal(fits, test.want) {
				t.Errorf("got %v, want %v", fits, test.want)
			}
		})
	}
}
