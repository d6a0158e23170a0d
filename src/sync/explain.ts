import { combineHealth, type Health, healthOf, isWorse } from '../health/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';

/** Pods of one object that are looked at, and Events of one object. */
const podLimit = 200;
const eventLimit = 100;

/**
 * What the last warning about an object says, in the words of its Event: a volume that cannot be mounted, a quota that is used
 * up, a node that cannot be found. Undefined where there is none, or where Events may not be read.
 */
export async function lastWarning(
  client: Pick<KubeClient, 'list'>,
  about: Pick<KubeObject['metadata'], 'uid' | 'namespace'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const fieldSelector = `involvedObject.uid=${about.uid},type=Warning`;
  const namespace = about.namespace === undefined ? {} : { namespace: about.namespace };
  const list = client.list({ group: '', kind: 'Event' }, { ...namespace, fieldSelector, chunk: eventLimit, signal });
  const events = await firstOf(list, eventLimit);
  const at = (event: KubeObject): string => textOf(event.lastTimestamp) || textOf(event.eventTime);
  const last = events.toSorted((one, other) => (at(one) < at(other) ? -1 : 1)).at(-1);
  const message = textOf(last?.message).trim();
  return message === '' ? undefined : `${textOf(last?.reason) || 'Warning'}: ${message}`;
}

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

/** The labels of the pods of a workload, as a selector; undefined for what has none. */
function podSelector(object: KubeObject): string | undefined {
  const { selector } = (object.spec ?? {}) as { readonly selector?: { readonly matchLabels?: unknown } };
  const labels = Object.entries((selector?.matchLabels ?? {}) as Readonly<Record<string, string>>);
  return labels.length === 0 ? undefined : labels.map(([name, value]) => `${name}=${value}`).join(',');
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
  const { namespace } = object.metadata;
  const labelSelector = podSelector(object);
  const pods =
    labelSelector === undefined || namespace === undefined
      ? []
      : await firstOf(
          client.list({ group: '', kind: 'Pod' }, { namespace, labelSelector, chunk: podLimit, signal }),
          podLimit,
        );
  const worst = worstOf(pods);
  // What a container says of itself needs no Event.
  if (worst?.health.status === 'Degraded') return reasonOf(worst.pod.metadata.name, worst.health);
  const warning = await lastWarning(client, (worst?.pod ?? object).metadata, signal);
  if (worst === undefined) return warning;
  return reasonOf(
    worst.pod.metadata.name,
    warning === undefined ? worst.health : { ...worst.health, message: warning },
  );
}

function reasonOf(pod: string, health: Health): string {
  return combineHealth([{ id: `Pod ${pod}`, health }]).message;
}
