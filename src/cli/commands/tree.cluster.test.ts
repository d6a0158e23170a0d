import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAccount } from '../../../test/support/account.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import {
  type ControllerBench,
  hasCondition,
  isReadyAt,
  openControllerBench,
} from '../../../test/support/controller.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { type ServedBench, serveBench } from '../../../test/support/serve-bench.ts';

// Trees of real objects, asked of the cluster and of a server.
let bench: ControllerBench;
let api: ServedBench;
let folder: string;

const settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: broken}\n';
// No scheduler looks after its pod: nobody but the test writes Events about that.
const stuck = `apiVersion: apps/v1
kind: Deployment
metadata: {name: stuck}
spec:
  selector: {matchLabels: {app: stuck}}
  template:
    metadata: {labels: {app: stuck}}
    spec: {schedulerName: none, containers: [{name: main, image: nginx}]}
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-tree-'));
  bench = await openControllerBench('cli-tree');
  const head = await bench.repository.commit({ 'ruled/settings.yaml': settings, 'stuck/stuck.yaml': stuck });
  await bench.createRepository();
  for (const path of ['ruled', 'stuck'])
    await bench.createApplication(path, { source: { repositoryRef: { name: 'apps' }, path } });
  const controller = bench.start();
  await controller.started;
  api = await serveBench(bench, controller);
  await createAccount(bench, folder, 'looker', [
    { apiGroups: ['plumbline.dev', '', 'apps'], resources: ['*'], verbs: ['get', 'list'] },
  ]);
  await bench.application('ruled', isReadyAt(head));
  await bench.application('stuck', hasCondition('Synced', 'True'));
});

afterAll(async () => {
  await api.close();
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

const now = () => new Date('2026-11-21T10:05:00Z');
const common = () => ['-n', bench.namespace, '-q'];
const ofCluster = (...args: string[]) =>
  plumbInProcess(['tree', ...args, ...common(), '--kubeconfig', kubeconfigPath()], { now });
const ofServer = (...args: string[]) =>
  plumbInProcess(['tree', ...args, ...common(), '--token-file', join(folder, 'looker')], {
    now,
    env: { PLUMB_SERVER: api.url },
  });

test('a tree is judged by the rules of the installation, where they are given', async () => {
  const rules = join(folder, 'rules.yaml');
  await writeFile(rules, "- {kind: ConfigMap, degraded: object.data.mode == 'broken'}\n");
  expect((await ofCluster('ruled')).stdout).toMatch(/ConfigMap.*settings.*Healthy/);
  expect((await ofCluster('ruled', '--health-rules', rules)).stdout).toMatch(/ConfigMap.*settings.*Degraded/);
});

/** An Event about a pod, as a kubelet writes it. */
async function complain(pod: SeenObject, reason: string, message: string, count: number, at: string): Promise<void> {
  const { name, uid } = pod.metadata;
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/events`, {
    metadata: { name: `${name}.${reason.toLowerCase()}` },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: bench.namespace, name, uid },
    type: 'Warning',
    reason,
    message,
    count,
    lastTimestamp: at,
  });
}

const isCounted = ({ metadata, status }: SeenObject): boolean =>
  metadata.name === 'stuck' && (status as { unavailableReplicas?: number } | undefined)?.unavailableReplicas === 1;
const isStuck = ({ metadata }: SeenObject): boolean => metadata.labels?.['app'] === 'stuck';

/** The pod of the Deployment, when its controller counts it. */
async function stuckPod(): Promise<SeenObject> {
  const { kube, namespace } = bench;
  await kube.until(`/apis/apps/v1/namespaces/${namespace}/deployments`, isCounted, limit());
  return kube.until(`/api/v1/namespaces/${namespace}/pods`, isStuck, limit());
}

/** What both say of the Application with the stuck pod. */
async function told(...args: string[]): Promise<string> {
  const [cluster, server] = await Promise.all([ofCluster('stuck', ...args), ofServer('stuck', ...args)]);
  expect([cluster.stderr, cluster.exitCode]).toEqual(['', 0]);
  expect(server).toEqual(cluster);
  return cluster.stdout;
}

interface Told {
  readonly kind: string;
  readonly warnings?: object[];
  readonly children: readonly Told[];
}

test('a tree says what Events warn of about what is not well, in every form, of a cluster and of a server', async () => {
  const pod = await stuckPod();
  await complain(pod, 'FailedMount', 'secret "tls" not found', 7, '2026-11-21T10:02:00Z');
  await complain(pod, 'NodeNotReady', 'the node is away', 1, '2026-11-21T10:00:00Z');
  const why = 'FailedMount: secret "tls" not found';
  for (const args of [[], ['-o', 'wide']]) {
    const rows = (await told(...args)).trimEnd().split('\n').slice(1);
    const [deployment, replicaSet, podRow, ...below] = rows.map((row) => row.trimStart().split(/\s{2,}/));
    expect(deployment?.at(-1)).toContain(`Pod ${pod.metadata.name}: ${why}`);
    expect(replicaSet?.at(-1)).toContain(`Pod ${pod.metadata.name}: ${why}`);
    expect([podRow?.[0], podRow?.at(-1)]).toEqual([`└─ Pod/${pod.metadata.name}`, expect.stringContaining(why)]);
    // What the row above says already is not said again.
    expect(below).toEqual([
      ['! FailedMount (7 times)', '3m'],
      ['! NodeNotReady', '5m', 'the node is away'],
    ]);
  }

  const [root] = JSON.parse(await told('-o', 'json')) as Told[];
  const [replicaSet] = root?.children ?? [];
  const [shown] = replicaSet?.children ?? [];
  expect([root?.kind, replicaSet?.kind, shown?.kind]).toEqual(['Deployment', 'ReplicaSet', 'Pod']);
  expect(shown?.warnings).toEqual([
    { reason: 'FailedMount', message: 'secret "tls" not found', count: 7, at: '2026-11-21T10:02:00Z' },
    { reason: 'NodeNotReady', message: 'the node is away', count: 1, at: '2026-11-21T10:00:00Z' },
  ]);
  expect([root, replicaSet].filter((node) => node !== undefined && 'warnings' in node)).toEqual([]);
  expect(load(await told('-o', 'yaml'))).toEqual([root]);
  expect(await told('-o', 'name')).not.toContain('FailedMount');
});
