import type { JsonObject } from '../../src/object.ts';

/** What one action comes to, for an object of each of some kinds. */
export interface ActionCase {
  readonly action: string;
  /** Fields of an object for which it is offered; none where left out. */
  readonly on?: object;
  /** Fields of an object for which it is not; left out where it always is. */
  readonly never?: object;
  readonly values?: Readonly<Record<string, string>>;
  /** The merge patch; `<now>` stands for the moment. */
  readonly patch?: JsonObject;
  /** A part of the object that is made. */
  readonly makes?: JsonObject;
}

/** Kinds that have the same actions, as `apps/v1 Deployment`. */
export interface ActionCases {
  readonly kinds: readonly string[];
  readonly cases: readonly ActionCase[];
}

/** A patch of one annotation. */
export const annotated = (name: string, value: string | null): JsonObject => ({
  metadata: { annotations: { [name]: value } },
});
/** What `kubectl rollout restart` writes. */
export const restartedAt = 'kubectl.kubernetes.io/restartedAt';
/** What has Flux look at an object. */
export const requestedAt = 'reconcile.fluxcd.io/requestedAt';
/** An object that another one has made. */
export const controlled = { metadata: { ownerReferences: [{ kind: 'Parent', controller: true }] } };
/** An object of which a condition is true. */
export const condition = (type: string): object => ({ status: { conditions: [{ type, status: 'True' }] } });

/** New pods, by an annotation of their template. */
export const restart: ActionCase = {
  action: 'restart',
  patch: { spec: { template: annotated(restartedAt, '<now>') } },
};
/** The number of replicas. */
export const scale: ActionCase = { action: 'scale', values: { replicas: '2' }, patch: { spec: { replicas: 2 } } };

/** Two actions that set a field of the spec to true, and to false. */
export function switching(off: string, on: string, field: string): readonly ActionCase[] {
  const is = { spec: { [field]: true } };
  return [
    { action: off, never: is, patch: { spec: { [field]: true } } },
    { action: on, on: is, never: { spec: { [field]: false } }, patch: { spec: { [field]: false } } },
  ];
}

/** Two actions that set an annotation, and take it away. */
export function annotation(off: string, on: string, name: string, value: string): readonly ActionCase[] {
  const is = annotated(name, value);
  return [
    { action: off, never: is, patch: is },
    { action: on, on: is, never: {}, patch: annotated(name, null) },
  ];
}

const reconcile: ActionCase = {
  action: 'reconcile',
  never: { spec: { suspend: true } },
  patch: annotated(requestedAt, '<now>'),
};
/** What Flux reconciles. */
export const flux = [reconcile, ...switching('suspend', 'resume', 'suspend')];

const pods = {
  selector: { matchLabels: { app: 'x' } },
  template: {
    metadata: { labels: { app: 'x' } },
    spec: { containers: [{ name: 'x', image: 'busybox:stable' }] },
  },
};
/** The spec of a Job. */
export const runsOnce = {
  // Without a pod.
  parallelism: 0,
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'busybox:stable' }] } },
};

/** What the API server wants of an object of its own kinds. */
export const requiredFields: Readonly<Record<string, JsonObject>> = {
  // For no pods but those that tolerate everything.
  Node: { spec: { taints: [{ key: 'test.plumbline.dev/closed', effect: 'NoSchedule' }] } },
  Deployment: { spec: { replicas: 0, ...pods } },
  StatefulSet: { spec: { replicas: 0, serviceName: 'x', ...pods } },
  // On no node.
  DaemonSet: {
    spec: { ...pods, template: { ...pods.template, spec: { ...pods.template.spec, nodeSelector: { no: 'node' } } } },
  },
  ReplicaSet: { spec: { replicas: 0, ...pods } },
  ReplicationController: { spec: { replicas: 0, selector: { app: 'x' }, template: pods.template } },
  CronJob: { spec: { schedule: '0 3 1 1 *', jobTemplate: { spec: runsOnce } } },
  Job: { spec: runsOnce },
};
