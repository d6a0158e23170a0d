import { plumbError } from '../../errors.ts';
import type { ApiResource, KindRef } from '../../sync/index.ts';

/** The version of Kubernetes that `kinds` is of. */
export const knownKubernetes = 'v1.36';

/** What Kubernetes itself serves, by `apiVersion`; a star marks the kinds that live in no namespace. */
const kinds: Readonly<Record<string, string>> = {
  v1: 'Binding ComponentStatus* ConfigMap Endpoints Event LimitRange Namespace* Node* PersistentVolume* PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount',
  'admissionregistration.k8s.io/v1':
    'MutatingAdmissionPolicy* MutatingAdmissionPolicyBinding* MutatingWebhookConfiguration* ValidatingAdmissionPolicy* ValidatingAdmissionPolicyBinding* ValidatingWebhookConfiguration*',
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition*',
  'apiregistration.k8s.io/v1': 'APIService*',
  'apps/v1': 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
  'authentication.k8s.io/v1': 'SelfSubjectReview* TokenReview*',
  'authorization.k8s.io/v1':
    'LocalSubjectAccessReview SelfSubjectAccessReview* SelfSubjectRulesReview* SubjectAccessReview*',
  'autoscaling/v1': 'HorizontalPodAutoscaler',
  'autoscaling/v2': 'HorizontalPodAutoscaler',
  'batch/v1': 'CronJob Job',
  'certificates.k8s.io/v1': 'CertificateSigningRequest*',
  'coordination.k8s.io/v1': 'Lease',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'events.k8s.io/v1': 'Event',
  'flowcontrol.apiserver.k8s.io/v1': 'FlowSchema* PriorityLevelConfiguration*',
  'networking.k8s.io/v1': 'IPAddress* Ingress IngressClass* NetworkPolicy ServiceCIDR*',
  'node.k8s.io/v1': 'RuntimeClass*',
  'policy/v1': 'PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1': 'ClusterRole* ClusterRoleBinding* Role RoleBinding',
  'resource.k8s.io/v1': 'DeviceClass* ResourceClaim ResourceClaimTemplate ResourceSlice*',
  'scheduling.k8s.io/v1': 'PriorityClass*',
  'storage.k8s.io/v1': 'CSIDriver* CSINode* CSIStorageCapacity StorageClass* VolumeAttachment* VolumeAttributesClass*',
};

const known: ReadonlyMap<string, ApiResource> = new Map(
  Object.entries(kinds).flatMap(([apiVersion, names]) =>
    names.split(' ').map((name) => {
      const slash = apiVersion.indexOf('/');
      const group = slash < 0 ? '' : apiVersion.slice(0, slash);
      const kind = name.replace('*', '');
      const resource = resourceOf({ group, version: apiVersion.slice(slash + 1), kind }, !name.endsWith('*'));
      return [textOf(resource), resource] as const;
    }),
  ),
);
const groups = new Set([...known.values()].map(({ group }) => group));

/** Every kind that Kubernetes itself serves. */
export function knownKinds(): readonly ApiResource[] {
  return [...known.values()];
}

function textOf({ group, version, kind }: KindRef): string {
  return `${group}/${version ?? ''}/${kind}`;
}

function resourceOf({ group, version, kind }: KindRef, namespaced: boolean): ApiResource {
  return { group, version: version ?? '', kind, plural: `${kind.toLowerCase()}s`, namespaced };
}

/** A kind of which only the name is known, as it will be: nearly all that live in no namespace say so in their name. */
export function assumedKind(kind: KindRef): ApiResource {
  const sibling = [...known.values()].find(({ group, kind: name }) => group === kind.group && name === kind.kind);
  return resourceOf(kind, sibling?.namespaced ?? !kind.kind.startsWith('Cluster'));
}

/** Whether a group belongs to Kubernetes itself, so that nobody else can add a kind to it. */
function isBuiltIn(group: string): boolean {
  return groups.has(group) || !group.includes('.');
}

/**
 * Kinds without a cluster: those that Kubernetes itself serves, and whatever else is in a group of somebody else's.
 * @param kubeVersion where it is not the version that is known here, kinds of other versions are taken as given
 */
export function kindsWithoutCluster(kubeVersion: string): {
  find(kind: KindRef): ApiResource | undefined;
  resource(kind: KindRef): Promise<ApiResource>;
} {
  const strict = kubeVersion === knownKubernetes || kubeVersion.startsWith(`${knownKubernetes}.`);
  const find = (kind: KindRef): ApiResource | undefined =>
    known.get(textOf(kind)) ?? (isBuiltIn(kind.group) && strict ? undefined : assumedKind(kind));
  return {
    find,
    resource(kind) {
      const found = find(kind);
      if (found !== undefined) return Promise.resolve(found);
      return Promise.reject(plumbError('kube.no-such-kind', `Kubernetes ${knownKubernetes} has no ${textOf(kind)}`));
    },
  };
}
