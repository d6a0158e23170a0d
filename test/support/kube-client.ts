import { randomBytes } from 'node:crypto';
import { createKubeClient, loadClusterConfig, type ClientOptions, type KubeClient } from '../../src/kube/index.ts';
import type { KubeObject } from '../../src/object.ts';
import { clusterAccess, kubeconfigPath, namespaceName } from './cluster.ts';
import { connect, type KubeCall } from './kube-call.ts';
import { wholeFile } from './opened.ts';

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

/** A client for all tests of a file; of a cluster of the file's own where the options, asked for late, say so. */
export function clientOfFile(options: () => TestClientOptions = () => ({})): KubeClient {
  return wholeFile(
    () => testClient(options()),
    (client) => client.close(),
  );
}

/** Connections to the run's cluster for all tests of a file, without the code under test. */
export function kubeOfFile(): KubeCall {
  return wholeFile(
    async () => connect(clusterAccess()),
    (kube) => kube.close(),
  );
}

/** A namespace of the run's cluster for all tests of a file. What is in it goes with it. */
export function namespaceOfFile(prefix: string): string {
  const name = namespaceName(prefix);
  const open = async (): Promise<KubeCall> => {
    const kube = connect(clusterAccess());
    await kube.call('POST', '/api/v1/namespaces', { metadata: { name } });
    return kube;
  };
  wholeFile(open, async (kube) => {
    await kube.call('DELETE', `/api/v1/namespaces/${name}`);
    kube.close();
  });
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
