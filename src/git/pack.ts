import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { contentOf, type NewObject, type ObjectFormat } from './loose-objects.ts';

const compress = promisify(deflate);

const typeCodes = { commit: 1, tree: 2, blob: 3 } as const;

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

async function entryOf(object: NewObject): Promise<Buffer> {
  const type = typeCodes[object.type];
  const content = contentOf(object);
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
