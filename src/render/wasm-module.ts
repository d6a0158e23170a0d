import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { plumbError } from '../errors.ts';

const wasmPageKiB = 64;
const memorySection = 5;

/** Reads and compiles the renderer with a bound on its memory, in MiB. The file's bytes are not kept. */
export async function compileRenderer(path: string, memoryMiB: number): Promise<WebAssembly.Module> {
  const file = await readFile(path);
  const bytes = path.endsWith('.gz') ? await promisify(gunzip)(file) : file;
  return WebAssembly.compile(withMemoryBound(bytes, Math.ceil((memoryMiB * 1024) / wasmPageKiB)));
}

/**
 * The module with a maximum for its memory. Go declares none, and its memory cannot be given from outside, so the one
 * place to say it is the module's own memory section: `count=1, flags, minimum[, maximum]`.
 */
export function withMemoryBound(bytes: Uint8Array<ArrayBuffer>, maximumPages: number): Uint8Array<ArrayBuffer> {
  let offset = 8;
  while (offset < bytes.length) {
    const id = bytes[offset];
    const size = readUnsigned(bytes, offset + 1);
    const end = size.next + size.value;
    if (id === memorySection) {
      const flags = size.next + 1;
      const minimum = readUnsigned(bytes, flags + 1);
      const body = [1, 1, ...unsigned(minimum.value), ...unsigned(Math.max(minimum.value, maximumPages))];
      return joined(bytes.subarray(0, offset), Uint8Array.of(memorySection, ...unsigned(body.length), ...body), bytes.subarray(end));
    }
    offset = end;
  }
  throw plumbError('internal', 'the renderer has no memory section');
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** An unsigned LEB128 number. */
function readUnsigned(bytes: Uint8Array, offset: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 1, next = offset; ; shift *= 128, next += 1) {
    const byte = bytes[next] ?? 0;
    value += (byte % 128) * shift;
    if (byte < 128) return { value, next: next + 1 };
  }
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}
