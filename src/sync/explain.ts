import { combineHealth, type Health, healthOf, isWorse } from '../health/index.ts';
import type { KindRef, KubeClient } from '../kube/index.ts';
import { groupOf, type KubeObject } from '../object.ts';
import { isKubernetes } from './own-groups.ts';
import { describeWarning, warningsIfAllowed } from './warnings.ts';

/** Pods of one object that are looked at. */
const podLimit = 200;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

async function firstOf(list: AsyncIterable<KubeObject>, limit: number): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  for await (const object of list) {
    found.push(object);
    if (found.length >= limit) break;
  }
  return found;
}

/** How something finds its pods: by labels, or where it has no selector by who made them. */
function podSelector({ spec, status }: KubeObject): string | undefined {
  const { selector } = (spec ?? {}) as { readonly selector?: { readonly matchLabels?: unknown } };
  const labels = Object.entries((selector?.matchLabels ?? {}) as Readonly<Record<string, string>>);
  if (labels.length > 0) return labels.map(([name, value]) => `${name}=${value}`).join(',');
  // Where those have it that can be scaled.
  const { selector: shown, labelSelector } = (status ?? {}) as {
    readonly selector?: unknown;
    readonly labelSelector?: unknown;
  };
  return textOf(shown) || textOf(labelSelector) || undefined;
}

/** Whether Kubernetes makes pods of the kind, or somebody else's controller may. */
function mayHavePods({ apiVersion, kind }: KubeObject): boolean {
  return (
    ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'].includes(kind) ||
    (apiVersion.includes('.') && !isKubernetes(groupOf(apiVersion)))
  );
}

/** The pods of an object, as many as are looked at. */
async function podsOf(
  client: Pick<KubeClient, 'list'>,
  object: KubeObject,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const { namespace, uid } = object.metadata;
  if (namespace === undefined || !mayHavePods(object)) return [];
  const listed = (kind: KindRef, labelSelector?: string): Promise<readonly KubeObject[]> => {
    const how = { namespace, chunk: podLimit, signal, ...(labelSelector === undefined ? {} : { labelSelector }) };
    return firstOf(client.list(kind, how), podLimit);
  };
  const isOwn = ({ metadata }: KubeObject): boolean =>
    metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
  const pod = { group: '', kind: 'Pod' };
  if (object.kind === 'CronJob' && groupOf(object.apiVersion) === 'batch') {
    const jobs = (await listed({ group: 'batch', kind: 'Job' })).filter(isOwn);
    const last = jobs.toSorted((one, other) => (madeAt(one) < madeAt(other) ? -1 : 1)).at(-1);
    const selector = last === undefined ? undefined : podSelector(last);
    return selector === undefined ? [] : listed(pod, selector);
  }
  const selector = podSelector(object);
  return selector === undefined ? (await listed(pod)).filter(isOwn) : listed(pod, selector);
}

function madeAt({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? '';
}

/** The worst of some pods that are not well. */
function worstOf(pods: readonly KubeObject[]): { readonly pod: KubeObject; readonly health: Health } | undefined {
  const ill = pods
    .map((pod) => ({ pod, health: healthOf(pod) }))
    .filter(({ health }) => health.status === 'Degraded' || health.status === 'Progressing');
  return ill.reduce<(typeof ill)[number] | undefined>(
    (worst, one) => (worst === undefined || isWorse(one.health.status, worst.health.status) ? one : worst),
    undefined,
  );
}

/**
 * Why an object is not well, from what it has made: the worst of its pods, with the container and the message, and the last
 * warning about that pod or the object itself. Three calls at most; undefined where they tell nothing more.
 */
export async function explainObject(
  client: Pick<KubeClient, 'list'>,
  object: KubeObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const worst = worstOf(await podsOf(client, object, signal));
  // What a container says of itself needs no Event.
  if (worst?.health.status === 'Degraded') return reasonOf(worst.pod.metadata.name, worst.health);
  const [last] = await warningsIfAllowed(client, (worst?.pod ?? object).metadata, signal);
  const warning = last === undefined ? undefined : describeWarning(last);
  if (worst === undefined) return warning;
  return reasonOf(
    worst.pod.metadata.name,
    warning === undefined ? worst.health : { ...worst.health, message: warning },
  );
}

function reasonOf(pod: string, health: Health): string {
  return combineHealth([{ id: `Pod ${pod}`, health }]).message;
}
