import { PlumbError } from '../errors.ts';
import type { KubeClient } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';

/** Events of one object that are looked at, reasons that are told of it, and characters of what each says. */
const eventLimit = 100;
const shownReasons = 5;
const shownCharacters = 1_024;

/** What Events warn of, for one object and one reason. */
export interface ObjectWarning {
  /** `FailedScheduling`. */
  readonly reason: string;
  /** What the newest of them says. */
  readonly message: string;
  /** How often it was so. */
  readonly count: number;
  /** When it was so last, RFC 3339. */
  readonly at: string;
}

/**
 * What Kubernetes warns of about an object: a volume that cannot be mounted, a quota that is used up, a node that cannot be
 * found. The newest first, one for each reason. One call.
 *
 * @throws PlumbError `kube.forbidden` where Events may not be read
 */
export async function warningsOf(
  client: Pick<KubeClient, 'list'>,
  about: Pick<KubeObject['metadata'], 'uid' | 'namespace'>,
  signal: AbortSignal,
): Promise<readonly ObjectWarning[]> {
  const fieldSelector = `involvedObject.uid=${about.uid},type=Warning`;
  const namespace = about.namespace === undefined ? {} : { namespace: about.namespace };
  const list = client.list({ group: '', kind: 'Event' }, { ...namespace, fieldSelector, chunk: eventLimit, signal });
  const events: KubeObject[] = [];
  for await (const event of list) {
    events.push(event);
    if (events.length >= eventLimit) break;
  }
  return mergedWarnings(events);
}

/** Warnings as `warningsOf` tells them, from the Events about one object. */
export function mergedWarnings(events: readonly KubeObject[]): readonly ObjectWarning[] {
  const byReason = new Map<string, ObjectWarning>();
  for (const event of events) {
    const one = warningIn(event);
    if (one.message === '') continue;
    const other = byReason.get(one.reason);
    const newest = other === undefined || isAfter(one.at, other.at) ? one : other;
    byReason.set(one.reason, { ...newest, count: one.count + (other?.count ?? 0) });
  }
  return [...byReason.values()]
    .toSorted((a, b) => Number(isAfter(b.at, a.at)) - Number(isAfter(a.at, b.at)))
    .slice(0, shownReasons);
}

/** A warning in the words of its Event. */
export function describeWarning({ reason, message }: ObjectWarning): string {
  return `${reason}: ${message}`;
}

/** Times of different precision: the text alone does not tell. */
function isAfter(one: string, other: string): boolean {
  return (Date.parse(one) || 0) > (Date.parse(other) || 0);
}

function warningIn(event: KubeObject): ObjectWarning {
  const series = (event['series'] ?? {}) as { readonly count?: unknown; readonly lastObservedTime?: unknown };
  // As either of the two APIs for Events has them.
  const ends = [series.lastObservedTime, event['lastTimestamp'], event['deprecatedLastTimestamp'], event['eventTime']];
  const times = [...ends, event.metadata.creationTimestamp];
  const counts = [series.count, event['count'], event['deprecatedCount']];
  return {
    reason: textOf(event['reason']) || 'Warning',
    message: withoutCredentials((textOf(event['message']) || textOf(event['note'])).trim()).slice(0, shownCharacters),
    count: (counts.find((count) => typeof count === 'number' && count > 0) as number | undefined) ?? 1,
    at: textOf(times.find((time) => textOf(time) !== '')),
  };
}

/** Whoever pulls an image, or a volume from somewhere, may say the whole URL. */
function withoutCredentials(message: string): string {
  return message.replaceAll(/(\w:\/\/)[^\s/@"']+@/g, '$1***@');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The same, and nothing where Events may not be read. */
export async function warningsIfAllowed(
  client: Pick<KubeClient, 'list'>,
  about: Pick<KubeObject['metadata'], 'uid' | 'namespace'>,
  signal: AbortSignal,
  onForbidden: () => void = () => {},
): Promise<readonly ObjectWarning[]> {
  try {
    return await warningsOf(client, about, signal);
  } catch (error) {
    if (!(error instanceof PlumbError && error.code === 'kube.forbidden')) throw error;
    onForbidden();
    return [];
  }
}
