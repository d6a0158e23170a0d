import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { plumbError } from '../errors.ts';
import type { RegistryLimits } from './limits.ts';

/** How an archive is packed. */
export type Compression = 'gzip' | 'zstd' | 'none';

const unpackGzip = promisify(gunzip);
const unpackZstd = promisify(zstdDecompress);

/** Small archives of repeated text are smaller by any factor: what they become does no harm. */
const freeBytes = 16 * 1024 * 1024;
/** Room for the headers of the archive, besides its files. */
const headerBytes = 8 * 1024 * 1024;

/**
 * Unpacks in memory and on another thread, and stops at the limits.
 * @throws PlumbError `registry.too-large`, `registry.artifact-invalid`
 */
export async function decompress(
  packed: Uint8Array,
  compression: Compression,
  limits: RegistryLimits,
  name: string,
): Promise<Uint8Array> {
  if (compression === 'none') return packed;
  const maxOutputLength = Math.min(
    limits.unpackedBytes + headerBytes,
    Math.max(freeBytes, packed.length * limits.ratio),
  );
  try {
    return await (compression === 'gzip' ? unpackGzip : unpackZstd)(packed, { maxOutputLength });
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && 'code' in error && isTooLarge(error.code)))
      throw plumbError(
        'registry.too-large',
        `${name} becomes larger than ${maxOutputLength} bytes when it is unpacked from ${packed.length}`,
      );
    const reason = error instanceof Error ? error.message : String(error);
    throw plumbError('registry.artifact-invalid', `${name} cannot be unpacked: ${reason}`, { cause: error });
  }
}

function isTooLarge(code: unknown): boolean {
  return code === 'ERR_BUFFER_TOO_LARGE';
}

/** What the first bytes say: media types of plain artifacts often lie. */
export function compressionOf(bytes: Uint8Array): Compression {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  const zstd = bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
  return zstd ? 'zstd' : 'none';
}
