import { expect, test } from 'vitest';
import { clientOfFile, testNamespace } from '../../test/support/kube-client.ts';
import { actionsOf, compare, deployment, push } from '../../test/support/sync-cluster.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import { createDeletionBudget, type DeletionBudget } from './deletion-budget.ts';

// What is deleted and made anew because the server refuses its change.
const client = clientOfFile();

/** A Deployment whose selector, which cannot be changed, is this. */
function web(app: string, annotations: Readonly<Record<string, string>> = {}, more: object = {}): object {
  const base = deployment('web', {
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'web', image: 'nginx:stable' }] } },
    ...more,
  });
  return { ...base, metadata: { name: 'web', annotations } };
}

const key = (namespace: string) => ({ group: 'apps', kind: 'Deployment', namespace, name: 'web' });

async function uidOf(namespace: string): Promise<string | undefined> {
  return (await client.get(key(namespace)))?.metadata.uid;
}

const asking: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['ours', { 'plumbline.dev/recreate': 'true' }],
  ['of Argo CD', { 'argocd.argoproj.io/sync-options': 'Replace=true,Force=true' }],
  ['of Flux', { 'kustomize.toolkit.fluxcd.io/force': 'enabled' }],
];

test.each(asking)('with the annotation %s, an object whose change is refused is made anew', async (_whose, wish) => {
  const namespace = await testNamespace(client, 'recreate');
  await push(client, namespace, [web('one', wish)]);
  const before = await uidOf(namespace);
  const rehearsed = await push(client, namespace, [web('two', wish)], { options: { dryRun: true } });
  expect(actionsOf(rehearsed)).toEqual(['Deployment web recreated']);
  // What can be changed is changed.
  expect(actionsOf(await push(client, namespace, [web('one', wish, { replicas: 1 })]))).toEqual([
    'Deployment web configured',
  ]);
  expect(await uidOf(namespace)).toBe(before);
  const report = await push(client, namespace, [web('two', wish)]);
  expect(report.problems).toEqual([]);
  expect(actionsOf(report)).toEqual(['Deployment web recreated']);
  expect(await uidOf(namespace)).not.toBe(before);
});

test('a comparison tells that it would be made anew, and in what', async () => {
  const namespace = await testNamespace(client, 'recreate');
  const wish = { 'plumbline.dev/recreate': 'true' };
  await push(client, namespace, [web('one', wish)]);
  const asked = await compare(client, namespace, [web('two', wish)]);
  expect(asked.problems).toEqual([]);
  expect(asked.diffs.map(({ change }) => change)).toEqual(['recreate']);
  expect(asked.diffs[0]?.changes.map(({ path, before, after }) => [path, before, after])).toEqual([
    ['spec.selector.matchLabels.app', 'one', 'two'],
    ['spec.template.metadata.labels.app', 'one', 'two'],
  ]);
  const plain = await compare(client, namespace, [web('two')]);
  expect([plain.diffs, plain.problems.map(({ code }) => code)]).toEqual([[], ['kube.invalid']]);
});

test('nothing is deleted that is not asked for, and nothing for what is wrong in itself', async () => {
  const namespace = await testNamespace(client, 'recreate');
  await push(client, namespace, [web('one')]);
  const before = await uidOf(namespace);
  const plain = await push(client, namespace, [web('two')]);
  expect([plain.outcome, plain.problems[0]?.code]).toEqual(['rejected', 'kube.invalid']);
  const wish = { 'plumbline.dev/recreate': 'true' };
  const wrong = await push(client, namespace, [web('two', wish, { replicas: -1 })]);
  expect([wrong.outcome, wrong.problems[0]?.code]).toEqual(['rejected', 'kube.invalid']);
  expect(await uidOf(namespace)).toBe(before);
  // For all objects, where the whole sync is to.
  const options = { prune: true, recreate: true, validation: 'None' } as const;
  expect(actionsOf(await push(client, namespace, [web('two')], { options }))).toEqual(['Deployment web recreated']);
});

test('an object that Plumbline has not made its own is not deleted', async () => {
  const namespace = await testNamespace(client, 'recreate');
  const theirs = web('theirs') as KubeObject;
  await client.create({ ...theirs, metadata: { ...theirs.metadata, namespace } });
  const before = await uidOf(namespace);
  const report = await push(client, namespace, [web('one', { 'plumbline.dev/recreate': 'true' })]);
  expect(report.outcome).toBe('rejected');
  expect(await uidOf(namespace)).toBe(before);
});

const claim = (mode: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', annotations: { 'plumbline.dev/recreate': 'true' } },
  spec: { accessModes: [mode], resources: { requests: { storage: '1Gi' } } },
});

test('a claim to a volume is never made anew', async () => {
  const namespace = await testNamespace(client, 'recreate');
  await push(client, namespace, [claim('ReadWriteOnce')]);
  const report = await push(client, namespace, [claim('ReadWriteMany')]);
  expect(report.outcome).toBe('rejected');
  expect(report.problems.map(({ code }) => code)).toContain('sync.not-recreated');
});

const both = (app: string): readonly object[] => ['web', 'api'].map((name) => ({ ...web(app), metadata: { name } }));

test('what is made anew counts among the deletions of a minute, and is not deleted twice', async () => {
  const namespace = await testNamespace(client, 'recreate');
  const options = { prune: true, recreate: true } as const;
  await push(client, namespace, both('one'));
  const held = { metadata: { finalizers: ['example.dev/held'] } };
  for (const name of ['web', 'api']) await client.patch({ ...key(namespace), name }, held, { type: 'merge' });
  let [now, taken] = [0, 0];
  const budget = createDeletionBudget({ perMinute: 1, now: () => now, empty: false });
  const deletions: DeletionBudget = {
    ...budget,
    // Who waits asks at once: time goes on only here.
    delayFor: () => 0,
    take: () => budget.take() && (taken += 1) > 0,
  };
  const told: string[] = [];
  const released = new Map<string, Promise<unknown>>();
  const release = (each: ObjectKey): void => {
    if (released.has(each.name)) return;
    released.set(each.name, client.patch(each, { metadata: { finalizers: null } }, { type: 'merge' }));
  };
  const report = await push(client, namespace, both('two'), {
    options,
    deletions,
    onWait: (waits) => {
      told.push(...waits.map(({ message }) => message));
      const [first] = waits;
      if (first?.retryAfter === undefined) {
        for (const wait of waits) release(wait.key);
      } else {
        expect(taken).toBe(1);
        now += 60_000;
      }
    },
  });
  await Promise.all(released.values());
  expect(report.problems).toEqual([]);
  expect(actionsOf(report)).toEqual(['Deployment api recreated', 'Deployment web recreated']);
  expect(told[0]).toMatch(/^its deletion waits, as no more than 1 may begin in a minute/);
  expect(taken).toBe(2);
});

test('who is interrupted while the old one goes, goes on with the new one', async () => {
  const namespace = await testNamespace(client, 'recreate');
  const wish = { 'plumbline.dev/recreate': 'true' };
  await push(client, namespace, [web('one', wish)]);
  const held = { metadata: { finalizers: ['example.dev/held'] } };
  const before = (await client.patch(key(namespace), held, { type: 'merge' })).metadata.uid;
  const killer = new AbortController();
  const killed = push(client, namespace, [web('two', wish)], {
    signal: killer.signal,
    onWait: () => killer.abort(new Error('killed')),
  });
  await expect(killed).rejects.toThrow('killed');
  expect((await client.get(key(namespace)))?.metadata.deletionTimestamp).toBeDefined();
  let released: Promise<unknown> | undefined;
  const report = await push(client, namespace, [web('two', wish)], {
    onWait: (waits) => {
      expect(waits[0]?.message).toContain('held by example.dev/held');
      released ??= client.patch(key(namespace), { metadata: { finalizers: null } }, { type: 'merge' });
    },
  });
  await released;
  expect(report.problems).toEqual([]);
  const after = await client.get(key(namespace));
  expect(after?.metadata.uid).not.toBe(before);
  expect(after?.spec).toMatchObject({ selector: { matchLabels: { app: 'two' } } });
});
