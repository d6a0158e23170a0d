import { healthOf } from '../../health/index.ts';
import { renderStably } from '../../render/index.ts';
import type { PushInput, SyncOptions } from '../../sync/index.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { readRules } from '../health-rules.ts';
import { readIgnore } from '../ignore-rules.ts';
import type { Session } from '../session.ts';
import { printWarnings, withFolderRenderer } from '../source/render-folder.ts';
import { ownVersion } from '../version.ts';
import type { PushOptions, PushSyncFlags } from './flags.ts';
import { storedSeed } from './seed.ts';

/** Name of the ConfigMap that stands for a set of this name. */
export function setName(name: string): string {
  return `plumbline-${name}`;
}

/** Renders the folder for the cluster: what a sync, or a diff, without an Application starts from. */
export async function preparePush(
  session: Session<PushOptions & PushSyncFlags & { readonly path: string }>,
  { client, namespace }: ClusterAccess,
  mayWrite: boolean,
): Promise<PushInput> {
  const { options, signal } = session;
  // A mistake in a file of rules is told before anything begins.
  const rules = await rulesOf(session);
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
    ...rules,
    ...(options.missingKinds === undefined ? {} : { missingKinds: options.missingKinds }),
    options: syncOptionsOf(options, namespace),
  };
}

/** What is said to be ignored, and how health is told. */
async function rulesOf({
  context,
  options: { ignoreRules, healthRules },
  signal,
}: Session<PushOptions & PushSyncFlags>): Promise<Pick<PushInput, 'ignore' | 'judge'>> {
  const [ignore, health] = await Promise.all([
    ignoreRules === undefined ? undefined : readIgnore(context.cwd, ignoreRules, signal),
    healthRules === undefined ? undefined : readRules(context.cwd, healthRules, signal),
  ]);
  return {
    ...(ignore === undefined ? {} : { ignore }),
    ...(health === undefined ? {} : { judge: (object) => healthOf(object, health) }),
  };
}

/** The flags in the words of the engine, which has a default for whatever is left out. */
export function syncOptionsOf(options: PushOptions & PushSyncFlags, namespace: string): SyncOptions {
  const { approve, write, recreate, propagation, sharedObjects, validation, pruneLast, allowEmpty } = options;
  return {
    prune: options.prune !== false,
    pruneLimit: { percent: options.pruneLimit },
    force: options.forceConflicts,
    ...(approve === undefined ? {} : { approval: approve }),
    ...(options.createNamespace === true ? { createNamespace: namespace } : {}),
    ...(write === undefined ? {} : { write }),
    ...(recreate === undefined ? {} : { recreate }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(sharedObjects === undefined ? {} : { shared: sharedObjects }),
    ...(validation === undefined ? {} : { validation }),
    ...(pruneLast === undefined ? {} : { pruneLast }),
    ...(allowEmpty === undefined ? {} : { allowEmpty }),
  };
}
