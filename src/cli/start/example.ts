import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitServer } from '../../local/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'examples');
const fieldManager = 'plumbline-start';

/** Name of the example repository. */
export const exampleRepository = 'k8s-apps';

/** Puts the example repository on the Git server where it is not there yet; what was pushed before stays. */
export async function createExampleRepository(server: GitServer, now: Date): Promise<boolean> {
  return server.create(exampleRepository, {
    from: join(folder, exampleRepository),
    message: 'Begin with an overlay and a chart',
    author: { name: 'Plumbline', email: 'plumbline@localhost' },
    at: now,
  });
}

/** The Repository and the Applications of the example, reading from this URL. */
export async function exampleObjects(url: string, namespace: string): Promise<KubeObject[]> {
  const { loadAll } = await import('js-yaml');
  const files = (await readdir(join(folder, 'applications'))).filter((name) => name.endsWith('.yaml')).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, 'applications', name), 'utf8')));
  // Written by us, and checked by the API server.
  const objects = texts.flatMap((text) => loadAll(text)) as KubeObject[];
  return objects.map((object) => {
    const placed = { ...object, metadata: { ...object.metadata, namespace } };
    const spec = object['spec'] as Readonly<Record<string, unknown>>;
    return object.kind === 'Repository' ? { ...placed, spec: { ...spec, url } } : placed;
  });
}

/** Applies the example; the Repository first, so that no Application looks for it in vain. */
export async function applyExample(
  client: KubeClient,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const first = objects.filter(({ kind }) => kind === 'Repository');
  const rest = objects.filter(({ kind }) => kind !== 'Repository');
  for (const object of [...first, ...rest]) await client.apply(object, { fieldManager, force: true, signal });
}
