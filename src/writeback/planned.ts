import { type PlumbError, plumbError, type Problem, throwProblems } from '../errors.ts';
import type { CommitId, FileChange, FileHistory, Signature, StoredFile } from '../git/index.ts';
import { formatKey, type KubeObject, keyOf } from '../object.ts';
import { readFile } from './document.ts';
import { diffFile, type FileDiff } from './file-diff.ts';
import { plainSecretsIn } from './plain-secrets.ts';
import { type CommitSubject, formatMessage } from './subject.ts';

/** One object that a change makes, changes or takes away. */
export interface PlannedObject {
  /** The file that it lies in. */
  readonly file: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/**
 * Tries a change before it is made, as whoever asked for it: what the API server says of the objects.
 * @returns why it is refused; empty where it is not
 */
export type TryObjects = (objects: readonly PlannedObject[], signal: AbortSignal) => Promise<readonly Problem[]>;

/**
 * Tries a change of files that are rendered, with all that they come to. Which of them can be read is its to say: a
 * template is no YAML.
 * @returns why it is refused; empty where it is not
 */
export type TryFiles = (changes: readonly FileChange[], signal: AbortSignal) => Promise<readonly Problem[]>;

/** How a change is tried before it is made. */
export interface Trying {
  /** Of files that are objects as they stand. */
  readonly tryObjects?: TryObjects;
  /** Of files that are rendered. */
  readonly tryFiles?: TryFiles;
}

/** Who does something, and why. */
export interface ByWhom {
  /** What the commit says was done; what is usual for it where it is not given. */
  readonly action?: string;
  /** Why; the commit that is named is added where the words do not name it. */
  readonly message?: string;
  /** Name of the user who is signed in. */
  readonly user: string;
  /** Address of that user; empty where none is known. */
  readonly email: string;
  /** Author of the commit: the service account. */
  readonly author: Signature;
  /** The Operation that the commit belongs to. */
  readonly operation?: string;
}

/** A change of files, and what has to be known for it. */
export interface Plan extends Trying {
  readonly past: FileHistory;
  /** The commit that the change is made to. */
  readonly tip: CommitId;
  readonly files: readonly FileChange[];
}

/**
 * Refuses a change that must not be made: one that changes nothing, puts a plain Secret into Git, leaves a file that
 * cannot be read, or whose objects the API server would not take. All that speaks against it is told at once.
 * @returns the files that differ from the tip
 * @throws PlumbError `writeback.unchanged`, `writeback.plain-secret`, `writeback.file-invalid`, those that trying it tells
 */
export async function checkPlan(
  { past, tip, files, tryObjects, tryFiles }: Plan,
  what: string,
  signal: AbortSignal,
): Promise<readonly FileChange[]> {
  const sides = await sidesOf(past, tip, files, signal);
  const changed = sides.filter(({ file, before, mode }) => !isSameFile(file, before, mode));
  if (changed.length === 0) throw plumbError('writeback.unchanged', `${what} would change nothing`);
  const problems: Problem[] = [];
  const objects: PlannedObject[] = [];
  for (const { file, before } of changed) {
    if (!/\.(?:json|ya?ml)$/.test(file.path)) continue;
    try {
      const after = objectsIn(file.path, file.content);
      problems.push(...[...after.values()].flatMap(plainSecretsIn));
      objects.push(...pairs(file.path, lenient(file.path, before), after));
    } catch (error) {
      if (tryFiles === undefined) problems.push(...(error as PlumbError).problems);
    }
  }
  const changes = changed.map(({ file }) => file);
  if (tryFiles !== undefined) problems.push(...(await tryFiles(changes, signal)));
  throwProblems(problems);
  if (tryObjects !== undefined) throwProblems(await tryObjects(joined(objects), signal));
  return changes;
}

/** The message of a commit that names another one: its subject is the line of JSON. */
export function messageNaming(by: ByWhom, action: string, target: CommitId, words: string): string {
  const own = by.message?.trim() ?? '';
  const message = own === '' ? words : own.includes(target) ? own : `${own} (${target})`;
  const subject: CommitSubject = { action: by.action ?? action, message, author: by.user, email: by.email };
  return formatMessage(subject, by.operation);
}

/** What a pull request for it is called and says, where it becomes one. */
export function proposal(
  title: string,
  { user, message = '' }: ByWhom,
  target: CommitId,
): { readonly title: string; readonly body: string } {
  const words = message.trim() === '' ? '' : `${message.trim()}\n\n`;
  return { title, body: `${words}Asked for by ${user}. The commit that is meant is ${target}.` };
}

/** What a commit would change, for people: never a value of a Secret. */
export async function previewPlan(
  past: FileHistory,
  tip: CommitId,
  changes: readonly FileChange[],
  signal: AbortSignal,
): Promise<readonly FileDiff[]> {
  const sides = await sidesOf(past, tip, changes, signal);
  return sides.map(({ file, before }) => diffFile({ path: file.path, before, after: file.content }));
}

interface Side {
  readonly file: FileChange;
  readonly before: Uint8Array | undefined;
  readonly mode: string | undefined;
}

async function sidesOf(
  past: FileHistory,
  tip: CommitId,
  files: readonly FileChange[],
  signal: AbortSignal,
): Promise<readonly Side[]> {
  const here = await past.files(
    tip,
    files.map(({ path }) => path),
    { signal },
  );
  return Promise.all(
    files.map(async (file) => {
      const stored = here.get(file.path);
      return { file, before: await contentOf(past, stored), mode: stored?.mode };
    }),
  );
}

/**
 * The content of a file; undefined where there is none.
 * @throws PlumbError `writeback.unsupported-file` for a link or a submodule
 */
export async function contentOf(past: FileHistory, stored: StoredFile | undefined): Promise<Uint8Array | undefined> {
  if (stored === undefined) return undefined;
  if (stored.kind !== 'file') {
    throw plumbError(
      'writeback.unsupported-file',
      `this is a ${stored.kind === 'link' ? 'symbolic link' : 'submodule'}`,
      {
        where: { file: stored.path },
      },
    );
  }
  return past.content(stored.id, stored.path);
}

function isSameFile(file: FileChange, before: Uint8Array | undefined, mode: string | undefined): boolean {
  if (file.content === undefined || before === undefined) return file.content === before;
  return Buffer.from(before).equals(file.content) && (file.mode ?? mode) === mode;
}

function objectsIn(path: string, content: Uint8Array | undefined): ReadonlyMap<string, KubeObject> {
  if (content === undefined) return new Map();
  return new Map(readFile(path, content).objects.map(({ object }) => [formatKey(keyOf(object)), object]));
}

/** A file that cannot be read now may be put right by the change. */
function lenient(path: string, content: Uint8Array | undefined): ReadonlyMap<string, KubeObject> {
  try {
    return objectsIn(path, content);
  } catch {
    return new Map();
  }
}

function pairs(
  file: string,
  before: ReadonlyMap<string, KubeObject>,
  after: ReadonlyMap<string, KubeObject>,
): readonly PlannedObject[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].map((key) => ({ file, before: before.get(key), after: after.get(key) }));
}

/** An object that leaves one file for another is one object that changes. */
function joined(objects: readonly PlannedObject[]): readonly PlannedObject[] {
  const byKey = new Map<string, PlannedObject>();
  for (const object of objects) {
    const named = object.after ?? object.before;
    if (named === undefined) continue;
    const key = formatKey(keyOf(named));
    const other = byKey.get(key);
    byKey.set(key, {
      file: object.after === undefined ? (other?.file ?? object.file) : object.file,
      before: object.before ?? other?.before,
      after: object.after ?? other?.after,
    });
  }
  return [...byKey.values()];
}
