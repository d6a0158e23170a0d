import { plumbError } from '../errors.ts';
import type { Files } from './namespace-objects.ts';
import { kustomizationNames } from './place/kustomize/kustomization.ts';

/**
 * Sees that a folder holds objects, and nothing that is rendered: a file that is written beside a kustomization or a
 * chart would change nothing, or break it.
 * @throws PlumbError `writeback.rendered-folder`
 */
export async function refuseRendered(files: Files, folder: string): Promise<void> {
  for (const name of [...kustomizationNames, 'Chart.yaml', 'main.jsonnet']) {
    const file = `${folder}/${name}`;
    if ((await files.stat(file))?.kind !== 'file') continue;
    throw plumbError('writeback.rendered-folder', 'the folder is rendered, and no place for files of objects', {
      where: { file },
    });
  }
}
