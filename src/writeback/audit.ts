import { plumbError, problemsOf } from '../errors.ts';
import {
  asCommitId,
  type BlobId,
  type Commit,
  type CommitId,
  type FileEdit,
  type FileHistory,
  isWithin,
  type Signature,
  type StoredFile,
  type Touch,
  type VerificationKeys,
  type Verdict,
} from '../git/index.ts';
import type { ObjectKey } from '../object.ts';
import { diffFile, type FileDiff } from './file-diff.ts';
import { candidatePaths, type NamespaceLayout, placeOf } from './layout.ts';
import { parseSubject } from './subject.ts';

/** Who was signed in when a change was made through Plumbline. */
export interface AuditUser {
  readonly name: string;
  /** Empty where none was known. */
  readonly email: string;
}

/** One file that a commit touched. */
export type AuditFile = Pick<FileEdit, 'path' | 'change' | 'from'>;

/** One entry of an audit log: a commit. */
export interface AuditEntry {
  /** The hash. */
  readonly commit: CommitId;
  readonly parents: readonly CommitId[];
  readonly author: Signature;
  readonly committer: Signature;
  /** As the commit says it; undefined where a person or another program wrote it. */
  readonly user?: AuditUser;
  /** What was done: `update`, `Canary promoted`; undefined where the commit does not say so. */
  readonly action?: string;
  /** Why, in the words of whoever did it; of a commit by a person, its subject. */
  readonly message: string;
  /** Those that were asked about, compared with the first parent. */
  readonly files: readonly AuditFile[];
  /** What Git says of the signature, where that was asked for. */
  readonly signature?: Verdict;
}

/** Which entries are wanted; all that is given has to fit. */
export interface AuditFilter {
  /** Name or e-mail address of the signed-in user, or of the author where nobody was; in any case of letters. */
  readonly user?: string;
  /** In any case of letters. */
  readonly action?: string;
  /** Committed at this moment or after it. */
  readonly since?: Date;
  /** Committed before this moment. */
  readonly until?: Date;
}

/** What is asked of an audit log. */
export interface AuditRequest {
  /** Where the log begins: the tip of the branch. Not looked at where a cursor says it. */
  readonly tip: CommitId;
  /** Files and folders; the empty path is all of the repository. */
  readonly paths: readonly string[];
  readonly filter?: AuditFilter;
  /** Entries of one page. */
  readonly limit: number;
  /** `next` of the page before: the log as it was then, however many commits have come since. */
  readonly cursor?: string;
  /** Tells the signatures, by these keys. */
  readonly keys?: VerificationKeys;
}

/** One page of an audit log. */
export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** The cursor of the next page; undefined on the last one. */
  readonly next?: string;
}

/** So many commits are read at once while a filter is looked for. */
const readAtOnce = 256;

/**
 * Reads the audit log of some paths from Git alone.
 * @throws PlumbError `writeback.cursor-invalid`, `git.ref-not-found`
 */
export async function readAudit(past: FileHistory, request: AuditRequest, signal: AbortSignal): Promise<AuditPage> {
  const cursor = request.cursor === undefined ? undefined : parseCursor(request.cursor);
  const tip = cursor?.tip ?? request.tip;
  const { touches, paths } = await past.touching(tip, request.paths, { signal }).catch((error: unknown) => {
    if (cursor !== undefined && problemsOf(error)[0].code === 'git.ref-not-found') throw cursorInvalid(error);
    throw error;
  });
  const { filter = {}, limit } = request;
  const wanted = afterCursor(touches, cursor?.last).filter(({ at }) => isInTime(at, filter));
  // One more than is told: so it is known whether there is another page.
  const found: Commit[] = [];
  for (let at = 0; at < wanted.length && found.length <= limit; at += readAtOnce) {
    signal.throwIfAborted();
    const size = isFiltered(filter) ? readAtOnce : Math.min(readAtOnce, limit + 1);
    const part = wanted.slice(at, at + size);
    const commits = await Promise.all(part.map(({ commit }) => past.commit(commit)));
    found.push(...commits.filter((commit) => fits(commit, filter)));
    if (size < readAtOnce) break;
  }
  const page = found.slice(0, limit);
  const entries = await entriesOf(past, page, paths, request.keys, signal);
  const last = page.at(-1);
  return found.length > limit && last !== undefined ? { entries, next: `${tip}.${last.id}` } : { entries };
}

async function entriesOf(
  past: FileHistory,
  commits: readonly Commit[],
  paths: readonly string[],
  keys: VerificationKeys | undefined,
  signal: AbortSignal,
): Promise<readonly AuditEntry[]> {
  const edits = await past.edits(commits, { signal });
  const ids = commits.map(({ id }) => id);
  const grades = keys === undefined ? undefined : await past.grades(ids, keys, { signal });
  return commits.map((commit) => {
    const files = editsWithin(edits.get(commit.id) ?? [], paths);
    const signature = grades?.get(commit.id);
    return { ...entryOf(commit, files), ...(signature === undefined ? {} : { signature }) };
  });
}

function entryOf(commit: Commit, files: readonly FileEdit[]): AuditEntry {
  const { id, parents, author, committer, message, subject } = commit;
  const told = parseSubject(message);
  return {
    commit: id,
    parents,
    author,
    committer,
    ...(told === undefined
      ? { message: subject }
      : { action: told.action, message: told.message, ...userOf(told.author, told.email) }),
    files: files.map(({ path, change, from }) => ({ path, change, ...(from === undefined ? {} : { from }) })),
  };
}

function userOf(name: string, email: string): { readonly user?: AuditUser } {
  return name === '' && email === '' ? {} : { user: { name, email } };
}

function editsWithin(edits: readonly FileEdit[], paths: readonly string[]): readonly FileEdit[] {
  const touches = (path: string | undefined): boolean =>
    path !== undefined && paths.some((folder) => isWithin(path, folder));
  return edits.filter(({ path, from }) => touches(path) || touches(from));
}

function isFiltered({ user, action }: AuditFilter): boolean {
  return user !== undefined || action !== undefined;
}

function isInTime(at: number, { since, until }: AuditFilter): boolean {
  const milliseconds = at * 1000;
  return (
    (since === undefined || milliseconds >= since.getTime()) && (until === undefined || milliseconds < until.getTime())
  );
}

function fits(commit: Commit, { user, action }: AuditFilter): boolean {
  if (user === undefined && action === undefined) return true;
  const told = parseSubject(commit.message);
  if (action !== undefined && !isSameWord(told?.action, action)) return false;
  if (user === undefined) return true;
  const { author } = commit;
  const names = told === undefined ? [author.name, author.email] : [told.author, told.email];
  return names.some((name) => isSameWord(name, user));
}

function isSameWord(one: string | undefined, other: string): boolean {
  return one !== undefined && one.toLowerCase() === other.toLowerCase();
}

interface Cursor {
  readonly tip: CommitId;
  readonly last: CommitId;
}

function parseCursor(text: string): Cursor {
  const [tip, last, ...more] = text.split('.').map(asCommitId);
  if (tip === undefined || last === undefined || more.length > 0) throw cursorInvalid();
  return { tip, last };
}

function cursorInvalid(cause?: unknown): Error {
  return plumbError('writeback.cursor-invalid', 'the cursor leads to no page of this log', { cause });
}

function afterCursor(touches: readonly Touch[], last: CommitId | undefined): readonly Touch[] {
  if (last === undefined) return touches;
  const at = touches.findIndex(({ commit }) => commit === last);
  if (at < 0) throw cursorInvalid();
  return touches.slice(at + 1);
}

/** What one commit did to some paths. */
export interface CommitDiff {
  readonly entry: AuditEntry;
  readonly diffs: readonly FileDiff[];
  /** How many more files it touched than are told. */
  readonly more: number;
}

/** Files whose diff is told of one commit. */
const mostDiffs = 200;

/**
 * The diff of one commit, with the values of Secrets masked.
 * @param paths files and folders; the empty path is all of the repository
 * @throws PlumbError `git.ref-not-found`
 */
export async function readCommitDiff(
  past: FileHistory,
  id: CommitId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<CommitDiff> {
  const commit = await past.commit(id);
  const edits = editsWithin((await past.edits([commit], { signal })).get(id) ?? [], paths);
  const diffs: FileDiff[] = [];
  for (const edit of edits.slice(0, mostDiffs)) diffs.push(await diffOf(past, edit));
  return { entry: entryOf(commit, edits), diffs, more: Math.max(0, edits.length - mostDiffs) };
}

/** What differs between two trees. */
export interface TreeDiff {
  readonly diffs: readonly FileDiff[];
  /** How many more files differ than are told. */
  readonly more: number;
}

/**
 * What differs at some paths between two commits, with the values of Secrets masked. A rename is a removal and an
 * addition.
 * @throws PlumbError `git.ref-not-found`
 */
export async function diffBetween(
  past: FileHistory,
  from: CommitId,
  to: CommitId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<TreeDiff> {
  const [old, young] = await Promise.all([past.files(from, paths, { signal }), past.files(to, paths, { signal })]);
  const differing = [...new Set([...old.keys(), ...young.keys()])]
    .filter((path) => old.get(path)?.id !== young.get(path)?.id)
    .toSorted();
  const diffs: FileDiff[] = [];
  for (const path of differing.slice(0, mostDiffs)) {
    const [before, after] = [old.get(path), young.get(path)];
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'modified';
    diffs.push(await diffOf(past, { path, change, before: blobOf(before), after: blobOf(after) }));
  }
  return { diffs, more: Math.max(0, differing.length - mostDiffs) };
}

function blobOf(stored: StoredFile | undefined): BlobId | undefined {
  return stored?.kind === 'file' ? stored.id : undefined;
}

/**
 * Where an object of a namespace lies and has ever lain, by all layouts.
 * @param what with all that lies in its folder, or the object alone
 */
export function objectPaths(
  layout: NamespaceLayout,
  key: ObjectKey,
  { sideObjects }: { readonly sideObjects: boolean },
): readonly string[] {
  const paths = candidatePaths(layout, key).map((path) =>
    sideObjects && placeOf(layout, path)?.role !== 'old' ? path.slice(0, path.lastIndexOf('/')) : path,
  );
  return [...new Set(paths)];
}

async function diffOf(past: FileHistory, { path, from, before, after, change }: FileEdit): Promise<FileDiff> {
  const isLink = (before === undefined && change !== 'added') || (after === undefined && change !== 'removed');
  if (isLink) {
    return {
      path,
      ...(from === undefined ? {} : { from }),
      change,
      diff: '',
      note: 'a link or a submodule is involved',
    };
  }
  const [old, young] = await Promise.all([
    before === undefined ? undefined : past.content(before, from ?? path),
    after === undefined ? undefined : past.content(after, path),
  ]);
  return diffFile({ path, ...(from === undefined ? {} : { from }), before: old, after: young });
}
