import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { healthOf, withReason } from '../../health/index.ts';
import type { KindRef, KubeClient, ListOptions, ObjectList } from '../../kube/index.ts';
import { groupOf, type KubeObject } from '../../object.ts';
import { buildTree, explainObject, type TreeNode } from '../../sync/index.ts';

// Of one state of a cluster, a file, the tree and the condition of an Application say the same.
const owned = (owner: string) => ({
  ownerReferences: [{ apiVersion: 'x/v1', kind: 'X', name: owner, uid: owner, controller: true }],
});
const object = (apiVersion: string, kind: string, name: string, rest: object, owner?: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop', uid: name, labels: { app: 'a' }, ...(owner === undefined ? {} : owned(owner)) },
  ...rest,
});
const selected = { spec: { selector: { matchLabels: { app: 'a' } } } };
const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
});
const late = condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'has timed out');
const none = { observedGeneration: 1, replicas: 1, availableReplicas: 0 };
const crashing = {
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'main',
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
        lastState: { terminated: { exitCode: 2, reason: 'Error', message: 'no such file: app.conf' } },
      },
    ],
  },
};
const unscheduled = { status: { phase: 'Pending' } };
const ready = { status: { phase: 'Running', conditions: [condition('Ready', 'True', '', '')] } };
const event = (about: string, reason: string, message: string, lastTimestamp: string): KubeObject => ({
  ...object('v1', 'Event', `${about}.${reason}`, { type: 'Warning', reason, message, count: 3, lastTimestamp }),
  involvedObject: { uid: about },
});

const deployment = object('apps/v1', 'Deployment', 'web', {
  ...selected,
  status: { observedGeneration: 1, conditions: [late] },
});
const replicaSet = object('apps/v1', 'ReplicaSet', 'web-1', { ...selected, status: none }, 'web');
const failedJob = { status: { conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', 'too often')] } };
const states: Readonly<Record<string, readonly [root: KubeObject, ...below: KubeObject[]]>> = {
  'a container that crashes': [
    deployment,
    replicaSet,
    object('v1', 'Pod', 'web-1-a', ready, 'web-1'),
    object('v1', 'Pod', 'web-1-b', crashing, 'web-1'),
    event('web-1-b', 'BackOff', 'Back-off restarting failed container', '2026-01-01T00:00:00Z'),
  ],
  'a pod that no node takes': [
    deployment,
    replicaSet,
    object('v1', 'Pod', 'web-1-a', unscheduled, 'web-1'),
    event('web-1-a', 'FailedMount', 'older', '2026-01-01T00:00:00Z'),
    event('web-1-a', 'FailedScheduling', '0/3 nodes are available', '2026-01-01T00:00:01.5Z'),
  ],
  'a pod of a set whose volume cannot be mounted': [
    object('apps/v1', 'StatefulSet', 'db', { ...selected, status: none }),
    object('v1', 'Pod', 'db-0', unscheduled, 'db'),
    event('db-0', 'FailedMount', 'secret "tls" not found', '2026-01-01T00:00:00Z'),
  ],
  'a set whose pods a quota refuses': [
    object('apps/v1', 'StatefulSet', 'db', { ...selected, status: none }),
    event('db', 'FailedCreate', 'exceeded quota: small', '2026-01-01T00:00:00Z'),
  ],
  'a Job that has failed': [
    object('batch/v1', 'Job', 'import', { ...selected, ...failedJob }),
    object('v1', 'Pod', 'import-a', { status: { ...crashing.status, phase: 'Failed' } }, 'import'),
  ],
  'an object of an operator with a pod of its own': [
    object('models.example.dev/v1', 'Model', 'big', {
      status: { conditions: [condition('Stalled', 'True', 'NoModel', 'it is not served')] },
    }),
    object('v1', 'Pod', 'big-0', crashing, 'big'),
  ],
};

/** A cluster that holds these objects. */
function clusterOf(objects: readonly KubeObject[]): KubeClient {
  const list = ({ group, kind }: KindRef, { labelSelector = '', fieldSelector = '' }: ListOptions): ObjectList => {
    const uid = /involvedObject\.uid=([^,]+)/.exec(fieldSelector)?.[1];
    const isIt = (one: KubeObject): boolean =>
      one.kind === kind &&
      groupOf(one.apiVersion) === group &&
      (uid === undefined || (one['involvedObject'] as { readonly uid: string }).uid === uid) &&
      (!labelSelector.startsWith('applyset') || one.metadata.ownerReferences === undefined);
    return Object.assign(iterate(objects.filter(isIt)), { resourceVersion: '1' });
  };
  return { list } as unknown as KubeClient;
}

async function* iterate(objects: readonly KubeObject[]): AsyncGenerator<KubeObject> {
  yield* objects;
}

const flat = (nodes: readonly TreeNode[]): readonly TreeNode[] =>
  nodes.flatMap((node) => [node, ...flat(node.children)]);

test.each(Object.entries(states))('%s: one reason for it, wherever it is asked for', async (_what, objects) => {
  const [root] = objects;
  const { signal } = new AbortController();
  const client = clusterOf(objects);
  const scopes = [{ group: groupOf(root.apiVersion), kind: root.kind, namespace: 'shop' }];
  const application = {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'a', namespace: 'shop' },
  };
  const nodes = flat(await buildTree(client, application, { scopes, signal }));
  expect(nodes.map(({ object: { metadata } }) => metadata.name)).toEqual(
    objects.filter(({ kind }) => kind !== 'Event').map(({ metadata }) => metadata.name),
  );
  // What the controller writes into the condition.
  const told = withReason(healthOf(root), await explainObject(client, root, signal));
  expect(nodes[0]?.health).toEqual(told);
  expect(told).not.toEqual(healthOf(root));

  const file = join(temporaryFolder(), 'all.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.toReversed() }));
  const { stdout } = await plumbInProcess(['health', '-f', file, '-o', 'json']);
  const judged = JSON.parse(stdout) as { name: string; health: string; message: string }[];
  for (const { object: one, health } of nodes)
    expect(judged.find(({ name }) => name === one.metadata.name)).toMatchObject({
      health: health.status,
      message: health.message,
    });
});

test('objects that own each other, and owners that are nonsense, are judged all the same', async () => {
  const ring = [object('v1', 'Pod', 'a', crashing, 'b'), object('v1', 'Pod', 'b', ready, 'a')];
  const odd = { ...object('v1', 'Pod', 'c', crashing), metadata: { name: 'c', ownerReferences: [null, 'x', {}] } };
  const file = join(temporaryFolder(), 'ring.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...ring, odd] }));
  const { stdout } = await plumbInProcess(['health', '-f', file, '-o', 'name']);
  expect(stdout).toBe('Degraded\nHealthy\nDegraded\n');
});
