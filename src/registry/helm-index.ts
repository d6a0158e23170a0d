import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../errors.ts';
import { asDigest, type Digest } from './digest.ts';

/** One version of a chart, as the index of a Helm repository names it. */
export interface ChartVersion {
  readonly version: string;
  /** Where its archive is; may be relative to the repository. */
  readonly url: string;
  /** Of the archive; indexes may leave it out. */
  readonly digest: Digest | undefined;
  readonly created: string | undefined;
  readonly sources: readonly string[];
}

/** The index of a Helm repository, of which only the charts that are asked for are read. */
export interface HelmIndex {
  /** The validators that the server gave with it, for the next question. */
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** When it was last known to be the newest, in milliseconds since 1970. */
  readonly checkedAt: number;
  /** All bytes that it keeps in memory. */
  readonly bytes: number;
  /** The versions of a chart; undefined where it has no such chart. @throws PlumbError `registry.index-invalid` */
  versions(chart: string): readonly ChartVersion[] | undefined;
}

const entrySchema = Type.Object({
  version: Type.String(),
  urls: Type.Array(Type.String(), { minItems: 1 }),
  digest: Type.Optional(Type.String()),
  created: Type.Optional(Type.String()),
  sources: Type.Optional(Type.Array(Type.String())),
});

/** Prepares to read an index. Nothing is parsed yet. */
export function openHelmIndex(
  index: Buffer,
  where: string,
  validators: Omit<HelmIndex, 'versions' | 'bytes'>,
): HelmIndex {
  const known = new Map<string, readonly ChartVersion[] | undefined>();
  return {
    ...validators,
    bytes: index.length,
    versions(chart) {
      if (!known.has(chart)) known.set(chart, versionsIn(index, chart, where));
      return known.get(chart);
    },
  };
}

function versionsIn(index: Buffer, chart: string, where: string): readonly ChartVersion[] | undefined {
  const entries = entriesOf(index, chart, where);
  if (entries === undefined) return undefined;
  if (!Array.isArray(entries)) throw invalid(where, `the versions of ${chart} are no list`);
  // As Helm does: an entry that lacks something is left out, and spoils nothing for the others.
  return entries.flatMap((entry: unknown) => {
    if (!Value.Check(entrySchema, entry)) return [];
    const { version, urls, digest, created, sources = [] } = entry;
    const [url = ''] = urls;
    return [{ version, url, digest: digestIn(digest), created, sources }];
  });
}

/** With or without `sha256:` before it. */
function digestIn(text: string | undefined): Digest | undefined {
  const bare = text?.toLowerCase().replace(/^sha256:/, '');
  return bare === undefined ? undefined : asDigest(`sha256:${bare}`);
}

function entriesOf(index: Buffer, chart: string, where: string): unknown {
  const part = cutOut(index, chart);
  if (part !== undefined) {
    try {
      const parsed = load(part, { schema: FAILSAFE_SCHEMA });
      if (isRecord(parsed)) return Object.hasOwn(parsed, chart) ? parsed[chart] : undefined;
    } catch {
      // An alias of something elsewhere, or another way to write it: the whole is read.
    }
  }
  return entriesOfWhole(index.toString('utf8'), chart, where);
}

/**
 * The lines of one chart, where the index is written as Helm writes it. To parse 20 MB for the one chart that is asked
 * for would hold everything else up for seconds.
 */
function cutOut(index: Buffer, chart: string): string | undefined {
  const entries = lineAfter(index, 'entries:', 0);
  const begin = entries === undefined ? undefined : lineAfter(index, `  ${chart}:`, entries);
  if (begin === undefined || !/^[\w.-]+$/.test(chart)) return undefined;
  // Most charts have few versions: so much is looked at first, and then twice as much each time.
  for (let size = 65_536; ; size *= 2) {
    const body = index.toString('utf8', begin, begin + size);
    // A chart ends at the next name, or where what is not `entries` begins.
    const end = /^(?: {2}[^\s#-]|[^\s#])/m.exec(body);
    // The last line may be cut in the middle.
    const certain = end !== null && end.index < body.lastIndexOf('\n');
    if (certain) return `${chart}:\n${body.slice(0, end.index)}`;
    if (begin + size >= index.length) return `${chart}:\n${end === null ? body : body.slice(0, end.index)}`;
  }
}

/** Where the line after the first one begins that is this text alone; undefined where there is none. */
function lineAfter(index: Buffer, line: string, from: number): number | undefined {
  const [bare, newline] = [Buffer.from(line), 0x0a];
  for (let at = index.indexOf(bare, from); at >= 0; at = index.indexOf(bare, at + 1)) {
    const end = index.indexOf(newline, at);
    const rest = end < 0 ? undefined : index.toString('utf8', at + bare.length, end);
    if ((at === 0 || index[at - 1] === newline) && rest?.trim() === '') return end + 1;
  }
  return undefined;
}

function entriesOfWhole(text: string, chart: string, where: string): unknown {
  let index: unknown;
  try {
    index = text.trimStart().startsWith('{') ? JSON.parse(text) : load(text, { schema: FAILSAFE_SCHEMA });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw plumbError('registry.index-invalid', `the index of ${where} cannot be read: ${reason}`, { cause: error });
  }
  if (!isRecord(index) || !('apiVersion' in index)) throw invalid(where, 'has no apiVersion');
  const { entries } = index;
  if (entries === undefined || entries === null || entries === '') return undefined;
  if (!isRecord(entries)) throw invalid(where, 'has entries that are no charts');
  return Object.hasOwn(entries, chart) ? entries[chart] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(where: string, reason: string): Error {
  return plumbError('registry.index-invalid', `the index of ${where} is not one of a Helm repository: ${reason}`);
}
