import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { packTar } from 'modern-tar';
import { plumbError } from '../errors.ts';
import { join } from './chart-files.ts';
import { parseHelmIgnore, type Ignored } from './helm-ignore.ts';
import type { LayeredFile, ReadableTree } from './layered-tree.ts';
import type { RegistryLimits } from './limits.ts';

const compress = promisify(gzip);
const deepest = 32;

interface Packing {
  readonly tree: ReadableTree;
  readonly folder: string;
  readonly ignored: Ignored;
  readonly limits: RegistryLimits;
  readonly entries: { readonly path: string; readonly bytes: Uint8Array }[];
  readonly files: string[];
  readonly directories: string[];
}

/** Packs the chart in a folder of a tree, as `helm package` does: what its `.helmignore` names is left out. */
export async function packLocalChart(
  tree: ReadableTree,
  folder: string,
  name: string,
  limits: RegistryLimits,
): Promise<LayeredFile> {
  const rules = join(folder, '.helmignore');
  const text = Buffer.from((await tree.read(rules)) ?? []).toString('utf8');
  const packing: Packing = {
    tree,
    folder,
    ignored: parseHelmIgnore(text, rules),
    limits,
    entries: [],
    files: [rules],
    directories: [],
  };
  await collect(packing, '', 0);
  // The same files make the same archive, whenever it is made.
  const tar = await packTar(
    packing.entries.map(({ path, bytes }) => ({
      header: { name: `${name}/${path}`, size: bytes.length, mtime: new Date(0) },
      body: bytes,
    })),
  );
  return { bytes: await compress(tar), madeOf: { files: packing.files, directories: packing.directories } };
}

async function collect(packing: Packing, below: string, depth: number): Promise<void> {
  const { tree, folder, ignored, limits, entries, files, directories } = packing;
  const here = join(folder, below === '' ? '.' : below).replace(/\/\.$/, '');
  if (depth > deepest) throw tooLarge(folder, `its folders lie more than ${deepest} deep`);
  directories.push(here);
  for (const { name, kind } of (await tree.list(here)) ?? []) {
    const path = join(below, name);
    if (ignored(path, kind === 'directory')) continue;
    if (kind === 'directory') {
      await collect(packing, path, depth + 1);
      continue;
    }
    const file = join(folder, path);
    files.push(file);
    const bytes = await tree.read(file);
    if (bytes === undefined) continue;
    entries.push({ path, bytes });
    const size = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
    if (entries.length > limits.entries || size > limits.unpackedBytes) throw tooLarge(folder, 'it holds too much');
  }
}

function tooLarge(folder: string, reason: string): Error {
  return plumbError('registry.too-large', `the chart cannot be packed: ${reason}`, { where: { file: folder } });
}
