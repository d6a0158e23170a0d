import type { KubeClient } from '../kube/index.ts';
import { PlumbError, plumbError } from '../errors.ts';
import { group } from '../names.ts';
import type { Session } from './session.ts';

/** A connection to the cluster that the flags name. */
export interface ClusterAccess {
  readonly client: KubeClient;
  /** The namespace to work in: the flag's, else the context's. */
  readonly namespace: string;
}

/** Runs `body` with a client of the cluster that the flags and the kubeconfig name, and closes it after. */
export async function withCluster<Result>(
  session: Session,
  body: (access: ClusterAccess) => Promise<Result>,
): Promise<Result> {
  const { createKubeClient, loadClusterConfig } = await import('../kube/index.ts');
  const { context, options } = session;
  const config = await loadClusterConfig({
    environment: context.env,
    allowExec: options.allowExec,
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    ...(options.context === undefined ? {} : { context: options.context }),
  });
  const client = createKubeClient(config);
  try {
    return await body({ client, namespace: options.namespace ?? client.namespace });
  } catch (error) {
    // The cluster is asked for a kind of ours: it is not the user who misspelt it.
    if (error instanceof PlumbError && error.code === 'kube.no-such-kind' && error.message.includes(group)) {
      throw plumbError('cli.not-installed', `the cluster ${client.server} does not know ${group}`, { cause: error });
    }
    throw error;
  } finally {
    await client.close();
  }
}
