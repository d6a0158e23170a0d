package surroundings

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"
)

const (
	// provisionerName is ours in StorageClasses and on what we make.
	provisionerName = "plumbline.dev/local"
	// Kubernetes' controller writes the wanted provisioner on a claim.
	wantedProvisioner = "volume.kubernetes.io/storage-provisioner"
	usedProvisioner   = "pv.kubernetes.io/provisioned-by"
	isDefaultClass    = "storageclass.kubernetes.io/is-default-class"
)

// ensureStorageClass makes the default class, named as kind and k3s name
// theirs in charts' examples.
func ensureStorageClass(ctx context.Context, client kubernetes.Interface) error {
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "standard",
			Annotations: map[string]string{isDefaultClass: "true"},
		},
		Provisioner:          provisionerName,
		ReclaimPolicy:        ptr.To(corev1.PersistentVolumeReclaimDelete),
		VolumeBindingMode:    ptr.To(storagev1.VolumeBindingImmediate),
		AllowVolumeExpansion: ptr.To(false),
	}
	_, err := client.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

type provisioner struct {
	client kubernetes.Interface
}

// provision makes the volume that a claim waits for. Binding the two is the
// work of Kubernetes' own controller.
func (p provisioner) provision(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	if claim.Annotations[wantedProvisioner] != provisionerName ||
		claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil || claim.Spec.StorageClassName == nil {
		return nil
	}
	name := "pvc-" + string(claim.UID)
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{usedProvisioner: provisionerName}},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName:              *claim.Spec.StorageClassName,
			PersistentVolumeReclaimPolicy: p.reclaimPolicy(ctx, *claim.Spec.StorageClassName),
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    claim.Spec.VolumeMode,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			// No pod really runs, so nothing is ever written there.
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: "/var/lib/plumbline/" + name}},
		},
	}
	_, err := p.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// reclaimPolicy of the class, or Delete where the class is gone.
func (p provisioner) reclaimPolicy(ctx context.Context, class string) corev1.PersistentVolumeReclaimPolicy {
	found, err := p.client.StorageV1().StorageClasses().Get(ctx, class, metav1.GetOptions{})
	if err != nil || found.ReclaimPolicy == nil {
		return corev1.PersistentVolumeReclaimDelete
	}
	return *found.ReclaimPolicy
}

// reclaim deletes a volume of ours whose claim is gone.
func (p provisioner) reclaim(ctx context.Context, volume *corev1.PersistentVolume) error {
	if volume.Annotations[usedProvisioner] != provisionerName || volume.DeletionTimestamp != nil ||
		volume.Status.Phase != corev1.VolumeReleased ||
		volume.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		return nil
	}
	err := p.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if errors.IsNotFound(err) {
		return nil
	}
	return err
}
