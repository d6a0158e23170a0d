package kubelet

import (
	"context"
	"runtime"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"plumbline.dev/devcluster/internal/supervisor"
)

const (
	// The node's address belongs to documentation (RFC 5737): nothing is there.
	nodeAddress = "192.0.2.2"
	// Pods get addresses from here, which lead nowhere either.
	podAddresses = "10.244.0.1/16"
)

// ensureNode makes the cluster's node; the stages fill in its status.
func ensureNode(ctx context.Context, client kubernetes.Interface) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: supervisor.NodeName,
		Labels: map[string]string{
			corev1.LabelHostname:   supervisor.NodeName,
			corev1.LabelOSStable:   "linux",
			corev1.LabelArchStable: runtime.GOARCH,
			"type":                 "kwok",
		},
	}}
	_, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
