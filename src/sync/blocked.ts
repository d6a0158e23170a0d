import type { ObjectKey } from '../object.ts';

/** Why something that would follow is not done. */
export type BlockReason =
  /** Desired, and another ApplySet has it. */
  | 'claimed'
  /** Desired, and the live object is being deleted: it is applied once that one is gone. */
  | 'terminating'
  /** Not desired, and pruning is off. */
  | 'prune-off'
  /** Not desired, since nothing at all is: taken for a mistake. */
  | 'empty-render'
  /** Not desired, and more would go than may without approval. */
  | 'limit'
  /** Not desired, and an annotation asks for approval. */
  | 'confirm'
  /** Not desired, and an annotation keeps it. */
  | 'kept'
  /** A namespace or a definition, not desired, that still holds objects of others. */
  | 'holds-others'
  /** Of an API that does not answer: nothing is known of it now. */
  | 'unreachable';

/** An object that is not touched, and why. */
export interface Blocked {
  readonly id: string;
  readonly key: ObjectKey;
  readonly reason: BlockReason;
  /** One sentence for a person. */
  readonly message: string;
  /** The objects of others that the message names, where they may be seen. */
  readonly holders?: readonly ObjectKey[];
}
