import { plumbError, type Problem, throwProblems } from '../errors.ts';
import { type CommitId, type FileChange, type FileEdit, type FileHistory, isWithin } from '../git/index.ts';
import type { Edited } from './edit.ts';
import { candidatePaths, type NamespaceLayout, placeOf } from './layout.ts';
import { mergeFile, type RulesOf } from './merge-file.ts';
import { type ByWhom, checkPlan, contentOf, messageNaming, proposal, type Trying } from './planned.ts';
import { requireInHistory } from './restore.ts';

/** A wish to undo what one commit did, and nothing that was done since. */
export interface RevertWish extends Trying {
  readonly commit: CommitId;
  /** Of what the commit did, only what it did to these files and folders; the empty path is all of the repository. */
  readonly paths: readonly string[];
  /** What they are, for the commit: `deployment web`. */
  readonly name: string;
  /** Finds an object again that was moved to another file of this layout since. */
  readonly layout?: NamespaceLayout;
  readonly by: ByWhom;
  /** What tells the items of lists apart; by their names where it is left out. */
  readonly rulesOf?: RulesOf;
}

/**
 * The commit that undoes another one. Files are joined in three ways: what was done to other files and other fields since
 * stays. A merge is undone as what it brought into the branch.
 * @throws PlumbError `writeback.revert-conflict` with both sides of every conflict; `writeback.not-in-history`,
 * `writeback.unsupported-file`, and those of `checkPlan`
 */
export async function planRevert(
  past: FileHistory,
  { commit, paths, name, layout, by, rulesOf, ...trying }: RevertWish,
  tip: CommitId,
  signal: AbortSignal,
): Promise<Edited> {
  await requireInHistory(past, tip, commit, signal);
  const edits = await editsIn(past, commit, paths, signal);
  if (edits.length === 0) {
    throw plumbError('writeback.unchanged', `the commit did nothing to ${name}`, { where: { commit } });
  }
  const files: FileChange[] = [];
  const problems: Problem[] = [];
  for (const edit of edits) {
    const undone = await undo(past, edit, { tip, commit, layout, rulesOf }, signal);
    files.push(...undone.files);
    problems.push(...undone.problems);
  }
  throwProblems(problems);
  const plan = { past, tip, files, ...trying };
  const changes = await checkPlan(plan, `reverting ${commit.slice(0, 12)}`, signal);
  const message = messageNaming(by, `Reverting ${name.split(' ', 1)[0] ?? ''}`, commit, `Revert ${commit}`);
  const title = `Revert ${commit.slice(0, 12)} of ${name}`;
  return { changes, message, author: by.author, pullRequest: proposal(title, by, commit) };
}

async function editsIn(
  past: FileHistory,
  id: CommitId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly FileEdit[]> {
  const commit = await past.commit(id);
  const edits = (await past.edits([commit], { signal })).get(id) ?? [];
  const concerns = (path: string | undefined): boolean =>
    path !== undefined && paths.some((folder) => isWithin(path, folder));
  return edits.filter(({ path, from }) => concerns(path) || concerns(from));
}

interface Place {
  readonly tip: CommitId;
  readonly commit: CommitId;
  readonly layout: NamespaceLayout | undefined;
  readonly rulesOf: RulesOf | undefined;
}

interface Undone {
  readonly files: readonly FileChange[];
  readonly problems: readonly Problem[];
}

/** What undoes one edit, in the tree of today. */
async function undo(past: FileHistory, edit: FileEdit, place: Place, signal: AbortSignal): Promise<Undone> {
  const { before, after, from, path, change } = edit;
  refuseLinks(edit);
  const [base, wanted] = await Promise.all([
    after === undefined ? undefined : past.content(after, path),
    before === undefined ? undefined : past.content(before, from ?? path),
  ]);
  const here = change === 'removed' ? path : await whereNow(past, path, place, signal);
  const ours = await contentOf(past, (await past.files(place.tip, [here], { signal })).get(here));
  const merged = await mergeFile({ path: here, base, ours, wanted }, signal, place.rulesOf);
  if (merged.kind === 'conflict') {
    return {
      files: [],
      problems: merged.problems.map((problem) => ({ ...problem, code: 'writeback.revert-conflict' })),
    };
  }
  const file: FileChange = { path: here, content: merged.content };
  // What the commit had renamed goes back to its name, where it has not got a third one since.
  if (from === undefined || here !== path || merged.content === undefined) return { files: [file], problems: [] };
  const inTheWay = (await past.files(place.tip, [from], { signal })).get(from);
  if (inTheWay !== undefined) {
    const message = 'this file was made since, and the revert would put another one in its place';
    return { files: [], problems: [{ code: 'writeback.revert-conflict', message, where: { file: from } }] };
  }
  return {
    files: [
      { path, content: undefined },
      { path: from, content: merged.content },
    ],
    problems: [],
  };
}

function refuseLinks({ path, change, before, after }: FileEdit): void {
  const lacksBefore = before === undefined && change !== 'added';
  const lacksAfter = after === undefined && change !== 'removed';
  if (!lacksBefore && !lacksAfter) return;
  throw plumbError('writeback.unsupported-file', 'the commit changed a link or a submodule', { where: { file: path } });
}

/** The path that a file has now: an object of a namespace may have been written to another file of its layout since. */
async function whereNow(past: FileHistory, path: string, { tip, layout }: Place, signal: AbortSignal): Promise<string> {
  if (layout === undefined || (await past.files(tip, [path], { signal })).has(path)) return path;
  const found = placeOf(layout, path);
  if (found === undefined || found.role === 'side') return path;
  const { kind, name, group = '' } = found;
  const candidates = candidatePaths(layout, { group, kind, name, namespace: layout.namespace });
  const files = await past.files(tip, candidates, { signal });
  return candidates.find((candidate) => files.has(candidate)) ?? path;
}
