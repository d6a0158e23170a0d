import { parseCommit } from './commit.ts';
import { readFrom, type Core, type Generation } from './core.ts';
import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import type { CommitId } from './ids.ts';
import type { Objects } from './objects.ts';
import { runGit } from './process.ts';

/** How many commits are read before Git is asked: a push is nearly always a few. */
const nearby = 32;
/** The largest commit that is read, in bytes. */
const commitLimit = 1024 * 1024;

/**
 * Whether a commit is the other one, or is contained in it.
 * @throws PlumbError where one of them cannot be read
 */
export async function isAncestor(
  objects: Objects,
  directory: string,
  ancestor: CommitId,
  descendant: CommitId,
  signal: AbortSignal,
): Promise<boolean> {
  const known = await searchNearby(objects, ancestor, descendant);
  if (known !== undefined) return known;
  const result = await runGit({
    args: [`--git-dir=${directory}`, 'merge-base', '--is-ancestor', '--end-of-options', ancestor, descendant],
    environment: gitEnvironment(),
    signal,
    timeoutMilliseconds: 60_000,
    maxOutputBytes: 64 * 1024,
  });
  if (result.exitCode === 0 || result.exitCode === 1) return result.exitCode === 0;
  throw explainFailure(result.stderr);
}

/** Looks among the nearest commits; undefined where the history goes on behind them. */
async function searchNearby(objects: Objects, ancestor: CommitId, descendant: CommitId): Promise<boolean | undefined> {
  const seen = new Set<CommitId>();
  let row: readonly CommitId[] = [descendant];
  while (row.length > 0) {
    if (row.includes(ancestor)) return true;
    for (const id of row) seen.add(id);
    if (seen.size > nearby) return undefined;
    const commits = await Promise.all(row.map((id) => objects.commit(id)));
    row = [...new Set(commits.flatMap(({ parents }) => parents))].filter((id) => !seen.has(id));
  }
  return false;
}

/** A shallow mirror holds each commit that was fetched, and hardly one more. */
const mostInShallow = 5000;

/**
 * As `isAncestor`, in a shallow mirror: by what the commits themselves say of their parents.
 * @returns undefined where the way back leads to commits that were not fetched
 */
export async function isAncestorNearby(
  core: Core,
  generation: Generation,
  ancestor: CommitId,
  descendant: CommitId,
): Promise<boolean | undefined> {
  const seen = new Set<CommitId>();
  let row: readonly CommitId[] = [descendant];
  let isCut = false;
  while (row.length > 0) {
    if (row.includes(ancestor)) return true;
    for (const id of row) seen.add(id);
    if (seen.size > mostInShallow) return undefined;
    const answers = await Promise.all(row.map((id) => readFrom(core, generation, id, commitLimit)));
    const next = new Set<CommitId>();
    for (const [index, answer] of answers.entries()) {
      const id = row[index];
      if (id === undefined || answer.kind !== 'object' || answer.type !== 'commit') isCut = true;
      else for (const parent of parseCommit(id, answer.bytes).parents) if (!seen.has(parent)) next.add(parent);
    }
    row = [...next];
  }
  return isCut ? undefined : false;
}
