import type { ObjectFormat } from './loose-objects.ts';

/** An entry as it stands in a tree object: its name is bytes, whatever they mean. */
export interface RawEntry {
  /** In octal: `100644`, `40000`. */
  readonly mode: string;
  readonly name: Buffer;
  readonly id: string;
}

const idLengths = { sha1: 20, sha256: 32 } as const;

/** Takes a tree object apart, of which it is known that it is one. @throws Error where it is cut short */
export function parseEntries(bytes: Buffer, format: ObjectFormat): readonly RawEntry[] {
  const idLength = idLengths[format];
  const entries: RawEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0x00, space);
    const end = nul + 1 + idLength;
    if (space < 0 || nul < 0 || end > bytes.length) throw new Error('the tree object is cut short');
    entries.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.subarray(space + 1, nul),
      id: bytes.toString('hex', nul + 1, end),
    });
    at = end;
  }
  return entries;
}

/** The bytes of a tree object with these entries, in the order that Git wants them in. */
export function formatEntries(entries: readonly RawEntry[]): Buffer {
  const sorted = entries.toSorted((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} `), name, Buffer.from([0]), Buffer.from(id, 'hex')]),
  );
}

/** Git sorts a folder as if its name ended with a slash. */
function sortKey({ mode, name }: RawEntry): Buffer {
  return mode === '40000' || mode === '040000' ? Buffer.concat([name, Buffer.from('/')]) : name;
}
