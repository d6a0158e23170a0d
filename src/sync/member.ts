import type { Health } from '../health/index.ts';
import type { ObjectKey } from '../object.ts';

/** What a person wrote on an object about its pruning. */
export type PruneWish = 'keep' | 'confirm';

/**
 * What is remembered of a live object: all that a plan needs, and no more, so that a cache of many
 * thousand objects stays small. `memberOf` makes one of an object.
 */
export interface Member {
  /** `formatKey(key)`: the key in the form that maps use. */
  readonly id: string;
  readonly key: ObjectKey;
  /** The version that it was read at. */
  readonly version: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The ApplySet that its label names; undefined where it carries none. */
  readonly applySet: string | undefined;
  /** See `fingerprint`; undefined where it cannot be told. */
  readonly fingerprint: string | undefined;
  readonly health: Health;
  /** When its deletion was asked for, RFC 3339; undefined while it is to live. */
  readonly deletionTimestamp: string | undefined;
  readonly finalizers: readonly string[];
  /** Its annotations' word on pruning, and which annotation said so. */
  readonly pruneWish: { readonly wish: PruneWish; readonly annotation: string } | undefined;
}

/** What a sync sees of the cluster without a call: a watch cache, or a list made a moment ago. */
export interface SyncView {
  /** All live objects that carry the label of this ApplySet. */
  members(): Iterable<Member>;
  /** A live object that carries the label of any ApplySet. */
  find(key: ObjectKey): Member | undefined;
}
