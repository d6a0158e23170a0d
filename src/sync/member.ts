import { healthOf, type Health } from '../health/index.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import { applySetOf } from './apply-set.ts';
import { deleteWishOf } from './delete-wish.ts';
import type { DriftPolicy } from './drift.ts';
import { operationLabel, phaseLabel } from './hook.ts';
import { type ObjectIgnore, type YieldedSets, yieldedSets } from './ignore/rules.ts';
import { fingerprintBeside } from './ignore/without-ignored.ts';
import { objectOptionsOf, type Propagation } from './object-options.ts';
import { pruneWishOf, type PruneWish, wantsPruneLast } from './prune-wish.ts';
import { hasKubectlFields } from './take-over.ts';
import { waveOf } from './wave.ts';

/**
 * What is remembered of a live object: all that a plan needs, and no more, so that a cache of many
 * thousand objects stays small. `memberOf` makes one of an object.
 */
export interface Member {
  /** `formatKey(key)`: the key in the form that maps use. */
  readonly id: string;
  readonly key: ObjectKey;
  /** The version that it was read at: `apps/v1`. */
  readonly apiVersion: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Counts the changes of its spec, where the API server does; see `unseenUntil`. */
  readonly generation?: number;
  /** The ApplySet that its label names; undefined where it carries none. */
  readonly applySet: string | undefined;
  /** See `fingerprint`, apart from what is ignored; undefined where it cannot be told. */
  readonly fingerprint: string | undefined;
  /** What managers own whose fields are ignored; left out where they own nothing. */
  readonly yielded?: YieldedSets;
  readonly health: Health;
  /** When its deletion was asked for, RFC 3339; undefined while it is to live. */
  readonly deletionTimestamp: string | undefined;
  readonly finalizers: readonly string[];
  /** What its annotations say about pruning. */
  readonly pruneWish: PruneWish | undefined;
  /** What they say about deleting it with its ApplySet, where that is something else. */
  readonly deleteWish?: PruneWish | 'none';
  /** The wave that its annotations name; 0 where left out. */
  readonly wave?: number;
  /** The sync and the phase that it was made for, where it is a hook. */
  readonly hook?: { readonly operation: string; readonly phase: string };
  /** True where its annotations want it pruned after everything else. */
  readonly pruneLast?: true;
  /** True where its own annotations, in the cluster, want it left as it is. */
  readonly ignored?: true;
  /** What its own annotations, in the cluster, want to become of its drift. */
  readonly drift?: DriftPolicy | 'Ignore';
  /** What becomes of the objects that it owns when it is deleted, where its annotations say. */
  readonly propagation?: Propagation;
  /** True where kubectl has set fields of it. */
  readonly kubectl?: true;
}

/** What a sync sees of the cluster without a call: a watch cache, or a list made a moment ago. */
export interface SyncView {
  /** All live objects that carry the label of the ApplySet that is synced. */
  members(): Iterable<Member>;
  /** All live hooks of the ApplySet that is synced. */
  hooks?(): Iterable<Member>;
  /** A live object that carries the label of any ApplySet. @param id `formatKey(key)`, where it is known already */
  find(key: ObjectKey, id?: string): Member | undefined;
}

/** What is remembered of an object as it was read from the cluster; `judge` tells its health where what is built in does not, and what is `leftToOthers` of it changes nothing. */
export function memberOf(
  object: KubeObject,
  fieldManager: string,
  judge: (object: KubeObject) => Health = (one) => healthOf(one),
  leftToOthers?: ObjectIgnore,
): Member {
  const yielded = yieldedSets(object, leftToOthers, fieldManager);
  const key = keyOf(object);
  const { annotations, generation } = object.metadata;
  const wave = waveOf(annotations);
  const { write, propagation, drift } = objectOptionsOf(object.metadata);
  const ignored = write === 'Ignore';
  const pruneWish = ignored
    ? { wish: 'keep' as const, annotation: 'its annotation to be ignored' }
    : pruneWishOf(object.metadata);
  return {
    id: formatKey(key),
    key,
    apiVersion: object.apiVersion,
    uid: object.metadata.uid ?? '',
    resourceVersion: object.metadata.resourceVersion ?? '',
    ...(generation === undefined ? {} : { generation }),
    applySet: applySetOf(object),
    fingerprint: fingerprintBeside(object, fieldManager, leftToOthers),
    ...(yielded.length === 0 ? {} : { yielded }),
    health: judge(object),
    deletionTimestamp: object.metadata.deletionTimestamp,
    finalizers: object.metadata.finalizers ?? [],
    pruneWish,
    ...otherDeleteWish(pruneWish, ignored ? pruneWish : deleteWishOf(object.metadata)),
    ...(wave === 0 ? {} : { wave }),
    ...hookIn(object),
    ...(wantsPruneLast(annotations) ? { pruneLast: true } : {}),
    ...(ignored ? { ignored } : {}),
    ...(drift === undefined ? {} : { drift }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(hasKubectlFields(object) ? { kubectl: true } : {}),
  };
}

function otherDeleteWish(prune: PruneWish | undefined, wish: PruneWish | undefined): Pick<Member, 'deleteWish'> {
  return prune?.annotation === wish?.annotation ? {} : { deleteWish: wish ?? 'none' };
}

/** The member as it is to be looked at where its whole ApplySet is deleted. */
export function asDeleted(member: Member): Member {
  const { deleteWish } = member;
  if (deleteWish === undefined) return member;
  return { ...member, pruneWish: deleteWish === 'none' ? undefined : deleteWish };
}

function hookIn({ metadata: { labels } }: KubeObject): Pick<Member, 'hook'> {
  const operation = labels?.[operationLabel];
  return operation === undefined ? {} : { hook: { operation, phase: labels?.[phaseLabel] ?? '' } };
}
