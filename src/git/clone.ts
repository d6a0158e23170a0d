import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { plumbError, problemsOf } from '../errors.ts';
import type { ObjectType } from './batch-parser.ts';
import { changesBetween, type PathChange } from './changes.ts';
import { parseCommit } from './commit.ts';
import { gitEnvironment } from './environment.ts';
import { type FileHistory, historyOfClone } from './file-history.ts';
import { asCommitId, type CommitId, type TreeId } from './ids.ts';
import { defaultLimits } from './limits.ts';
import { isErrno } from './lock.ts';
import { mergeBase } from './merge-base.ts';
import { openObjectReader, type ObjectReader } from './object-reader.ts';
import type { Objects } from './objects.ts';
import { runGit } from './process.ts';
import type { Resolved } from './resolve.ts';
import { parseTree } from './tree.ts';
import { createTreeCache } from './tree-cache.ts';
import { openTreeReader, type TreeReader } from './tree-reader.ts';

/** A clone that somebody works in, which is only read: never its work tree or index, and nothing is fetched. */
export interface Clone {
  /** The folder that is checked out; undefined where the clone is bare. */
  readonly workTree: string | undefined;
  /** URLs of its remotes, without passwords and tokens. */
  readonly remotes: readonly string[];
  /**
   * The commit that a name stands for, as `git rev-parse` has it: `HEAD`, `main`, `v1.2`, `HEAD~2`, `4b825dc`. A branch
   * that is only known of the remote `origin` is found, too.
   * @throws PlumbError `git.ref-not-found`, `git.clone-incomplete`
   */
  resolve(name: string): Promise<Resolved>;
  /**
   * The commit where two lines of history parted.
   * @throws PlumbError `git.clone-incomplete` where the history that is here does not reach it, `git.no-merge-base`
   */
  mergeBase(one: CommitId, other: CommitId): Promise<Resolved>;
  /** The files of a commit. */
  tree(commit: CommitId): Promise<TreeReader>;
  /** The files that differ between two trees. */
  changes(from: TreeId, to: TreeId): Promise<readonly PathChange[]>;
  /** What happened to files, as far back as the history of the clone goes. */
  readonly past: FileHistory;
  close(): Promise<void>;
}

const objectLimits: Readonly<Record<'commit' | 'tree', number>> = { commit: 1024 * 1024, tree: 64 * 1024 * 1024 };

/**
 * Opens the clone that a folder lies in.
 * @throws PlumbError `git.no-clone`
 */
export async function openClone(folder: string, signal: AbortSignal): Promise<Clone> {
  const place = await findClone(folder);
  const run = async (...args: readonly string[]) =>
    runGit({
      args: [`--git-dir=${place.directory}`, ...args],
      environment: gitEnvironment(),
      signal,
      timeoutMilliseconds: 60_000,
      maxOutputBytes: 1024 * 1024,
    });
  const [shallow, configured] = await Promise.all([
    run('rev-parse', '--is-shallow-repository'),
    run('config', '--local', '--get-regexp', String.raw`^remote\..*\.url$`),
  ]);
  const isShallow = shallow.stdout.toString('utf8').trim() === 'true';
  const remotes = configured.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line.includes(' '))
    // Pipelines write their token into the URL.
    .map((line) => line.slice(line.indexOf(' ') + 1).replace(/^(https?:\/\/)[^/]*@/, '$1'));
  const reader = openObjectReader(place.directory, {
    idleMilliseconds: defaultLimits.idleMilliseconds,
    stallMilliseconds: 60_000,
  });
  const objects = objectsOf(reader, isShallow);
  const name = remotes[0] ?? folder;

  const resolved = async (id: CommitId, ref: string): Promise<Resolved> => {
    const { tree, committer, author, subject } = await objects.commit(id);
    return { commit: id, tree, ref, committedAt: committer.at, author, subject };
  };

  return {
    workTree: place.workTree,
    remotes,
    async resolve(revision) {
      for (const candidate of [revision, `refs/remotes/origin/${revision}`]) {
        const found = await run('rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`);
        const id = asCommitId(found.stdout.toString('utf8').trim());
        if (found.exitCode === 0 && id !== undefined) return resolved(id, candidate);
      }
      throw plumbError('git.ref-not-found', `this clone has no ${JSON.stringify(revision.slice(0, 200))}`, {
        hint: isShallow ? shallowHint : 'Fetch it first, as with `git fetch origin BRANCH:refs/remotes/origin/BRANCH`.',
      });
    },
    async mergeBase(one, other) {
      const found = await mergeBase(place.directory, one, other, signal);
      if (found !== undefined) return resolved(found, found);
      const [left, right] = [one.slice(0, 12), other.slice(0, 12)];
      if (!isShallow) throw plumbError('git.no-merge-base', `${left} and ${right} have no commit in common`);
      throw plumbError('git.clone-incomplete', `where ${left} and ${right} parted is not in this shallow clone`, {
        hint: shallowHint,
      });
    },
    async tree(commit) {
      const { tree } = await objects.commit(commit);
      return openTreeReader(objects, commit, tree, name);
    },
    changes: (from, to) => changesBetween(objects, from, to, defaultLimits.changes),
    past: historyOfClone(place.directory, objects, async (id) => {
      const answer = await reader.read(id, objectLimits.commit);
      return answer.kind === 'object' ? answer : undefined;
    }),
    close: () => reader.close(),
  };
}

const shallowHint =
  'Fetch the history: `git fetch --unshallow`; in GitHub Actions `fetch-depth: 0` of actions/checkout, in GitLab CI `GIT_DEPTH: 0`.';
const partialHint =
  'This clone was made without all files (`--filter`): fetch them with `git fetch --refetch --no-filter`, or clone without the filter.';

interface Place {
  /** What Git calls the git directory. */
  readonly directory: string;
  readonly workTree: string | undefined;
}

/** Looks for the clone as Git does, from the folder upwards, and runs nothing for it. */
async function findClone(folder: string): Promise<Place> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const git = join(at, '.git');
    if (await isGitDirectory(git)) return { directory: git, workTree: at };
    const linked = await linkedDirectory(git, at);
    if (linked !== undefined) return { directory: linked, workTree: at };
    if (await isGitDirectory(at)) return { directory: at, workTree: undefined };
    if (dirname(at) === at) throw plumbError('git.no-clone', `${folder} lies in no Git repository`);
  }
}

async function isGitDirectory(path: string): Promise<boolean> {
  return stat(join(path, 'HEAD')).then(
    async () =>
      stat(join(path, 'objects')).then(
        () => true,
        () =>
          stat(join(path, 'commondir')).then(
            () => true,
            () => false,
          ),
      ),
    () => false,
  );
}

/** Work trees and submodules have a file in the place of the folder, which says where that is. */
async function linkedDirectory(git: string, at: string): Promise<string | undefined> {
  try {
    const path = /^gitdir: (.+)$/m.exec(await readFile(git, 'utf8'))?.[1];
    return path === undefined ? undefined : resolve(at, path);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'EISDIR') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

function objectsOf(reader: ObjectReader, isShallow: boolean): Objects {
  const trees = createTreeCache(defaultLimits.treeCacheBytes);
  const read = async (id: string, type: ObjectType, limit: number, what: string): Promise<Buffer> => {
    const answer = await reader.read(id, limit).catch((error: unknown) => {
      // Nothing is fetched for a clone that was made without its files, and Git dies of it.
      if (/promisor remote|lazy fetching/.test(problemsOf(error)[0].message)) return { kind: 'missing' } as const;
      throw error;
    });
    if (answer.kind === 'object' && answer.type === type) return answer.bytes;
    if (answer.kind === 'too-large') {
      throw plumbError('git.too-large', `it has ${answer.size} bytes, and ${limit} are allowed`, {
        where: { file: what },
      });
    }
    throw plumbError('git.clone-incomplete', `this clone lacks ${what}`, {
      hint: isShallow ? shallowHint : partialHint,
    });
  };
  return {
    commit: async (id) => parseCommit(id, await read(id, 'commit', objectLimits.commit, `the commit ${id}`)),
    tree: (id) =>
      trees.get(id, async () => parseTree(id, await read(id, 'tree', objectLimits.tree, `the folder ${id}`))),
    blob: (id, path) => read(id, 'blob', defaultLimits.blobBytes, path),
  };
}
