import { expect, onTestFinished, test } from 'vitest';
import { startApiProxy } from '../../test/support/api-proxy.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { clientOfFile, testClient, testNamespace } from '../../test/support/kube-client.ts';
import { actionsOf, configMapOf, deployment, push } from '../../test/support/sync-cluster.ts';
import type { KubeObject } from '../object.ts';
import { limit } from '../../test/support/limit.ts';

const client = clientOfFile();

/** The same object in a wave. */
function inWave(wave: number, object: object, annotation = 'argocd.argoproj.io/sync-wave'): object {
  const { metadata, ...rest } = object as KubeObject;
  return { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation]: String(wave) } } };
}

const nameIn = (url: string): string => new URL(url, 'http://x').pathname.split('/').at(-1) ?? '';

const web = (name: string, replicas: number): object => deployment(name, { replicas });

const set = [
  inWave(2, configMapOf('after', 'x')),
  inWave(1, web('second', 1), 'plumbline.dev/sync-wave'),
  inWave(-1, web('first', 2)),
  configMapOf('between', 'x'),
];

test('a wave begins once what is below it is healthy, and pruning goes the other way', async () => {
  const namespace = await testNamespace(client, 'waves');
  const proxy = await startApiProxy(clusterAccess());
  const watched = await testClient({ server: proxy.server });
  onTestFinished(async () => {
    await watched.close();
    await proxy.close();
  });
  const written: string[] = [];
  const waited: string[] = [];
  const report = await push(watched, namespace, set, {
    onWait: (waits) => waited.push(...waits.map(({ key, condition }) => `${key.name} ${condition}`)),
    onWrite: ({ metadata }) => void written.push(metadata.name),
  });
  expect([report.outcome, report.problems]).toEqual(['synced', []]);
  expect(written).toEqual(['first', 'between', 'second', 'after']);
  expect(waited).toContain('first Healthy');
  // When the last was written, those before it were there with all their pods.
  const after = await client.get({ group: '', kind: 'ConfigMap', namespace, name: 'after' }, bounded());
  for (const [name, replicas] of [
    ['first', 2],
    ['second', 1],
  ] as const) {
    const earlier = await client.get({ group: 'apps', kind: 'Deployment', namespace, name }, bounded());
    expect(earlier?.status).toMatchObject({ readyReplicas: replicas });
    expect(lastChange(earlier)).toBeLessThanOrEqual(Date.parse(after?.metadata.creationTimestamp ?? ''));
  }

  const before = proxy.calls.length;
  const pruned = await push(watched, namespace, [configMapOf('other', 'x')], { options: { prune: true } });
  expect([pruned.outcome, pruned.blocked]).toEqual(['synced', []]);
  const deleted = proxy.calls.slice(before).filter(({ method, url }) => method === 'DELETE' && !url.includes('dryRun'));
  expect(deleted.map(({ url }) => nameIn(url))).toEqual(['after', 'second', 'between', 'first']);
});

const bounded = () => ({ signal: limit() });

/** When the Deployment became available. */
function lastChange(object: KubeObject | undefined): number {
  const { conditions = [] } = (object?.status ?? {}) as { conditions?: { type: string; lastTransitionTime: string }[] };
  return Date.parse(conditions.find(({ type }) => type === 'Available')?.lastTransitionTime ?? '');
}

test('a set in one wave waits for nothing, and makes no call more than one without annotations', async () => {
  const counts: number[] = [];
  for (const wave of [undefined, 3]) {
    const namespace = await testNamespace(client, 'one-wave');
    const proxy = await startApiProxy(clusterAccess());
    const counted = await testClient({ server: proxy.server });
    onTestFinished(async () => {
      await counted.close();
      await proxy.close();
    });
    const plain = [web('web', 1), configMapOf('settings', 'x')];
    const objects = wave === undefined ? plain : plain.map((object) => inWave(wave, object));
    const waits: unknown[] = [];
    const report = await push(counted, namespace, objects, { onWait: (now) => waits.push(now) });
    expect([report.outcome, waits]).toEqual(['synced', []]);
    counts.push(proxy.calls.length);
  }
  expect(counts[0]).toBe(counts[1]);
});

test('what has failed in a wave fails the sync, and what comes after it is not reached', async () => {
  const namespace = await testNamespace(client, 'failed-wave');
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'check' },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 1,
      template: {
        spec: {
          restartPolicy: 'Never',
          // No node has this label: the Job meets its deadline.
          nodeSelector: { 'example.dev/none': 'x' },
          containers: [{ name: 'c', image: 'nginx' }],
        },
      },
    },
  };
  const report = await push(client, namespace, [job, inWave(1, configMapOf('after', 'x'))]);
  expect(report.outcome).toBe('failed');
  expect(report.problems.map(({ code, where }) => [code, where?.object, where?.file])).toEqual([
    ['sync.unhealthy', `batch/Job ${namespace}/check`, '0.yaml'],
  ]);
  expect(actionsOf(report)).toEqual(['ConfigMap after skipped', 'Job check created']);
});

test('what goes while a wave waits for it is applied again', async () => {
  const namespace = await testNamespace(client, 'lost-wave');
  // No node has this label: it stays on its way until it is scaled down.
  const nowhere = {
    spec: { nodeSelector: { 'example.dev/none': 'x' }, containers: [{ name: 'web', image: 'nginx' }] },
  };
  const stuck = deployment('stuck', {
    replicas: 1,
    template: { ...nowhere, metadata: { labels: { app: 'stuck' } } },
  });
  const uids = new Set<string>();
  const changes: Promise<unknown>[] = [];
  const report = await push(client, namespace, [stuck, inWave(1, configMapOf('after', 'x'))], {
    onWrite: ({ metadata, kind }) => {
      if (kind !== 'Deployment') return;
      uids.add(metadata.uid ?? '');
      const ref = { group: 'apps', kind, namespace, name: 'stuck', apiVersion: 'apps/v1' };
      if (uids.size === 2) changes.push(client.patch(ref, { spec: { replicas: 0 } }, { type: 'merge', ...bounded() }));
    },
    onWait: ([wait]) => {
      const [uid = ''] = uids;
      if (wait === undefined || changes.length > 0) return;
      const preconditions = { uid };
      changes.push(
        client.delete(
          { ...wait.key, apiVersion: 'apps/v1' },
          { propagation: 'Background', preconditions, dryRun: false, ...bounded() },
        ),
      );
    },
  });
  await Promise.all(changes);
  expect([report.outcome, report.problems, uids.size]).toEqual(['synced', [], 2]);
  expect(actionsOf(report)).toEqual(['ConfigMap after created', 'Deployment stuck created']);
});

test('with PruneLast, an object goes when everything that is desired is healthy', async () => {
  const namespace = await testNamespace(client, 'prune-last');
  const old = configMapOf('old', 'x') as KubeObject;
  const last = {
    ...old,
    metadata: { ...old.metadata, annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } },
  };
  await push(client, namespace, [last, configMapOf('soon', 'x')]);
  const waited: string[] = [];
  const options = { prune: true };
  const report = await push(client, namespace, [web('web', 1)], {
    options,
    onWait: (waits) => waited.push(...waits.map(({ key, condition }) => `${key.name} ${condition}`)),
  });
  expect([report.outcome, report.problems]).toEqual(['synced', []]);
  expect(waited).toContain('web Healthy');
  expect(actionsOf(report)).toEqual(['ConfigMap old pruned', 'ConfigMap soon pruned', 'Deployment web created']);
});
