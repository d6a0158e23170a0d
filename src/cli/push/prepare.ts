import { renderStably } from '../../render/index.ts';
import type { PushInput } from '../../sync/index.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import type { Session } from '../session.ts';
import { printWarnings, withFolderRenderer } from '../source/render-folder.ts';
import { ownVersion } from '../version.ts';
import type { PushOptions } from './flags.ts';
import { storedSeed } from './seed.ts';

/** Name of the ConfigMap that stands for a set of this name. */
export function setName(name: string): string {
  return `plumbline-${name}`;
}

/** Renders the folder for the cluster: what a sync, or a diff, without an Application starts from. */
export async function preparePush(
  session: Session<PushOptions & { readonly path: string }>,
  { client, namespace }: ClusterAccess,
  mayWrite: boolean,
): Promise<PushInput> {
  const { options, signal } = session;
  const [{ gitVersion }, apiVersions] = await Promise.all([
    client.version({ signal }),
    client.discovery.apiVersions({ signal }),
  ]);
  const folder = { path: options.path, namespace, kubeVersion: gitVersion, apiVersions };
  const { result, name } = await withFolderRenderer(session, folder, async (render, folderName) => {
    const set = setName(folderName);
    const createNamespace = options.createNamespace === true;
    const place = { client, namespace, name: set, mayWrite, createNamespace };
    return { result: await renderStably(render, () => storedSeed(place, signal)), name: set };
  });
  printWarnings(session, result);
  const rendered = result.objects.map((object, index) => {
    const file = result.origins[index]?.file;
    return file === undefined ? { object } : { object, origin: { file } };
  });
  return {
    client,
    rendered,
    namespace,
    name,
    version: ownVersion(),
    signal,
    options: {
      prune: options.prune !== false,
      pruneLimit: { percent: options.pruneLimit },
      force: options.forceConflicts,
      ...(options.approve === undefined ? {} : { approval: options.approve }),
      ...(options.createNamespace === true ? { createNamespace: namespace } : {}),
    },
  };
}
