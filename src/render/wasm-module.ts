import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { plumbError } from '../errors.ts';

const wasmPageKiB = 64;
const memorySection = 5;
const preambleLength = 8;
/** Free bytes in front of the module, for a memory section that grows. */
const headroom = 16;

/**
 * Reads and compiles the renderer with a bound on its memory, in MiB. Its 80 MB lie in memory once, and are given
 * back after; compiling them as a stream would keep three times as much.
 */
export async function compileRenderer(path: string, memoryMiB: number): Promise<WebAssembly.Module> {
  const bytes = await readWithHeadroom(path);
  try {
    return await WebAssembly.compile(withMemoryBound(bytes, headroom, Math.ceil((memoryMiB * 1024) / wasmPageKiB)));
  } finally {
    // The module has a copy; this one would stay until the next full collection, which may be long in coming.
    bytes.buffer.transfer(0);
  }
}

async function readWithHeadroom(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (!path.endsWith('.gz')) {
    const bytes = new Uint8Array(headroom + size);
    await file.read(bytes, headroom, size, 0);
    return bytes;
  }
  // The last four bytes of a gzip file are the size of what is in it.
  const trailer = Buffer.alloc(4);
  await file.read(trailer, 0, 4, size - 4);
  const bytes = new Uint8Array(headroom + trailer.readUInt32LE(0));
  let offset = headroom;
  const target = new Writable({
    write(piece: Buffer, _encoding, done) {
      bytes.set(piece, offset);
      offset += piece.length;
      done();
    },
  });
  await pipeline(file.createReadStream({ start: 0, autoClose: false }), createGunzip(), target);
  return bytes;
}

/**
 * The module with a maximum for its memory. Go declares none, and its memory cannot be given from outside, so the one
 * place to say it is the module's own memory section: `count=1, flags, minimum[, maximum]`. What stands before the
 * section moves into the free bytes in front, so that the module is not copied.
 */
export function withMemoryBound(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  maximumPages: number,
): Uint8Array<ArrayBuffer> {
  const section = findMemorySection(bytes, start + preambleLength);
  const { value: minimum } = readUnsigned(bytes, section.body + 2);
  const body = [1, 1, ...unsigned(minimum), ...unsigned(Math.max(minimum, maximumPages))];
  const replacement = [memorySection, ...unsigned(body.length), ...body];
  const growth = replacement.length - (section.end - section.start);
  bytes.copyWithin(start - growth, start, section.start);
  bytes.set(replacement, section.start - growth);
  return bytes.subarray(start - growth);
}

function findMemorySection(bytes: Uint8Array, first: number): { start: number; body: number; end: number } {
  for (let start = first; start < bytes.length;) {
    const size = readUnsigned(bytes, start + 1);
    const end = size.next + size.value;
    if (bytes[start] === memorySection) return { start, body: size.next, end };
    start = end;
  }
  throw plumbError('internal', 'the renderer has no memory section');
}

/** An unsigned LEB128 number. */
function readUnsigned(bytes: Uint8Array, offset: number): { value: number; next: number } {
  let value = 0;
  for (let factor = 1, next = offset; ; factor *= 128, next += 1) {
    const byte = bytes[next] ?? 0;
    value += (byte % 128) * factor;
    if (byte < 128) return { value, next: next + 1 };
  }
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}
