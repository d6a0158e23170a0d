import { unpackTar } from 'modern-tar';
import { plumbError, PlumbError } from '../errors.ts';
import type { RegistryLimits } from './limits.ts';

/** What an archive holds at a path; paths are clean, relative, and inside. */
export type ArchiveEntry =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'directory'; readonly path: string }
  /** A symbolic link, `target` as it is written; or a hard link, `target` from the root. */
  | { readonly kind: 'link'; readonly path: string; readonly target: string; readonly hard: boolean };

/** How names of an archive are read. */
export interface ArchiveOptions {
  readonly limits: RegistryLimits;
  /** For errors: the chart or artifact. */
  readonly name: string;
  /** The archive is a chart: all lies in one folder, which is taken away, and a `\` parts folders as well. */
  readonly chart: boolean;
}

const longestPath = 4096;

/**
 * The entries of a tar archive in memory, in their order. Whatever could lead out of it is refused, and nothing is
 * left out silently.
 * @throws PlumbError `registry.archive-unsafe`, `registry.too-large`, `registry.artifact-invalid`
 */
export async function readArchive(tar: Uint8Array, options: ArchiveOptions): Promise<readonly ArchiveEntry[]> {
  const { limits, name } = options;
  let count = 0;
  let bytes = 0;
  const unpacked = await unpackTar(tar, {
    // Checksums and the end are verified: what two readers could read in two ways is refused.
    strict: true,
    filter: (header) => {
      count += 1;
      bytes += header.size;
      if (count > limits.entries)
        throw plumbError('registry.too-large', `${name} has more than ${limits.entries} files`);
      if (bytes > limits.unpackedBytes)
        throw plumbError('registry.too-large', `${name} holds more than ${limits.unpackedBytes} bytes`);
      return true;
    },
  }).catch((error: unknown) => {
    if (error instanceof PlumbError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw plumbError('registry.artifact-invalid', `${name} is no sound tar archive: ${reason}`, { cause: error });
  });
  const entries: ArchiveEntry[] = [];
  for (const { header, data } of unpacked) {
    const path = cleanPath(header.name, options);
    if (path === undefined) continue;
    // Holes in a file are described where no reader of plain archives looks.
    if (Object.keys(header.pax ?? {}).some((key) => key.startsWith('GNU.sparse.')))
      throw unsafe(options, header.name, 'is a sparse file');
    const { type = 'file', linkname = '' } = header;
    if (type === 'file') entries.push({ kind: 'file', path, bytes: data ?? new Uint8Array() });
    else if (type === 'directory') entries.push({ kind: 'directory', path });
    else if (type === 'symlink') entries.push({ kind: 'link', path, target: linkname, hard: false });
    else if (type === 'link')
      entries.push({ kind: 'link', path, target: cleanPath(linkname, options) ?? '', hard: true });
    else throw unsafe(options, header.name, `is a ${type}, which no artifact needs`);
  }
  return entries;
}

/** The path from the root; undefined for the root itself. */
function cleanPath(name: string, options: ArchiveOptions): string | undefined {
  const text = options.chart ? name.replaceAll('\\', '/') : name;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text) || text.includes('\uFFFD'))
    throw unsafe(options, name, 'has a control character in its name, or is not UTF-8');
  if (text.length > longestPath) throw unsafe(options, name, `has a name longer than ${longestPath} characters`);
  if (text.startsWith('/') || /^[A-Za-z]:\//.test(text)) throw unsafe(options, name, 'has an absolute path');
  if (!options.chart && text.includes('\\')) throw unsafe(options, name, 'has a backslash in its name');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw unsafe(options, name, 'leads out of the archive');
  const inside = options.chart ? parts.slice(1) : parts;
  if (options.chart && parts.length === 1 && !text.endsWith('/'))
    throw unsafe(options, name, 'lies beside the folder of the chart');
  return inside.length === 0 ? undefined : inside.join('/');
}

function unsafe({ name }: ArchiveOptions, entry: string, reason: string): Error {
  return plumbError('registry.archive-unsafe', `in ${name}, ${JSON.stringify(entry.slice(0, 200))} ${reason}`);
}
