import { plumbError } from '../../errors.ts';
import type { FileTree, RenderSource } from '../../render/index.ts';
import { directoryPlacer } from './directory/directory-placer.ts';
import { helmPlacer } from './helm/placer.ts';
import { kustomizationNames } from './kustomize/kustomization.ts';
import { kustomizePlacer } from './kustomize/kustomize-placer.ts';
import type { Placer, PlaceRequest } from './types.ts';

type SourceKind = Exclude<RenderSource['kind'], 'auto'>;

/** The placers that there are, by the kind of source. */
const placers: Readonly<Record<Exclude<SourceKind, 'jsonnet'>, Placer>> = {
  directory: directoryPlacer,
  kustomize: kustomizePlacer,
  helm: helmPlacer,
};

/**
 * Who knows how to place changes in the source.
 * @throws PlumbError `writeback.cannot-place` where nobody does
 */
export async function placerFor({ tree, path, source }: PlaceRequest): Promise<Placer> {
  const kind = source.kind === 'auto' ? await detectKind(tree, path) : source.kind;
  if (kind !== 'jsonnet') return placers[kind];
  const reason = 'the objects are what a Jsonnet program computes, and no field of theirs has a place in it';
  throw plumbError('writeback.cannot-place', reason, { where: { file: path } });
}

/** As the renderer does where nothing is said. */
async function detectKind(tree: FileTree, path: string): Promise<SourceKind> {
  const state = await tree.stat(path);
  if (state?.kind !== 'directory') return path.endsWith('.jsonnet') ? 'jsonnet' : 'directory';
  const names = ((await tree.list(path)) ?? []).filter(({ kind }) => kind === 'file').map(({ name }) => name);
  if (names.some((name) => kustomizationNames.includes(name))) return 'kustomize';
  if (names.includes('Chart.yaml')) return 'helm';
  if (names.includes('main.jsonnet')) return 'jsonnet';
  const manifests = names.some((name) => /\.(ya?ml|json)$/.test(name));
  return !manifests && names.some((name) => name.endsWith('.jsonnet')) ? 'jsonnet' : 'directory';
}
