import { LRUCache } from 'lru-cache';
import { forgetCommitGraph, indexWhenNeeded } from './commit-graph.ts';
import { isAncestor } from './ancestry.ts';
import { type FileEdit, filesOfCommits } from './commit-files.ts';
import type { Commit } from './commit.ts';
import { openGeneration, readFrom, type Core } from './core.ts';
import { plumbError, problemsOf } from '../errors.ts';
import { isDamage } from './damage.ts';
import { completeHistory } from './fetch-batch.ts';
import { historyOf, type PathHistory } from './follow-renames.ts';
import { isShallow } from './history.ts';
import type { BlobId, CommitId } from './ids.ts';
import { filesAt, type StoredFile } from './list-files.ts';
import type { Objects } from './objects.ts';
import { recover } from './read-objects.ts';
import { commitsMentioning, type HistoryPlace, type Mention } from './touching.ts';
import { gradeCommits, type StoredObject } from './verify-commits.ts';
import type { VerificationKeys } from './verify-keys.ts';
import type { Verdict } from './verify-verdict.ts';

/** Every call takes the caller's signal. */
interface Call {
  readonly signal: AbortSignal;
}

/** What happened to files, as far back as the history goes. */
export interface FileHistory {
  /**
   * The commits up to a tip that touched one of some files or folders, newest first, with what was renamed to them.
   * The same question is answered from memory.
   * @throws PlumbError `git.ref-not-found`
   */
  touching(tip: CommitId, paths: readonly string[], call: Call): Promise<PathHistory>;
  /** Which of the commits that touched the paths mention a text: a few times quicker than reading them one by one. */
  mentioning(tip: CommitId, paths: readonly string[], mention: Mention, call: Call): Promise<ReadonlySet<CommitId>>;
  /** @throws PlumbError `git.ref-not-found` */
  commit(id: CommitId): Promise<Commit>;
  /** Whether a commit is another one, or is contained in it. @throws PlumbError `git.ref-not-found` */
  contains(descendant: CommitId, ancestor: CommitId, call: Call): Promise<boolean>;
  /** What commits did to files, each compared with its first parent. */
  edits(commits: readonly Commit[], call: Call): Promise<ReadonlyMap<CommitId, readonly FileEdit[]>>;
  /** All files that lie at some paths of a commit or below them. */
  files(commit: CommitId, paths: readonly string[], call: Call): Promise<ReadonlyMap<string, StoredFile>>;
  /** The content of a file. @throws PlumbError `git.too-large` */
  content(id: BlobId, path: string): Promise<Uint8Array>;
  /** What Git says of the signatures of commits, by given keys. */
  grades(commits: readonly CommitId[], keys: VerificationKeys, call: Call): Promise<ReadonlyMap<CommitId, Verdict>>;
}

/** What a file history stands on. */
interface HistorySource {
  readonly objects: Objects;
  /** Looks after the repository first: see that all of the past is here. */
  readonly place: (tip: CommitId, signal: AbortSignal) => Promise<HistoryPlace>;
  readonly read: (name: string) => Promise<StoredObject | undefined>;
  /** Mends what a failure says is broken; returns whether it makes sense to ask again. */
  readonly mend: (error: unknown) => Promise<boolean>;
}

/** So many commits of all answers together are remembered: some 30 MB. */
const rememberedTouches = 400_000;

/** Reads the past of a repository. */
function createFileHistory({ objects, place, read, mend }: HistorySource): FileHistory {
  const answers = new LRUCache<string, PathHistory>({
    maxSize: rememberedTouches,
    sizeCalculation: ({ touches }) => touches.length + 10,
  });
  const again = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      if (await mend(error)) return run();
      throw error;
    }
  };
  return {
    async touching(tip, paths, { signal }) {
      const sorted = [...new Set(paths)].toSorted();
      const key = [tip, ...sorted].join('\0');
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = await again(async () => historyOf(await place(tip, signal), objects, tip, sorted, signal));
      answers.set(key, answer);
      return answer;
    },
    mentioning: (tip, paths, mention, { signal }) =>
      again(async () => commitsMentioning(await place(tip, signal), tip, paths, mention, signal)),
    commit: (id) => again(() => objects.commit(id)),
    contains: (descendant, ancestor, { signal }) =>
      again(async () => {
        await objects.commit(ancestor);
        const { directory } = await place(descendant, signal);
        return isAncestor(objects, directory, ancestor, descendant, signal);
      }),
    async edits(commits, { signal }) {
      const [first] = commits;
      if (first === undefined) return new Map();
      const compared = commits.map(({ id, parents }) => ({ commit: id, parent: parents[0] }));
      return again(async () => filesOfCommits((await place(first.id, signal)).directory, compared, signal));
    },
    files: (commit, paths, { signal }) =>
      again(async () => {
        await objects.commit(commit);
        return filesAt((await place(commit, signal)).directory, commit, paths, signal);
      }),
    content: (id, path) => objects.blob(id, path),
    async grades(commits, keys, { signal }) {
      const [first] = commits;
      if (first === undefined) return new Map();
      const { directory } = await place(first, signal);
      return gradeCommits({ directory, read }, commits, keys, signal);
    },
  };
}

/** A commit is a few hundred bytes. */
const commitLimit = 1024 * 1024;

/** The past of a mirror. A shallow one becomes a full one first. */
export function historyOfMirror(core: Core, objects: Objects): FileHistory {
  return createFileHistory({
    objects,
    async place(tip, signal) {
      await objects.commit(tip);
      const before = await openGeneration(core);
      if (before !== undefined && (await isShallow(before.directory))) await completeHistory(core, signal);
      const generation = await openGeneration(core);
      if (generation === undefined) throw nothingHere(core, tip);
      const { directory } = generation;
      indexWhenNeeded(core, directory, tip);
      return { directory, onDamagedIndex: () => forgetCommitGraph(core) };
    },
    async read(name) {
      const generation = await openGeneration(core);
      const answer = generation === undefined ? undefined : await readFrom(core, generation, name, commitLimit);
      return answer?.kind === 'object' ? answer : undefined;
    },
    async mend(error) {
      const { message: words, code } = problemsOf(error)[0];
      const generation = await openGeneration(core);
      if (generation === undefined) return false;
      if (code === 'git.ref-not-found' && (await isShallow(generation.directory))) {
        await completeHistory(core, core.closed.signal);
        return true;
      }
      if (!isDamage(words)) return false;
      await recover(core, generation, words);
      return true;
    },
  });
}

function nothingHere(core: Core, tip: CommitId): Error {
  return plumbError('git.ref-not-found', `the mirror has no commit ${tip}`, {
    where: { repository: core.remote.url.text },
  });
}

/** The past of a clone that somebody works in: nothing is written to it. */
export function historyOfClone(
  directory: string,
  objects: Objects,
  read: (name: string) => Promise<StoredObject | undefined>,
): FileHistory {
  return createFileHistory({
    objects,
    place: () => Promise.resolve({ directory }),
    read,
    mend: () => Promise.resolve(false),
  });
}
