import type { Log, RunningController } from '../../controller/index.ts';
import { createEgress } from '../../egress.ts';
import type { KubeClient } from '../../kube/index.ts';
import { type ServedApi, serveApi } from '../controller/api.ts';
import { defaultInstallNamespace, installLabels } from '../install/manifests.ts';
import { localAdminRights, localAdmins } from '../install/rights.ts';

/** What the API of a local cluster is served with. */
export interface LocalApiInput {
  readonly client: KubeClient;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Serves the API on this machine alone; whoever opens its link is an admin of the cluster, as the kubeconfig is. Only
 * for a cluster that lives and dies with this machine.
 */
export async function serveLocalApi(
  controller: Pick<RunningController, 'views' | 'changes' | 'past' | 'gitops'>,
  { client, log, signal }: LocalApiInput,
): Promise<ServedApi> {
  const rights = localAdminRights({ labels: installLabels });
  await client.apply(rights, { fieldManager: 'plumbline-start', force: true, signal });
  return serveApi(controller, {
    client,
    log,
    signal,
    namespace: defaultInstallNamespace,
    address: { host: '127.0.0.1', port: 0 },
    trustedProxies: [],
    egress: createEgress(),
    link: { username: 'plumbline:local-admin', groups: [localAdmins], displayName: 'Local admin', how: 'link' },
  });
}
