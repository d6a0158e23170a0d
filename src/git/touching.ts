import { blamesCommitGraph } from './commit-graph.ts';
import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { asCommitId, type CommitId } from './ids.ts';
import { runGit, type GitResult } from './process.ts';

/** A commit that touched a path. */
export interface Touch {
  readonly commit: CommitId;
  /** When it was committed, in seconds since 1970. */
  readonly at: number;
}

/** A repository whose history is read. */
export interface HistoryPlace {
  /** A bare repository, or the `.git` of a clone. */
  readonly directory: string;
  /** Told that Git cannot use its index of this repository; the answer was found without it. */
  readonly onDamagedIndex?: () => void;
}

/** How many paths are asked for one by one before they are asked for together. */
const alone = 6;

/**
 * The commits that touched one of the paths, files or folders, newest first, with all sides of every merge: also those
 * whose change a merge has thrown away. A merge is told where it differs from one of its parents: with it, a change
 * came into the branch.
 *
 * Git older than 2.51 uses its index for a single path only. So each path is asked for by itself, and together only
 * where more than one of them was ever touched: a resource in the older layout is rare.
 * @param from where to begin; `<id>^@` for the parents of a commit
 */
export async function commitsTouching(
  place: HistoryPlace,
  from: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly Touch[]> {
  const [first, ...others] = paths;
  if (first === undefined) return [];
  if (others.length === 0 || paths.length > alone) return ask(place, from, paths, signal);
  const answers = await Promise.all(paths.map((path) => ask(place, from, [path], signal)));
  const found = answers.filter((answer) => answer.length > 0);
  if (found.length > 1) return ask(place, from, paths, signal);
  return found[0] ?? [];
}

/** Texts of which one is looked for, in any case of letters: in the message of a commit, or in the line of its author. */
export interface Mention {
  readonly message: string;
  readonly author?: string;
}

/** The commits that touched one of the paths and mention a text. Git reads each of them. */
export async function commitsMentioning(
  place: HistoryPlace,
  from: string,
  paths: readonly string[],
  { message, author }: Mention,
  signal: AbortSignal,
): Promise<ReadonlySet<CommitId>> {
  const searches = [`--grep=${message}`, ...(author === undefined ? [] : [`--author=${author}`])];
  const found = await Promise.all(
    searches.map((search) => ask(place, from, paths, signal, ['--fixed-strings', '--regexp-ignore-case', search])),
  );
  return new Set(found.flat().map(({ commit }) => commit));
}

async function ask(
  place: HistoryPlace,
  from: string,
  paths: readonly string[],
  signal: AbortSignal,
  search: readonly string[] = [],
): Promise<readonly Touch[]> {
  let result = await revList(place.directory, from, paths, { withIndex: true, search }, signal);
  // Git goes on without the part that it cannot use, or fails of it.
  if (blamesCommitGraph(result.stderr)) {
    place.onDamagedIndex?.();
    result = await revList(place.directory, from, paths, { withIndex: false, search }, signal);
  }
  if (result.exitCode !== 0) throw explainFailure(result.stderr);
  return result.stdout
    .toString('latin1')
    .split('\n')
    .flatMap((line) => {
      const space = line.indexOf(' ');
      const commit = asCommitId(line.slice(space + 1));
      return commit === undefined ? [] : [{ commit, at: Number(line.slice(0, space)) }];
    });
}

function revList(
  directory: string,
  from: string,
  paths: readonly string[],
  { withIndex, search }: { readonly withIndex: boolean; readonly search: readonly string[] },
  signal: AbortSignal,
): Promise<GitResult> {
  return runGit({
    args: [
      `--git-dir=${directory}`,
      '--literal-pathspecs',
      'rev-list',
      '--full-history',
      '--timestamp',
      ...search,
      '--end-of-options',
      from,
      '--',
      // The root of a repository is no path.
      ...(paths.includes('') ? [] : paths),
    ],
    environment: gitEnvironment(withIndex ? {} : { settings: [['core.commitGraph', 'false']] }),
    signal,
    timeoutMilliseconds: 120_000,
    maxOutputBytes: 256 * 1024 * 1024,
  });
}

/** Puts two lists together, newest first; what both have stands once. */
export function mergeTouches(one: readonly Touch[], other: readonly Touch[]): readonly Touch[] {
  const merged: Touch[] = [];
  const seen = new Set<CommitId>();
  let [left, right] = [0, 0];
  for (;;) {
    const [a, b] = [one[left], other[right]];
    const next = a === undefined || (b !== undefined && b.at > a.at) ? b : a;
    if (next === undefined) return merged;
    if (next === a) left += 1;
    else right += 1;
    if (!seen.has(next.commit)) merged.push(next);
    seen.add(next.commit);
  }
}
