import { randomBytes } from 'node:crypto';
import { createKubeClient, loadClusterConfig, type ClientOptions, type KubeClient } from '../../src/kube/index.ts';
import type { KubeObject } from '../../src/object.ts';
import { kubeconfigPath, namespaceName } from './cluster.ts';

/** What a test wants of a client, besides the client's own options. */
export interface TestClientOptions extends ClientOptions {
  /** The run's cluster where left out. */
  readonly kubeconfig?: string;
  /** Another way to the API server: a proxy's. */
  readonly server?: string;
  /** Instead of the admin's. */
  readonly token?: string;
}

/** A client of the run's cluster, or of the one that a kubeconfig names. */
export async function testClient(options: TestClientOptions = {}): Promise<KubeClient> {
  const { kubeconfig = kubeconfigPath(), server, token, ...rest } = options;
  const config = await loadClusterConfig({ kubeconfig });
  const { sensitive } = await import('../../src/sensitive.ts');
  const credentials =
    token === undefined
      ? config.credentials
      : { current: () => ({ authorization: sensitive(`Bearer ${token}`) }), renew: () => Promise.resolve(false) };
  return createKubeClient({ ...config, credentials, ...(server === undefined ? {} : { server }) }, rest);
}

/** A namespace of the test's own. */
export async function testNamespace(client: KubeClient, prefix: string): Promise<string> {
  const name = namespaceName(prefix);
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager: 'test' });
  return name;
}

/** A ConfigMap with one value. */
export function configMap(namespace: string, name: string, value: string = randomBytes(6).toString('hex')): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, labels: { test: 'yes' } },
    data: { value },
  };
}
