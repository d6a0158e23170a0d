import type { FileTree, RenderSource } from './types.ts';

/** What a kustomization may be called: a folder with one is rendered by Kustomize, where nothing else is said. */
const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Whether Helm will render the folder. */
export async function isChart(files: FileTree, path: string, { kind }: RenderSource): Promise<boolean> {
  if (kind !== 'helm' && kind !== 'auto') return false;
  const isFile = async (name: string): Promise<boolean> =>
    (await files.stat(path === '.' ? name : `${path}/${name}`))?.kind === 'file';
  if (!(await isFile('Chart.yaml'))) return false;
  return kind === 'helm' || !(await Promise.all(kustomizations.map(isFile))).includes(true);
}
