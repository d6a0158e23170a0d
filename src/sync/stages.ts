import type { ObjectKey } from '../object.ts';
import type { GroupKind } from './apply-set.ts';

/**
 * The stages of one wave of a sync. All of a stage is applied at once; the next begins when it is accepted. There
 * are few of them, since each costs a round trip: only what the API server itself refuses without its
 * predecessor, or what would start wrongly without it, stands in a later one. Inside a stage the calls
 * begin in Helm's order.
 */
export const stages = ['foundations', 'settings', 'workloads', 'gatekeepers'] as const;

/** `foundations`: what others live in or are made of; `gatekeepers`: what may refuse the others. */
export type StageName = (typeof stages)[number];

/** Helm's InstallOrder, cut into stages. Kinds without a group stand for the built-in kind of that name. */
const order: readonly (readonly [StageName, readonly string[]])[] = [
  [
    'foundations',
    [
      'Namespace',
      'CustomResourceDefinition.apiextensions.k8s.io',
      'PriorityClass.scheduling.k8s.io',
      'StorageClass.storage.k8s.io',
      'IngressClass.networking.k8s.io',
      'RuntimeClass.node.k8s.io',
    ],
  ],
  [
    'settings',
    [
      'NetworkPolicy.networking.k8s.io',
      'ResourceQuota',
      'LimitRange',
      'PodDisruptionBudget.policy',
      'ServiceAccount',
      'Secret',
      'ConfigMap',
      'PersistentVolume',
      'PersistentVolumeClaim',
      'ClusterRole.rbac.authorization.k8s.io',
      'ClusterRoleBinding.rbac.authorization.k8s.io',
      'Role.rbac.authorization.k8s.io',
      'RoleBinding.rbac.authorization.k8s.io',
      'Service',
    ],
  ],
  [
    'workloads',
    [
      'DaemonSet.apps',
      'Pod',
      'ReplicationController',
      'ReplicaSet.apps',
      'Deployment.apps',
      'HorizontalPodAutoscaler.autoscaling',
      'StatefulSet.apps',
      'Job.batch',
      'CronJob.batch',
      'Ingress.networking.k8s.io',
    ],
  ],
  [
    'gatekeepers',
    [
      'APIService.apiregistration.k8s.io',
      'MutatingWebhookConfiguration.admissionregistration.k8s.io',
      'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
      'MutatingAdmissionPolicy.admissionregistration.k8s.io',
      'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io',
      'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
      'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
    ],
  ],
];

interface Place {
  /** Index into `stages`. */
  readonly stage: number;
  /** Place in Helm's order, over all stages. */
  readonly rank: number;
}

const places: ReadonlyMap<string, Place> = new Map(
  order
    .flatMap(([stage, kinds]) => kinds.map((kind) => [kind, stage] as const))
    .map(([kind, stage], rank) => [kind, { stage: stages.indexOf(stage), rank }] as const),
);

/** Any other kind goes with the workloads, after those that are known, as Helm does. */
const otherKinds: Place = { stage: stages.indexOf('workloads'), rank: places.size };

function placeOf(kind: GroupKind): Place {
  return places.get(kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`) ?? otherKinds;
}

/** Objects cut into their stages, in the order of applying; stages without objects are left out. */
export function applyStages<T>(objects: Iterable<T>, keyFor: (object: T) => ObjectKey): readonly (readonly T[])[] {
  const byStage: { readonly item: T; readonly rank: number; readonly key: ObjectKey }[][] = stages.map(() => []);
  for (const item of objects) {
    const key = keyFor(item);
    const { stage, rank } = placeOf(key);
    byStage[stage]?.push({ item, rank, key });
  }
  return byStage
    .filter((stage) => stage.length > 0)
    .map((stage) => stage.toSorted((a, b) => a.rank - b.rank || compareKeys(a.key, b.key)).map(({ item }) => item));
}

/**
 * Objects cut into the stages of their deletion: the reverse of applying, but custom resources go before
 * all workloads, since one of those may be the operator that ends them, and namespaces go after
 * everything.
 */
export function deletionStages<T>(objects: Iterable<T>, keyFor: (object: T) => ObjectKey): readonly (readonly T[])[] {
  const gatekeepers: T[] = [];
  const custom: T[] = [];
  const workloads: T[] = [];
  const settings: T[] = [];
  const foundations: T[] = [];
  const namespaces: T[] = [];
  const byStage = [foundations, settings, workloads, gatekeepers];
  for (const object of objects) {
    const key = keyFor(object);
    const place = placeOf(key);
    if (place === otherKinds) custom.push(object);
    else if (key.kind === 'Namespace' && key.group === '') namespaces.push(object);
    else byStage[place.stage]?.push(object);
  }
  return [gatekeepers, custom, workloads, settings, foundations, namespaces]
    .filter((stage) => stage.length > 0)
    .map((stage) => stage.toSorted((a, b) => compareKeys(keyFor(a), keyFor(b))));
}

function compareKeys(a: ObjectKey, b: ObjectKey): number {
  return compare(a.kind, b.kind) || compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
