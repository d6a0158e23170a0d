import { problemsOf } from '../errors.ts';
import { openGeneration, readFrom, type Core } from './core.ts';
import { notFound } from './fetch-and-compare.ts';
import { completeHistory, type FetchQueue } from './fetch-batch.ts';
import { isShallow } from './history.ts';
import type { Target } from './selector.ts';
import { type Verification, type VerifyRequest, verifyRevision } from './verify.ts';
import type { StoredObject, VerifiedRepository } from './verify-commits.ts';

/** A tag or commit is a few hundred bytes, and has to be read whole. */
const objectLimit = 1024 * 1024;

/** Verifies a revision of a mirror, with what has to be fetched for that. @throws PlumbError as `verifyRevision` */
export async function verifyHere(
  entry: { readonly core: Core; readonly queue: FetchQueue },
  request: VerifyRequest,
  signal: AbortSignal,
): Promise<Verification> {
  const { core, queue } = entry;
  const generation = await openGeneration(core);
  const target: Target = { kind: 'commit', commit: request.commit, name: `commit ${request.commit.slice(0, 12)}` };
  if (generation === undefined) throw notFound(core, target);
  const read = async (name: string): Promise<StoredObject | undefined> => {
    const answer = await readFrom(core, generation, name, objectLimit);
    return answer.kind === 'object' ? answer : undefined;
  };
  const { base } = request;
  if (base !== undefined && (await read(base)) === undefined) {
    // The mirror was lost, and the branch was rewritten: what cannot be had any more makes the range longer, not shorter.
    await queue.fetch({ kind: 'commit', commit: base, name: `commit ${base}` }, signal).catch(() => undefined);
    signal.throwIfAborted();
  }
  const repository: VerifiedRepository = { directory: generation.directory, read };
  try {
    return await verifyRevision(repository, request, signal, { repository: core.remote.url.text });
  } catch (error) {
    if (problemsOf(error)[0].code !== 'git.history-cut' || !(await isShallow(generation.directory))) throw error;
    await completeHistory(core, signal);
    return verifyHere(entry, request, signal);
  }
}
