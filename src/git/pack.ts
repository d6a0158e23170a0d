import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { NewObject, ObjectFormat } from './loose-objects.ts';

const compress = promisify(deflate);

const typeCodes: Readonly<Record<string, number>> = { commit: 1, tree: 2, blob: 3 };

/** Puts objects into a pack, each whole, as gitformat-pack has it. */
export async function packOf(format: ObjectFormat, objects: readonly NewObject[]): Promise<Buffer> {
  const head = Buffer.alloc(12);
  head.write('PACK', 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(objects.length, 8);
  const entries = await Promise.all(objects.map(entryOf));
  const content = Buffer.concat([head, ...entries]);
  return Buffer.concat([content, createHash(format).update(content).digest()]);
}

async function entryOf({ bytes }: NewObject): Promise<Buffer> {
  const end = bytes.indexOf(0);
  const type = typeCodes[bytes.toString('latin1', 0, bytes.indexOf(0x20))] ?? 0;
  const content = bytes.subarray(end + 1);
  return Buffer.concat([sizeOf(type, content.length), await compress(content)]);
}

/** The kind and the size of an object: four bits of the size beside the kind, and then seven in each byte. */
function sizeOf(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  // Not by shifts: those know 32 bits.
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes);
}
