import type { JsonObject, KubeObject, ObjectMeta } from '../object.ts';
import type { ActionInput } from './action.ts';

type Metadata = Pick<ObjectMeta, 'labels' | 'annotations'>;

/** The longest name of a Job: those of its pods are made of it. */
const longest = 63;

/** Labels that the controller of Jobs gives, by which a Job finds its own pods. */
const ownLabels: ReadonlySet<string> = new Set([
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
]);
/** What says that Git, or another tool, maintains the object: the copy is nobody's. */
const trackingPrefixes = [
  'applyset.kubernetes.io/',
  'plumbline.dev/',
  'argocd.argoproj.io/',
  'helm.sh/',
  'meta.helm.sh/',
];
const tracking: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
]);

/** A name that the object has not had: the moment in milliseconds makes it another one. */
export function nameAt({ object, now }: Pick<ActionInput, 'object' | 'now'>): string {
  const ending = `-${now.getTime().toString(36)}`;
  return object.metadata.name.slice(0, longest - ending.length).replace(/[.-]+$/, '') + ending;
}

/** What is put into an object that belongs to this one. */
export function owned({ apiVersion, kind, metadata }: KubeObject, controller: boolean): ObjectMeta['ownerReferences'] {
  const { name, uid = '' } = metadata;
  return [{ apiVersion, kind, name, uid, ...(controller ? { controller } : {}) }];
}

/** A Job of the template of a CronJob, as `kubectl create job --from` makes it. */
export function jobOfCronJob(input: ActionInput): KubeObject {
  const { object } = input;
  const { metadata = {}, spec = {} } = ((object['spec'] as JsonObject | undefined)?.['jobTemplate'] ?? {}) as {
    readonly metadata?: Metadata;
    readonly spec?: JsonObject;
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameAt(input),
      ...namespaceOf(object),
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: owned(object, true) ?? [],
    },
    spec,
  };
}

/** The same Job once more, under another name. */
export function jobAgain(input: ActionInput): KubeObject {
  const { object } = input;
  const { selector: _selector, manualSelector: _manual, suspend: _suspend, ...spec } = object['spec'] as JsonObject;
  const template = (spec['template'] ?? {}) as { readonly metadata?: Metadata } & JsonObject;
  const { annotations } = object.metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameAt(input),
      ...namespaceOf(object),
      labels: withoutTracking(object.metadata.labels),
      annotations: withoutTracking(annotations),
    },
    spec: {
      ...spec,
      template: { ...template, metadata: { ...template.metadata, labels: withoutOwn(template.metadata?.labels) } },
    },
  };
}

function namespaceOf({ metadata: { namespace } }: KubeObject): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

type Texts = Readonly<Record<string, string>>;

/** Labels or annotations without those that say who maintains the object. */
export function withoutTracking(texts: Texts = {}): Texts {
  const kept = Object.entries(withoutOwn(texts)).filter(
    ([name]) => !tracking.has(name) && !trackingPrefixes.some((prefix) => name.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

function withoutOwn(texts: Texts = {}): Texts {
  return Object.fromEntries(Object.entries(texts).filter(([name]) => !ownLabels.has(name)));
}
