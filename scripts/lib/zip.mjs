// Reading a zip archive: as much of the format as the archives of the Go module proxy use (APPNOTE.TXT 4.3).
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;
const longestComment = 0xffff;

/** Writes the files below `prefix` into the folder, without the prefix; throws where the archive is no good. */
export function unpack(archive, prefix, folder) {
  for (const { name, read } of entries(archive)) {
    if (!name.startsWith(prefix) || name.endsWith('/')) continue;
    const path = normalize(name.slice(prefix.length));
    if (path.startsWith('..') || path.startsWith(sep))
      throw new Error(`the archive names a file outside of it: ${name}`);
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, read());
  }
}

function* entries(archive) {
  const end = findEnd(archive);
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== directoryEntry) throw new Error('the archive is damaged');
    const method = archive.readUInt16LE(at + 10);
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    yield { name, read: () => contents(archive, local, size, method) };
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}

function findEnd(archive) {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - 22 - longestComment); at -= 1) {
    if (archive.readUInt32LE(at) === endOfDirectory) return at;
  }
  throw new Error('this is no zip archive');
}

function contents(archive, local, size, method) {
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const data = archive.subarray(start, start + size);
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data);
  throw new Error(`the archive is packed in a way that is not known here (${method})`);
}
