import { plumbError } from '../errors.ts';
import type { ObjectType } from './batch-parser.ts';
import { parseCommit, type Commit } from './commit.ts';
import { adoptGeneration, damaged, exclusively, openGeneration, readFrom, type Core, type Generation } from './core.ts';
import { isDamage } from './damage.ts';
import { gitEnvironment } from './environment.ts';
import { healMirror } from './heal.ts';
import type { CommitId, ObjectId, TreeId } from './ids.ts';
import type { Objects } from './objects.ts';
import { runGit } from './process.ts';
import { localRefs } from './refs.ts';
import { parseTree } from './tree.ts';

/** The largest commit and the largest folder that is read, in bytes. */
const commitLimit = 1024 * 1024;
const treeLimit = 64 * 1024 * 1024;

/**
 * Reads the objects of a mirror. One that has to be there and is not, or cannot be read, means that the mirror is
 * damaged: it is fetched anew, and the read goes on.
 */
export function objectsOf(core: Core): Objects {
  return {
    commit: (id) => readCommit(core, id),
    tree: (id) => core.trees.get(id, async () => parseTree(id, await readWhole(core, id, 'tree', treeLimit, id))),
    blob: (id, path) => readWhole(core, id, 'blob', core.remote.limits.blobBytes, path),
  };
}

/** The bytes of a folder, as they are. */
export function readTreeBytes(core: Core, id: TreeId): Promise<Buffer> {
  return readWhole(core, id, 'tree', treeLimit, id);
}

/** Reads a commit. That it is missing is damage only where it was here before, or where a ref leads to it. */
async function readCommit(core: Core, id: CommitId): Promise<Commit> {
  const fresh = core.fresh.read(id, 'commit');
  if (fresh !== undefined) return parseCommit(id, fresh);
  const generation = await openGeneration(core);
  const answer = generation === undefined ? undefined : await readFrom(core, generation, id, commitLimit);
  if (answer?.kind === 'object' && answer.type === 'commit') {
    core.known.set(id, true);
    return parseCommit(id, answer.bytes);
  }
  const isMissing = answer === undefined || answer.kind === 'missing';
  if (generation === undefined || (isMissing && !(await hasToBeThere(core, generation, id)))) {
    throw plumbError('git.ref-not-found', `the mirror has no commit ${id}`, {
      where: { repository: core.remote.url.text },
    });
  }
  return parseCommit(id, await readWhole(core, id, 'commit', commitLimit, id));
}

async function hasToBeThere(core: Core, generation: Generation, id: CommitId): Promise<boolean> {
  if (core.known.has(id)) return true;
  const { signal } = core.closed;
  const refs = await localRefs(generation.directory, 'refs/', signal);
  if (refs.some((ref) => ref.id === id)) return true;
  // The long-lived process says of a broken pack only that the object is missing; why, Git says when asked alone.
  const { stderr } = await runGit({
    args: [`--git-dir=${generation.directory}`, 'cat-file', '-t', '--end-of-options', id],
    environment: gitEnvironment(),
    signal,
    timeoutMilliseconds: 60_000,
    maxOutputBytes: 1024,
  });
  return isDamage(stderr);
}

const attempts = 3;

/** Reads an object that has to be there. */
async function readWhole(
  core: Core,
  id: ObjectId,
  type: Exclude<ObjectType, 'tag'>,
  limit: number,
  name: string,
): Promise<Buffer> {
  const fresh = core.fresh.read(id, type);
  if (fresh !== undefined && fresh.length <= limit) return fresh;
  let words = 'there is no mirror';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const generation = await openGeneration(core);
    if (generation === undefined) break;
    const answer = await readFrom(core, generation, id, limit);
    if (answer.kind === 'object' && answer.type === type) return answer.bytes;
    if (answer.kind === 'too-large') {
      throw plumbError('git.too-large', `this file has ${answer.size} bytes, and ${limit} are allowed`, {
        where: { repository: core.remote.url.text, file: name },
      });
    }
    words = answer.kind === 'unreadable' ? answer.words : `${type} ${id} is missing`;
    if (attempt + 1 < attempts) await recover(core, generation, words);
  }
  throw damaged(core, words);
}

/** Gets past a damaged generation: by the one that somebody else has made by now, or by fetching anew. */
export async function recover(core: Core, generation: Generation, words: string): Promise<void> {
  if (await adoptGeneration(core, generation)) return;
  const { signal } = core.closed;
  await exclusively(core, signal, async (lock) => {
    if (await adoptGeneration(core, generation)) return;
    await healMirror(core, lock, generation, words, [], signal);
  });
}
