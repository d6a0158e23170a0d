import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import type { Signature } from './commit.ts';
import { openGeneration, readFrom, type Core, type Generation } from './core.ts';
import { editTree, type FileChange } from './edit-tree.ts';
import type { CommitId, TreeId } from './ids.ts';
import { isErrno } from './lock.ts';
import { newObject, writeLoose, type ObjectFormat } from './loose-objects.ts';
import type { Objects } from './objects.ts';
import { readTreeBytes } from './read-objects.ts';
import { signatureLine } from './signature-line.ts';
import { signedCommit } from './signed-commit.ts';
import type { SigningKey } from './signing-key.ts';
import { explainStorage } from './store.ts';

/** A commit that is to be made. */
export interface NewCommit {
  /** The commit that it follows; undefined for the first one of a repository. */
  readonly parent: CommitId | undefined;
  readonly changes: readonly FileChange[];
  /** The whole message. */
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
}

/** A commit that was made; nobody but this mirror has it yet. */
export interface MadeCommit {
  /** The parent itself where nothing is changed. */
  readonly commit: CommitId;
  readonly tree: TreeId;
  /** Whether the tree is another one than the parent's. A first commit is always one. */
  readonly changed: boolean;
}

/** The most that one commit may change. */
const changeLimit = 10_000;
const contentLimit = 64 * 1024 * 1024;
const messageLimit = 64 * 1024;

/**
 * Makes a commit out of its parent and what changes. There is no work tree, and nothing is pushed. It holds no lock:
 * objects only ever come to a mirror.
 * @throws PlumbError `git.path-refused`, `git.path-outside`, `git.submodule`, `git.too-large`, `git.commit-invalid`,
 * `git.ref-not-found` where the parent is not here, `git.disk-full`, `git.signing-failed`
 */
export async function makeCommit(
  core: Core,
  objects: Objects,
  wish: NewCommit,
  { signal, signingKey }: { readonly signal: AbortSignal; readonly signingKey?: SigningKey },
): Promise<MadeCommit> {
  checkSize(core, wish);
  const text = { author: signatureLine(wish.author), committer: signatureLine(wish.committer), message: wish.message };
  checkMessage(wish.message);
  const { parent } = wish;
  const root = parent === undefined ? undefined : (await objects.commit(parent)).tree;
  const generation = await openGeneration(core);
  if (generation === undefined) {
    const where = { repository: core.remote.url.text };
    throw plumbError('git.ref-not-found', 'nothing of the repository was fetched yet', { where });
  }
  const format = await formatOf(generation, parent);
  const where = { repository: core.remote.url.text, ...(parent === undefined ? {} : { commit: parent }) };
  const source = { format, where, read: (id: TreeId) => readTreeBytes(core, id) };
  const edited = await editTree(source, root, wish.changes);
  signal.throwIfAborted();
  if (parent !== undefined && edited.tree === root) return { commit: parent, tree: edited.tree, changed: false };
  try {
    if (signingKey !== undefined) {
      await writeLoose(generation.directory, edited.objects);
      const commit = await signedCommit(core, generation.directory, { tree: edited.tree, ...wish }, signingKey, signal);
      const written = await readFrom(core, generation, commit, messageLimit * 2);
      if (written.kind === 'object') {
        const object = newObject(format, 'commit', written.bytes);
        core.fresh.add(commit, { parent, objects: [...edited.objects, object] });
      }
      return { commit, tree: edited.tree, changed: true };
    }
    const headers = [`tree ${edited.tree}`, ...(parent === undefined ? [] : [`parent ${parent}`])];
    const lines = [...headers, `author ${text.author}`, `committer ${text.committer}`, '', endLine(text.message)];
    const commit = newObject(format, 'commit', Buffer.from(lines.join('\n')));
    await writeLoose(generation.directory, [...edited.objects, commit]);
    core.fresh.add(commit.id as CommitId, { parent, objects: [...edited.objects, commit] });
    return { commit: commit.id as CommitId, tree: edited.tree, changed: true };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) {
      // Fetched anew by somebody else in this very moment: what is made of the new one will hold.
      throw plumbError('git.ref-not-found', 'the mirror was replaced while a commit was made in it', { where });
    }
    throw explainStorage(error, core.remote.url.text);
  }
}

/** How the ids of a repository are made. Its first commit has no parent that would tell. */
export async function formatOf({ directory }: Generation, parent: CommitId | undefined): Promise<ObjectFormat> {
  if (parent !== undefined) return parent.length === 64 ? 'sha256' : 'sha1';
  const config = await readFile(join(directory, 'config'), 'utf8');
  return /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 'sha256' : 'sha1';
}

function checkSize(core: Core, { changes, message }: NewCommit): void {
  const where = { repository: core.remote.url.text };
  if (changes.length > changeLimit) {
    throw plumbError('git.too-large', `the commit changes ${changes.length} files, and ${changeLimit} are allowed`, {
      where,
    });
  }
  const { blobBytes } = core.remote.limits;
  let sum = 0;
  for (const { path, content } of changes) {
    const size = content?.length ?? 0;
    sum += size;
    if (size > blobBytes) {
      throw plumbError('git.too-large', `this file has ${size} bytes, and ${blobBytes} are allowed`, {
        where: { ...where, file: path },
      });
    }
  }
  if (sum > contentLimit)
    throw plumbError('git.too-large', `the commit has ${sum} bytes, and ${contentLimit} are allowed`, { where });
  if (Buffer.byteLength(message) > messageLimit)
    throw plumbError('git.too-large', `the message of the commit has more than ${messageLimit} bytes`, { where });
}

function checkMessage(message: string): void {
  if (message.trim() === '') throw plumbError('git.commit-invalid', 'the message of the commit is empty');
  if (message.includes('\0') || !message.isWellFormed())
    throw plumbError('git.commit-invalid', 'the message of the commit holds what is no text');
}

function endLine(message: string): string {
  return message.endsWith('\n') ? message : `${message}\n`;
}
