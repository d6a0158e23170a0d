import type { Core } from './core.ts';
import type { CommitId } from './ids.ts';
import { listRemote, type CallOptions, type Remote } from './remote.ts';
import { hasQuickWay, openSmartHttp, type Listing } from './smart-http.ts';

/** Until when a server is left to Git, by `performance.now()`: it did not answer us as it should. */
const restingUntil = new WeakMap<Remote, number>();
const restMilliseconds = 60_000;

/** Leaves the server to Git until then. */
export function leaveToGit(remote: Remote, until: number): void {
  restingUntil.set(remote, until);
}

/**
 * Asks the server for some of its refs. `git ls-remote` has it list them all, whatever is asked for: over HTTP we ask
 * for those that are meant, by ourselves.
 * @param prefixes full names, or prefixes that end with a slash; what else the answer holds is of no interest
 * @throws PlumbError
 */
export async function listRefs(remote: Remote, prefixes: readonly string[], options: CallOptions): Promise<Listing> {
  if (hasQuickWay(remote) && performance.now() >= (restingUntil.get(remote) ?? 0)) {
    const server = openSmartHttp(remote);
    try {
      return await server.listRefs(prefixes, options.signal);
    } catch {
      // Git knows what to make of it.
      options.signal.throwIfAborted();
      leaveToGit(remote, performance.now() + restMilliseconds);
    } finally {
      server.close();
    }
  }
  const patterns = prefixes.map((prefix) => (prefix.endsWith('/') ? `${prefix}*` : prefix));
  const { refs, head } = await listRemote(remote, patterns, options);
  return { refs: new Map(refs.map(({ ref, id }) => [ref, id])), head };
}

const heads = 'refs/heads/';

/** The branches of the server whose short names begin so. @throws PlumbError */
export async function branchesOf(
  { remote }: Pick<Core, 'remote'>,
  prefix: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CommitId>> {
  // A prefix may end within a name, which is more than a server can be asked for.
  const asked = heads + prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const { refs } = await listRefs(remote, [asked], { signal });
  const found = [...refs].filter(([ref]) => ref.startsWith(heads + prefix));
  return new Map(found.map(([ref, id]) => [ref.slice(heads.length), id as CommitId]));
}
