import { plumbError } from '../errors.ts';
import { asCommitId, asTreeId, type CommitId, type TreeId } from './ids.ts';

/** Who wrote or committed, and when. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly at: Date;
}

/** A commit, taken apart. */
export interface Commit {
  readonly id: CommitId;
  readonly tree: TreeId;
  readonly parents: readonly CommitId[];
  readonly author: Signature;
  readonly committer: Signature;
  /** The first paragraph of the message, as one line. */
  readonly subject: string;
  /** The whole message, as it was written. */
  readonly message: string;
}

/**
 * Takes the bytes of a commit object apart.
 * @throws PlumbError `git.invalid-object`
 */
export function parseCommit(id: CommitId, bytes: Buffer): Commit {
  const end = bytes.indexOf('\n\n');
  const headers = headersOf(bytes.subarray(0, end < 0 ? bytes.length : end).toString('utf8'));
  const tree = asTreeId(headers.get('tree')?.[0] ?? '');
  if (tree === undefined)
    throw plumbError('git.invalid-object', `commit ${id} names no tree`, { where: { commit: id } });
  const message = end < 0 ? '' : decode(bytes.subarray(end + 2), headers.get('encoding')?.[0]);
  return {
    id,
    tree,
    parents: (headers.get('parent') ?? []).flatMap((parent) => asCommitId(parent) ?? []),
    author: parseSignature(headers.get('author')?.[0] ?? ''),
    committer: parseSignature(headers.get('committer')?.[0] ?? ''),
    subject: (message.trimStart().split(/\n\s*\n/, 1)[0] ?? '')
      .split('\n')
      .map((line) => line.trim())
      .join(' ')
      .trim(),
    message,
  };
}

function headersOf(text: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    // A line that begins with a blank goes on with the header before it: a signature, of which nothing is wanted here.
    if (space <= 0) continue;
    const key = line.slice(0, space);
    const values = headers.get(key);
    if (values === undefined) headers.set(key, [line.slice(space + 1)]);
    else values.push(line.slice(space + 1));
  }
  return headers;
}

function decode(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === undefined) return bytes.toString('utf8');
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    // Not an encoding that this program knows: what is ASCII in it can be read all the same.
    return bytes.toString('utf8');
  }
}

/** Old commits hold odd lines here: what can be read is taken, and the rest is empty. */
function parseSignature(line: string): Signature {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<([^>]*)>(?: (-?\d+))?/.exec(line) ?? [];
  const at = new Date(Number(seconds) * 1000);
  return { name, email, at: Number.isNaN(at.getTime()) ? new Date(0) : at };
}
