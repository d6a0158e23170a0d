import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Problem } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import type { Response } from './protocol.ts';
import type { ReadRecord, RenderResult } from './types.ts';

/**
 * A result as the cache keeps it: the renderer's own response frame, and the time that it may depend on. The frame is
 * read again for each use, which takes some ten microseconds; read, it would take several times the memory.
 */
export interface CacheEntry {
  readonly frame: Uint8Array;
  /** SHA-256 of the objects. */
  readonly digest: string;
  /** The time it was rendered at, where the result depends on it. */
  readonly now: number | undefined;
}

/** The objects of a response, and the whole numbers in them that JavaScript cannot hold. */
export interface ParsedObjects {
  readonly objects: readonly KubeObject[];
  readonly inexact: readonly string[];
}

/** Makes a result of a response and its objects. */
export function resultOf(
  response: Response,
  { objects, inexact }: ParsedObjects,
  digest: string,
  record: ReadRecord,
  cached: boolean,
): RenderResult {
  const warnings = [...response.warnings, ...inexact.map(inexactWarning)];
  return { objects, origins: response.origins, warnings, record, digest, cached };
}

const longNumber = /[:[,]-?\d{16,}/;

/** Parses the objects, and finds whole numbers that JavaScript cannot hold; looks for them only where one is long enough. */
export function parseObjects({ objects: bytes }: Pick<Response, 'objects'>): ParsedObjects {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const inexact = new Set<string>();
  const keepSource = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    const source = context?.source ?? '';
    if (typeof value === 'number' && /^-?\d+$/.test(source) && BigInt(source) !== BigInt(value)) inexact.add(source);
    return value;
  };
  // The renderer has checked that each object has its apiVersion, kind and name.
  const objects = JSON.parse(text, longNumber.test(text) ? keepSource : undefined) as KubeObject[];
  return { objects, inexact: [...inexact] };
}

function inexactWarning(source: string): Problem {
  return {
    code: 'render.warning',
    message: `the number ${source} is too large to be kept exactly, and becomes ${Number(source)}`,
    hint: 'Where the field allows it, write the number in quotes.',
  };
}

const storedSchema = Type.Object({ digest: Type.String(), now: Type.Optional(Type.Number()) });
const checkStored = Compile(storedSchema);

/** Writes an entry for the disk. */
export function encodeEntry({ frame, digest, now }: CacheEntry): Buffer {
  const head = Buffer.from(JSON.stringify({ digest, now }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, frame]);
}

/** Reads an entry from the disk; undefined where it is not one. */
export function decodeEntry(bytes: Buffer): CacheEntry | undefined {
  if (bytes.length < 4 || bytes.readUInt32LE(0) > bytes.length - 4) return undefined;
  const end = 4 + bytes.readUInt32LE(0);
  const head: unknown = JSON.parse(bytes.toString('utf8', 4, end));
  if (!checkStored.Check(head)) return undefined;
  return { frame: Uint8Array.from(bytes.subarray(end)), digest: head.digest, now: head.now };
}
