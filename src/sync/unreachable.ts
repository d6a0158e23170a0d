import type { Problem } from '../errors.ts';
import type { ObjectKey } from '../object.ts';
import { formatGroupKind } from './apply-set.ts';
import type { KindRef, SyncCluster } from './ports.ts';
import type { PreparedObject, PreparedSet } from './prepare.ts';

// Kinds of an API that another server serves, while that server does not answer. What there is of them can be neither
// looked at nor changed, and nothing is concluded from not seeing it.

/** Kinds that cannot be looked at now, by `formatGroupKind`, each with its API that does not answer: `metrics.k8s.io/v1beta1`. */
export type Unreachable = ReadonlyMap<string, string>;

type Known = Pick<SyncCluster['discovery'], 'find' | 'unavailable'>;

/** The API of the kind, where it does not answer; by what is known without a call. */
export function downApiOf(kind: KindRef, discovery: Known): string | undefined {
  const { unavailable } = discovery;
  if (unavailable.length === 0) return undefined;
  const served = discovery.find(kind);
  const isDown = (apiVersion: string): boolean =>
    // Of a kind that is not listed, any version may be one of those that cannot be asked.
    served === undefined ? apiVersion.startsWith(`${kind.group}/`) : apiVersion === `${served.group}/${served.version}`;
  return unavailable.find(isDown);
}

/** Those of the kinds that cannot be looked at. */
export function unreachableAmong(kinds: Iterable<KindRef>, discovery: Known): Unreachable {
  const found = new Map<string, string>();
  for (const kind of kinds) {
    const api = downApiOf(kind, discovery);
    if (api !== undefined) found.set(formatGroupKind(kind), api);
  }
  return found;
}

/** Why the object cannot be looked at, as a sentence; undefined where it can. */
export function unreachableMessage(
  key: Pick<ObjectKey, 'group' | 'kind'>,
  unreachable: Unreachable | undefined,
): string | undefined {
  if (unreachable === undefined || unreachable.size === 0) return undefined;
  const api = unreachable.get(formatGroupKind(key));
  return api === undefined ? undefined : `the API ${api} does not answer`;
}

/** Why the object must stay although it can be looked at: it announces an API of which members may be left. */
export function announcesUnreachable({ group, kind, name }: ObjectKey, unreachable: Unreachable = new Map()): boolean {
  if (kind !== 'APIService' || group !== 'apiregistration.k8s.io') return false;
  return [...unreachable.values()].some((api) => name === api.split('/').toReversed().join('.'));
}

/** One problem for each API that does not answer, with its kinds. */
export function unreachableProblems(unreachable: Unreachable): readonly Problem[] {
  const byApi = Map.groupBy(unreachable, ([, api]) => api);
  return [...byApi].map(([api, kinds]) => {
    const named = kinds.map(([kind]) => kind).toSorted();
    const message = `the API ${api} does not answer: its objects (${named.join(', ')}) are left as they are until it does`;
    return { code: 'kube.api-unavailable', message };
  });
}

/** The set, with what is of those kinds to be waited for where it is to be applied. */
export function awaitingUnreachable(desired: PreparedSet, unreachable: Unreachable): PreparedSet {
  if (unreachable.size === 0) return desired;
  const marked = <One extends PreparedObject>(one: One): One =>
    unreachable.has(formatGroupKind(one.key)) && one.awaited !== true ? { ...one, awaited: true } : one;
  const { objects, hooks } = desired;
  return { ...desired, objects: objects.map(marked), ...(hooks === undefined ? {} : { hooks: hooks.map(marked) }) };
}
