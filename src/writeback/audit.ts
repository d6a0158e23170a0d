import { plumbError, problemsOf } from '../errors.ts';
import {
  asCommitId,
  type Commit,
  type CommitId,
  type FileEdit,
  type FileHistory,
  isWithin,
  type Signature,
  type Touch,
  type VerificationKeys,
  type Verdict,
} from '../git/index.ts';
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
  const inTime = afterCursor(touches, cursor?.last).filter(({ at }) => isInTime(at, filter));
  const wanted = await mentioning(past, tip, paths, inTime, filter, signal);
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

/** The entry of a commit, with what it did. */
export function entryOf(commit: Commit, files: readonly FileEdit[]): AuditEntry {
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

/** The edits of what lies at some paths, or lay there before. */
export function editsWithin(edits: readonly FileEdit[], paths: readonly string[]): readonly FileEdit[] {
  const touches = (path: string | undefined): boolean =>
    path !== undefined && paths.some((folder) => isWithin(path, folder));
  return edits.filter(({ path, from }) => touches(path) || touches(from));
}

/** Of so many commits Git itself finds those that may fit, as it reads them more quickly. */
const searchedFrom = 1_000;

/** The commits that a filter may fit: none that does is left out. */
async function mentioning(
  past: FileHistory,
  tip: CommitId,
  paths: readonly string[],
  touches: readonly Touch[],
  { user, action }: AuditFilter,
  signal: AbortSignal,
): Promise<readonly Touch[]> {
  const text = action ?? user;
  // How letters beyond ASCII are compared is not the same for Git and for us.
  if (text === undefined || touches.length < searchedFrom || !/^[\x20-\x7e]+$/.test(text)) return touches;
  // As it stands in the line of JSON; of an author, as it is.
  const written = JSON.stringify(text).slice(1, -1);
  const found = await past.mentioning(
    tip,
    paths,
    { message: written, ...(action === undefined ? { author: text } : {}) },
    { signal },
  );
  return touches.filter(({ commit }) => found.has(commit));
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
