import { createHash } from 'node:crypto';
import { plumbError } from '../errors.ts';
import type { ArchiveEntry } from './archive.ts';
import type { RegistryLimits } from './limits.ts';

/** A file in memory. */
export interface MemoryFile {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, in hexadecimal digits. */
  readonly id: string;
}

/** Files by their path from the root: nothing but files, with all links followed. */
export type FileMap = ReadonlyMap<string, MemoryFile>;

/** A file with its identity. */
export function memoryFile(bytes: Uint8Array): MemoryFile {
  return { bytes, id: createHash('sha256').update(bytes).digest('hex') };
}

type Node = Exclude<ArchiveEntry, { kind: 'directory' }>;

const mostLinks = 40;

/**
 * What one archive adds to what those before it hold: a later file takes the place of an earlier one, and in the layer
 * of an image `.wh.NAME` takes NAME away.
 * @throws PlumbError `registry.archive-unsafe` for two entries of one archive with the same name, also in another case
 */
export function addLayer(
  nodes: Map<string, Node>,
  entries: readonly ArchiveEntry[],
  { name, image }: { readonly name: string; readonly image: boolean },
): void {
  const seen = new Map<string, ArchiveEntry>();
  for (const entry of entries) {
    const key = entry.path.normalize('NFC').toLowerCase();
    const other = seen.get(key);
    const twice = other?.path === entry.path && other.kind === 'directory' && entry.kind === 'directory';
    if (other !== undefined && !twice) throw collision(name, other.path, entry.path);
    seen.set(key, entry);
  }
  checkFolders(entries, name);
  if (image) takeAway(nodes, entries);
  for (const entry of entries) {
    if (image && entry.path.split('/').some((part) => part.startsWith('.wh.'))) continue;
    if (entry.kind === 'directory') nodes.delete(entry.path);
    else {
      removeAt(nodes, entry.path);
      nodes.set(entry.path, entry);
    }
  }
}

/** What a layer takes away is of the layers below it, wherever in the layer that is said. */
function takeAway(nodes: Map<string, Node>, entries: readonly ArchiveEntry[]): void {
  for (const { path } of entries) {
    const whiteout = /^(.*\/)?\.wh\.([^/]+)$/.exec(path);
    if (whiteout === null) continue;
    const [, folder = '', target = ''] = whiteout;
    removeAt(nodes, target === '.wh..opq' ? folder.slice(0, -1) : `${folder}${target}`);
  }
}

/** A file cannot be a folder too; nor can one folder go by two spellings. */
function checkFolders(entries: readonly ArchiveEntry[], name: string): void {
  const spelt = new Map<string, { readonly path: string; readonly folder: boolean }>();
  for (const { path, kind } of entries) {
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const here = parts.slice(0, depth).join('/');
      const folder = depth < parts.length || kind === 'directory';
      const key = here.normalize('NFC').toLowerCase();
      const other = spelt.get(key);
      if (other === undefined) spelt.set(key, { path: here, folder });
      else if (other.path !== here || other.folder !== folder) throw collision(name, other.path, here);
    }
  }
}

function collision(name: string, first: string, second: string): Error {
  const quoted = [first, second].map((path) => JSON.stringify(path.slice(0, 200)));
  return plumbError(
    'registry.archive-unsafe',
    first === second
      ? `${name} holds ${quoted[0]} twice`
      : `${name} holds ${quoted.join(' and ')}, which are one name on some systems`,
  );
}

function removeAt(nodes: Map<string, Node>, path: string): void {
  nodes.delete(path);
  const prefix = path === '' ? '' : `${path}/`;
  for (const below of nodes.keys()) if (below.startsWith(prefix)) nodes.delete(below);
}

/**
 * The files that nodes stand for, with a copy of what each link leads to in the place of the link.
 * @throws PlumbError `registry.archive-unsafe` for a link out of the archive or in a circle, `registry.too-large`
 */
export function resolveLinks(nodes: ReadonlyMap<string, Node>, limits: RegistryLimits, name: string): FileMap {
  const files = new Map<string, MemoryFile>();
  let bytes = 0;
  const add = (path: string, file: MemoryFile): void => {
    files.set(path, file);
    bytes += file.bytes.length;
    if (files.size > limits.entries)
      throw plumbError('registry.too-large', `${name} has more than ${limits.entries} files`);
    if (bytes > limits.unpackedBytes)
      throw plumbError('registry.too-large', `${name} holds more than ${limits.unpackedBytes} bytes`);
  };
  const hashed = new Map<Node, MemoryFile>();
  const fileOf = (node: Extract<Node, { kind: 'file' }>): MemoryFile => {
    const file = hashed.get(node) ?? memoryFile(node.bytes);
    hashed.set(node, file);
    return file;
  };
  const children = childrenOf(nodes);
  let steps = 0;

  /** Takes what lies at `from` over to `to`; `links` are those that led there. */
  const take = (from: string, to: string, links: readonly string[]): void => {
    const node = nodes.get(from);
    steps += 1;
    // Links to folders of links multiply also where no file is at their end.
    if (steps > 4 * limits.entries) throw plumbError('registry.too-large', `the links in ${name} multiply its files`);
    if (node?.kind === 'file') add(to, fileOf(node));
    else if (node?.kind === 'link') {
      if (links.includes(from) || links.length >= mostLinks)
        throw plumbError(
          'registry.archive-unsafe',
          `in ${name}, the link ${JSON.stringify(from)} leads round in a circle`,
        );
      const target = follow(nodes, from, node, name);
      // A link to nowhere is no file, and harms nobody.
      if (target !== undefined) take(target, to, [...links, from]);
    } else for (const child of children.get(from) ?? []) take(join(from, child), join(to, child), links);
  };
  take('', '', []);
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function childrenOf(nodes: ReadonlyMap<string, Node>): ReadonlyMap<string, ReadonlySet<string>> {
  const children = new Map<string, Set<string>>();
  for (const path of nodes.keys()) {
    const parts = path.split('/');
    for (let depth = 0; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      const names = children.get(folder) ?? new Set();
      children.set(folder, names.add(parts[depth] ?? ''));
    }
  }
  return children;
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The path that a link leads to, with all links on the way followed but the last; undefined where nothing is there. */
function follow(
  nodes: ReadonlyMap<string, Node>,
  from: string,
  link: Extract<Node, { kind: 'link' }>,
  name: string,
): string | undefined {
  const outside = (): Error =>
    plumbError('registry.archive-unsafe', `in ${name}, the link ${JSON.stringify(from)} leads out of the archive`);
  if (link.hard) return link.target === '' || link.target === from ? undefined : link.target;
  if (link.target === '' || link.target.startsWith('/')) throw outside();
  const way = from.split('/').slice(0, -1);
  const rest = link.target.split('/').toReversed();
  let hops = 0;
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (way.pop() === undefined) throw outside();
      continue;
    }
    way.push(part);
    const node = rest.length > 0 ? nodes.get(way.join('/')) : undefined;
    if (node?.kind === 'file') return undefined;
    if (node?.kind !== 'link') continue;
    hops += 1;
    if (hops > mostLinks || node.target.startsWith('/'))
      throw plumbError(
        'registry.archive-unsafe',
        `in ${name}, the link ${JSON.stringify(from)} leads round in a circle`,
      );
    way.pop();
    if (node.hard) way.splice(0);
    rest.push(...node.target.split('/').toReversed());
  }
  return way.join('/');
}
