import { PlumbError, type Problem } from '../../errors.ts';
import { formatGroupKind, type KindRef, type Unreachable, unreachableAmong } from '../../sync/index.ts';
import type { ReconcileContext } from './context.ts';

/** What is known of the kinds of an Application. */
export interface KnownKinds {
  /** Why the live objects of a kind are not known, though its API answers. */
  readonly problems: readonly Problem[];
  /** Those whose API does not answer. */
  readonly unreachable: Unreachable;
}

/**
 * Sees to it that the live objects of these kinds are known. Those of an API that does not answer are left out, and the
 * Application is woken when it does.
 */
export async function knowKinds(
  kinds: readonly KindRef[],
  application: string,
  { client: { discovery }, members }: Pick<ReconcileContext, 'client' | 'members'>,
  signal: AbortSignal,
): Promise<KnownKinds> {
  // What is known was doubted, or never read.
  await discovery.resources({ signal });
  const look = async (): Promise<KnownKinds> => {
    const unreachable = unreachableAmong(kinds, discovery);
    return { problems: await members.watch(without(kinds, unreachable), application, signal), unreachable };
  };
  const found = await look();
  if (found.problems.length === 0) return found;
  try {
    await discovery.refresh({ signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof PlumbError)) throw error;
    return found;
  }
  // It may have gone down since discovery was read.
  return unreachableAmong(kinds, discovery).size > found.unreachable.size ? look() : found;
}

/** Those of the kinds that can be looked at. */
export function without(kinds: readonly KindRef[], unreachable: Unreachable): readonly KindRef[] {
  return unreachable.size === 0 ? kinds : kinds.filter((kind) => !unreachable.has(formatGroupKind(kind)));
}

/** Those that cannot, to be told when they come. */
export function among(kinds: readonly KindRef[], unreachable: Unreachable): readonly KindRef[] {
  return unreachable.size === 0 ? [] : kinds.filter((kind) => unreachable.has(formatGroupKind(kind)));
}
