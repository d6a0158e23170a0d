import type { KubeObject } from '../object.ts';
import type { Member } from './member.ts';
import type { ObjectResult, StepContext, SyncRun } from './run-types.ts';

/** Milliseconds after its apply from which on the verdict on an object counts, though nobody has written it since. */
const graceMilliseconds = 60_000;

/**
 * Until when the health of an object that was just applied may be a verdict on what it was before: its controller has
 * yet to look at it. Undefined where it is of now: of the very generation, or of a kind that nobody reports on.
 *
 * @param before what it was before the apply, where it was there
 */
export function unseenUntil(
  { metadata, status }: KubeObject,
  before: Member | undefined,
  now: number,
): number | undefined {
  const { generation, uid } = metadata;
  if (generation === undefined) return status === undefined ? undefined : now + graceMilliseconds;
  if (before?.uid === uid && before?.generation === generation) return undefined;
  const { observedGeneration } = (status ?? {}) as { readonly observedGeneration?: unknown };
  const isSeen = typeof observedGeneration === 'number' && observedGeneration >= generation;
  return isSeen ? undefined : now + graceMilliseconds;
}

/** Milliseconds for which the verdict on an object may still be one of before its apply; undefined where it counts. */
export function unseenFor(
  { id, key }: Pick<ObjectResult, 'id' | 'key'>,
  { results }: Pick<SyncRun, 'results'>,
  { view, now = Date.now }: Pick<StepContext, 'view' | 'now'>,
): number | undefined {
  const { resourceVersion, unseenUntil: until } = results.get(id) ?? {};
  if (until === undefined || view.find(key, id)?.resourceVersion !== resourceVersion) return undefined;
  const left = until - now();
  return left > 0 ? left : undefined;
}
