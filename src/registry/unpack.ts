import { plumbError } from '../errors.ts';
import { readArchive } from './archive.ts';
import { compressionOf, decompress } from './decompress.ts';
import { addLayer, resolveLinks } from './file-map.ts';
import type { RegistryLimits } from './limits.ts';
import { artifactTree, type ArtifactTree } from './tree.ts';

/** A part of an artifact as it came: an archive, or one file under its name. */
export type Part =
  | { readonly kind: 'archive'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly name: string };

/** How parts become files. */
export interface UnpackOptions {
  readonly limits: RegistryLimits;
  /** For errors: the chart or artifact. */
  readonly name: string;
  /** Layers of an image may take away what is in those below. */
  readonly image: boolean;
}

/**
 * Unpacks the parts of an artifact, the later over the earlier, in memory.
 * @throws PlumbError `registry.archive-unsafe`, `registry.too-large`, `registry.artifact-invalid`
 */
export async function unpackParts(parts: readonly Part[], options: UnpackOptions): Promise<ArtifactTree> {
  const { limits, name, image } = options;
  const nodes: Parameters<typeof addLayer>[0] = new Map();
  for (const part of parts) {
    if (part.kind === 'file') {
      addLayer(nodes, [{ kind: 'file', path: fileName(part.name, name), bytes: part.bytes }], { name, image: false });
      continue;
    }
    const tar = await decompress(part.bytes, compressionOf(part.bytes), limits, name);
    addLayer(nodes, await readArchive(tar, { limits, name, chart: false }), { name, image });
  }
  return artifactTree(resolveLinks(nodes, limits, name));
}

/** The title of a file, as its publisher gave it: a relative path inside. */
function fileName(title: string, name: string): string {
  const parts = title.split('/').filter((part) => part !== '' && part !== '.');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const odd = /[\u0000-\u001f\u007f\\]/.test(title);
  const bad = odd || title.startsWith('/') || parts.includes('..') || parts.length === 0;
  if (bad) throw plumbError('registry.archive-unsafe', `${name} holds a file by the name ${JSON.stringify(title)}`);
  return parts.join('/');
}

/**
 * Unpacks a packaged chart; its root is the folder of the chart.
 * @throws PlumbError as `unpackParts`; `registry.artifact-invalid` where there is no `Chart.yaml`
 */
export async function unpackChart(
  archive: Uint8Array,
  { limits, name }: Omit<UnpackOptions, 'image'>,
): Promise<ArtifactTree> {
  const tar = await decompress(archive, compressionOf(archive), limits, name);
  const nodes: Parameters<typeof addLayer>[0] = new Map();
  addLayer(nodes, await readArchive(tar, { limits, name, chart: true }), { name, image: false });
  const files = new Map(resolveLinks(nodes, limits, name));
  if (!files.has('Chart.yaml')) throw plumbError('registry.artifact-invalid', `${name} holds no Chart.yaml`);
  // It says what not to pack: once packed, all counts, to Helm as well.
  files.delete('.helmignore');
  return artifactTree(files);
}
