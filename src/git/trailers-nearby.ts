import { parseCommit } from './commit.ts';
import { readFrom, type Core, type Generation } from './core.ts';
import type { CommitId } from './ids.ts';
import type { TrailerSearch } from './trailers.ts';

/** So many commits are read before Git is asked: what came to a branch since the last look is nearly always a few. */
const nearby = 256;
/** The largest commit that is read, in bytes. */
const commitLimit = 1024 * 1024;

/**
 * The values of a trailer in the commits from a tip back to one that was seen before, without a process.
 * @returns undefined where Git has to look: at a merge, a long way, a commit that is not here, or a message of which
 * only Git can say what its trailers are
 */
export async function trailersNearby(
  core: Core,
  generation: Generation,
  { key, tip, since, limit }: TrailerSearch & { readonly since: CommitId },
): Promise<ReadonlyMap<string, CommitId> | undefined> {
  const found = new Map<string, CommitId>();
  let at = tip;
  for (let count = 0; at !== since; count += 1) {
    if (count >= Math.min(nearby, limit)) return undefined;
    const commit = await commitHere(core, generation, at);
    const [parent, ...others] = commit?.parents ?? [];
    const values = commit === undefined ? undefined : trailersIn(commit.message, key);
    if (values === undefined || parent === undefined || others.length > 0) return undefined;
    for (const value of values) if (!found.has(value)) found.set(value, at);
    at = parent;
  }
  return found;
}

async function commitHere(core: Core, generation: Generation, id: CommitId) {
  const fresh = core.fresh.read(id, 'commit');
  if (fresh !== undefined) return parseCommit(id, fresh);
  const answer = await readFrom(core, generation, id, commitLimit);
  return answer.kind === 'object' && answer.type === 'commit' ? parseCommit(id, answer.bytes) : undefined;
}

const trailer = /^([A-Za-z0-9-]+): *(\S.*)$/;

/** The values of a trailer in a message; undefined where they are not plain to see. */
export function trailersIn(message: string, key: string): readonly string[] | undefined {
  const wanted = key.toLowerCase();
  if (!message.toLowerCase().includes(wanted)) return [];
  // Whatever else breaks a line for Git or for us is Git's to judge.
  if (/[\p{Cc}--\n]|[\p{Z}--\x20]|\uFEFF/v.test(message)) return undefined;
  const text = message.trim();
  const blank = text.lastIndexOf('\n\n');
  if (blank < 0) return undefined;
  const lines = text.slice(blank + 2).split('\n');
  const values: string[] = [];
  for (const line of lines) {
    const [, name, value] = trailer.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    if (name.toLowerCase() === wanted) values.push(value.trim());
  }
  return values;
}
