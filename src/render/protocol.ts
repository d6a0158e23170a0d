import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { catalogue, type ErrorCode, plumbError, type Problem } from '../errors.ts';
import type { KnownPath } from './record.ts';
import type { Origin, ReadRecord, RenderRequest } from './types.ts';

// The TypeScript half of renderer/PROTOCOL.md.

/** What a renderer may ask while it renders. */
export const operations = { stat: 1, read: 2, list: 3 } as const;

/** The first byte of a reply. */
export const replies = { missing: 0, file: 1, directory: 2, failed: 255 } as const;

/** A known path with the content that goes along with it. */
export interface SentPath extends KnownPath {
  readonly content?: Uint8Array;
}

/** Writes the frame that starts a render. */
export function encodeRequest(request: RenderRequest, seed: Uint8Array, known: readonly SentPath[]): Uint8Array {
  const head = Buffer.from(
    JSON.stringify({
      path: request.path,
      source: request.source,
      namespace: request.namespace,
      name: request.name,
      kubeVersion: request.kubeVersion,
      apiVersions: request.apiVersions,
      now: request.now.getTime(),
      seed: Buffer.from(seed).toString('base64'),
      known: known.map(({ content, entries, ...rest }) => ({
        ...rest,
        ...(content === undefined ? {} : { size: content.length }),
        ...(entries === undefined ? {} : { entries, listed: true }),
      })),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, ...known.flatMap(({ content }) => (content === undefined ? [] : [content]))]);
}

const locationSchema = Type.Object({
  file: Type.Optional(Type.String()),
  line: Type.Optional(Type.Integer()),
  column: Type.Optional(Type.Integer()),
  object: Type.Optional(Type.String()),
  field: Type.Optional(Type.String()),
});

const problemSchema = Type.Object({
  code: Type.String(),
  message: Type.String(),
  where: Type.Optional(locationSchema),
  hint: Type.Optional(Type.String()),
});

const headSchema = Type.Object({
  origins: Type.Array(
    Type.Object({
      file: Type.Optional(Type.String()),
      document: Type.Optional(Type.Integer()),
      generator: Type.Optional(Type.String()),
    }),
  ),
  warnings: Type.Array(problemSchema),
  problems: Type.Array(problemSchema),
  usesNow: Type.Boolean(),
  record: Type.Object({
    files: Type.Record(Type.String(), Type.String()),
    missed: Type.Array(Type.String()),
    directories: Type.Record(Type.String(), Type.String()),
  }),
});

const checkHead = Compile(headSchema);

/** What a render's end says. */
export interface Response {
  readonly origins: readonly Origin[];
  readonly warnings: readonly Problem[];
  readonly problems: readonly Problem[];
  readonly record: ReadRecord;
  /** Whether the result depends on the time. */
  readonly usesNow: boolean;
  /** The objects, as one JSON array with sorted keys. */
  readonly objects: Uint8Array;
}

/** Reads the frame that ends a render. */
export function decodeResponse(frame: Uint8Array): Response {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const length = bytes.length < 4 ? Infinity : bytes.readUInt32LE(0);
  if (length > bytes.length - 4) throw plumbError('internal', "the renderer's response is cut off");
  const head: unknown = JSON.parse(bytes.toString('utf8', 4, 4 + length));
  if (!checkHead.Check(head)) throw plumbError('internal', "the renderer's response is not as agreed");
  return {
    origins: head.origins,
    warnings: head.warnings.map(problemOf),
    problems: head.problems.map(problemOf),
    usesNow: head.usesNow,
    record: {
      files: new Map(Object.entries(head.record.files)),
      missed: new Set(head.record.missed),
      directories: new Map(Object.entries(head.record.directories)),
      links: new Set(),
    },
    objects: bytes.subarray(4 + length),
  };
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}

type SentProblem = Type.Static<typeof problemSchema>;

/** A code that the catalogue lacks is a defect of the renderer, and is shown as one. */
function problemOf({ code, message, where, hint }: SentProblem): Problem {
  const place = where === undefined ? undefined : { ...where };
  if (place?.line === 0) delete place.line;
  if (place?.column === 0) delete place.column;
  return {
    code: isCode(code) ? code : 'internal',
    message: isCode(code) ? message : `${code}: ${message}`,
    ...(place === undefined ? {} : { where: place }),
    ...(hint === undefined ? {} : { hint }),
  };
}
