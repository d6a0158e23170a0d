import { plumbError } from '../errors.ts';
import { openGeneration, type Core } from './core.ts';
import { completeHistory } from './fetch-batch.ts';
import { isShallow } from './history.ts';
import { asCommitId, type CommitId } from './ids.ts';
import { runLocal } from './refs.ts';
import { trailersNearby } from './trailers-nearby.ts';

/** Where a trailer is looked for. */
export interface TrailerSearch {
  /** As it stands before the colon. */
  readonly key: string;
  /** The newest commit that is looked at. */
  readonly tip: CommitId;
  /** Commits that this one contains are passed over. */
  readonly since?: CommitId;
  /** The most commits that are looked at, the newest first. */
  readonly limit: number;
}

/**
 * The values that a trailer has in commits, each with the newest commit that has it. What came since a commit is
 * read without a process where it is a few commits in a row; else Git looks, and a shallow mirror becomes a full one
 * first.
 * @throws PlumbError
 */
export async function findTrailers(
  core: Core,
  { key, tip, since, limit }: TrailerSearch,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CommitId>> {
  const known = await openGeneration(core);
  if (known !== undefined && since !== undefined) {
    const nearby = await trailersNearby(core, known, { key, tip, since, limit });
    if (nearby !== undefined) return nearby;
  }
  if (known !== undefined && (await isShallow(known.directory))) await completeHistory(core, signal);
  const generation = await openGeneration(core);
  if (generation === undefined) throw plumbError('git.ref-not-found', `the mirror has no commit ${tip}`);
  const format = `%H%x00%(trailers:key=${key},valueonly,unfold,separator=%x00)`;
  const text = await runLocal(
    generation.directory,
    [
      'log',
      '--no-decorate',
      '--no-color',
      '--no-show-signature',
      `--max-count=${limit}`,
      `--format=${format}`,
      ...(since === undefined ? [] : [`^${since}`]),
      tip,
      '--',
    ],
    signal,
  );
  const found = new Map<string, CommitId>();
  for (const line of text.split('\n')) {
    const [id = '', ...values] = line.split('\0');
    const commit = asCommitId(id);
    if (commit === undefined) continue;
    for (const value of values) if (value !== '' && !found.has(value)) found.set(value, commit);
  }
  return found;
}
