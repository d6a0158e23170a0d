import { plumbError } from '../errors.ts';
import type { ObjectId, TreeId } from './ids.ts';

/** One name in a folder. */
export interface TreeEntry {
  readonly kind: 'file' | 'directory' | 'link' | 'submodule';
  readonly id: ObjectId;
}

/** A folder as Git keeps it: names in Git's order. */
export type Tree = ReadonlyMap<string, TreeEntry>;

const space = 0x20;
const nul = 0x00;

/**
 * Takes the bytes of a tree object apart.
 * @throws PlumbError `git.invalid-object`: truncated, or with a name that could lead elsewhere
 */
export function parseTree(id: TreeId, bytes: Buffer): Tree {
  const idLength = id.length / 2;
  const entries = new Map<string, TreeEntry>();
  let at = 0;
  while (at < bytes.length) {
    const nameStart = bytes.indexOf(space, at) + 1;
    const nameEnd = bytes.indexOf(nul, nameStart);
    const next = nameEnd + 1 + idLength;
    if (nameStart === 0 || nameEnd < 0 || next > bytes.length) throw invalid(id, 'is truncated');
    const kind = kindOf(bytes.toString('latin1', at, nameStart - 1));
    const name = bytes.toString('utf8', nameStart, nameEnd);
    if (kind === undefined) throw invalid(id, `has an entry of unknown mode, ${JSON.stringify(name)}`);
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      throw invalid(id, `has an entry with the name ${JSON.stringify(name)}`);
    }
    entries.set(name, { kind, id: bytes.toString('hex', nameEnd + 1, next) as ObjectId });
    at = next;
  }
  return entries;
}

function kindOf(mode: string): TreeEntry['kind'] | undefined {
  switch (mode) {
    case '40000':
    case '040000':
      return 'directory';
    case '120000':
      return 'link';
    case '160000':
      return 'submodule';
    default:
      // Old tools wrote other permissions than 644 and 755; Git takes them all for files.
      return mode.startsWith('100') ? 'file' : undefined;
  }
}

function invalid(id: TreeId, reason: string): Error {
  return plumbError('git.invalid-object', `the tree ${id} ${reason}`);
}
