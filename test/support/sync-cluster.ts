import { createKubeClient, loadClusterConfig, type KubeClient } from '../../src/kube/index.ts';
import type { KubeObject } from '../../src/object.ts';
import {
  diffPush,
  type PruneSimulation,
  type PushInput,
  runSync,
  simulatePush,
  type SyncDiff,
  type SyncReport,
} from '../../src/sync/index.ts';
import { kubeconfigPath } from './cluster.ts';
import { limit } from './limit.ts';

/** A client of the cluster that the run shares, or of another. */
export async function clusterClient(kubeconfig: string = kubeconfigPath()): Promise<KubeClient> {
  return createKubeClient(await loadClusterConfig({ kubeconfig }));
}

/** Makes a namespace and returns its name. */
export async function createNamespace(client: KubeClient, name: string): Promise<string> {
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

/** `runSync` of these objects, with a set of its own in the namespace. */
export function push(
  client: KubeClient,
  namespace: string,
  objects: readonly object[],
  more: Partial<PushInput> = {},
): Promise<SyncReport> {
  return runSync(pushInput(client, namespace, objects, more));
}

/** What a push of the same would change. */
export function compare(
  client: KubeClient,
  namespace: string,
  objects: readonly object[],
  more: Partial<PushInput> = {},
): Promise<SyncDiff> {
  return diffPush(pushInput(client, namespace, objects, more));
}

/** What a prune of the same would do. */
export function simulate(
  client: KubeClient,
  namespace: string,
  objects: readonly object[],
  more: Partial<PushInput> = {},
): Promise<PruneSimulation> {
  return simulatePush(pushInput(client, namespace, objects, more));
}

function pushInput(
  client: KubeClient,
  namespace: string,
  objects: readonly object[],
  more: Partial<PushInput>,
): PushInput {
  return {
    client,
    rendered: objects.map((object, index) => ({ object: object as KubeObject, origin: { file: `${index}.yaml` } })),
    namespace,
    name: 'set',
    version: '0.0.0',
    options: { prune: true },
    signal: limit(),
    ...more,
  };
}

/** `name action` of every object, sorted. */
export function actionsOf(report: SyncReport): readonly string[] {
  return report.results.map(({ key, action }) => `${key.kind} ${key.name} ${action}`).toSorted();
}

/** A Deployment as people write it. */
export function deployment(name: string, spec: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'nginx:stable', ports: [{ containerPort: 80 }] }] },
      },
      ...spec,
    },
  };
}

/** A ConfigMap with one value. */
export function configMapOf(name: string, value: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } };
}
