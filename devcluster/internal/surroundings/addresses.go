package surroundings

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// addressPatch gives an object the address, and leaves all else alone.
var addressPatch = []byte(`{"status":{"loadBalancer":{"ingress":[{"ip":"` + Address + `"}]}}}`)

type balancer struct {
	client kubernetes.Interface
}

// serveService gives a load balancer's Service its address. One that names a
// class belongs to somebody else.
func (b balancer) serveService(ctx context.Context, service *corev1.Service) error {
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer || service.Spec.LoadBalancerClass != nil ||
		service.DeletionTimestamp != nil || len(service.Status.LoadBalancer.Ingress) > 0 {
		return nil
	}
	_, err := b.client.CoreV1().Services(service.Namespace).Patch(
		ctx, service.Name, types.MergePatchType, addressPatch, metav1.PatchOptions{}, "status")
	return ignoreGone(err)
}

// serveIngress does the same for an Ingress of any class.
func (b balancer) serveIngress(ctx context.Context, ingress *networkingv1.Ingress) error {
	if ingress.DeletionTimestamp != nil || len(ingress.Status.LoadBalancer.Ingress) > 0 {
		return nil
	}
	_, err := b.client.NetworkingV1().Ingresses(ingress.Namespace).Patch(
		ctx, ingress.Name, types.MergePatchType, addressPatch, metav1.PatchOptions{}, "status")
	return ignoreGone(err)
}

func ignoreGone(err error) error {
	if errors.IsNotFound(err) {
		return nil
	}
	return err
}
