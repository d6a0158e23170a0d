import { plumbError } from '../../errors.ts';
import type { FileTree, RenderSource } from '../../render/index.ts';
import { directoryPlacer } from './directory/directory-placer.ts';
import { helmPlacer } from './helm/placer.ts';
import type { Placer, PlaceRequest } from './types.ts';

/** The placers that there are, by the kind of source. A kind that has none is refused. */
const placers: Readonly<Partial<Record<SourceKind, Placer>>> = { directory: directoryPlacer, helm: helmPlacer };

type SourceKind = Exclude<RenderSource['kind'], 'auto'>;

const reasons: Readonly<Record<SourceKind, string>> = {
  directory: 'changes cannot be placed in plain files',
  kustomize: 'changes cannot be placed in kustomizations',
  helm: 'changes cannot be placed in the values of a chart',
  jsonnet: 'the objects are what a Jsonnet program computes, and no field of theirs has a place in it',
};

/**
 * Who knows how to place changes in the source.
 * @throws PlumbError `writeback.cannot-place` where nobody does
 */
export async function placerFor({ tree, path, source }: PlaceRequest): Promise<Placer> {
  const kind = source.kind === 'auto' ? await detectKind(tree, path) : source.kind;
  const placer = placers[kind];
  if (placer === undefined) throw plumbError('writeback.cannot-place', reasons[kind], { where: { file: path } });
  return placer;
}

/** What a kustomization may be called. */
export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

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
