import { expect, test } from 'vitest';
import { clientOfFile, testClient, testNamespace } from '../../test/support/kube-client.ts';
import { openReviewWebhook } from '../../test/support/review-webhook.ts';
import { actionsOf, configMapOf, push } from '../../test/support/sync-cluster.ts';
import type { SyncReport } from './index.ts';
import { lifetime, limit } from '../../test/support/limit.ts';

// What a cluster may answer to a sync besides yes.
const client = clientOfFile();

const problemsOf = ({ problems }: SyncReport) =>
  problems.map(({ code, where }) => `${where?.object?.split('/').at(-1)} ${code}`).toSorted();

async function names(namespace: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { metadata } of client.list({ group: '', kind: 'ConfigMap' }, { namespace }))
    if (/^(?:a|b|c|large)$/.test(metadata.name)) found.push(metadata.name);
  return found.toSorted();
}

const three = (value: string) => ['a', 'b', 'c'].map((name) => configMapOf(name, value));

test('a webhook that denies some objects stops the sync before anything is applied, and each is told in its words', async () => {
  const namespace = await testNamespace(client, 'denied');
  const webhook = await openReviewWebhook(client, namespace);
  webhook.decide = ({ name }) => (name === 'a' || name === 'c' ? `${name} is not wanted` : undefined);
  const report = await push(client, namespace, three('1'));
  expect(report.outcome).toBe('rejected');
  expect(problemsOf(report)).toEqual(['a kube.admission-denied', 'c kube.admission-denied']);
  expect(report.problems.map(({ message }) => message).toSorted()).toEqual([
    expect.stringContaining('a is not wanted'),
    expect.stringContaining('c is not wanted'),
  ]);
  expect(await names(namespace)).toEqual([]);
  expect(webhook.reviews.every(({ dryRun }) => dryRun)).toBe(true);
});

test('a webhook that lets everything pass in a dry run and then denies: what is applied stays, nothing is pruned', async () => {
  const namespace = await testNamespace(client, 'two-faced');
  const webhook = await openReviewWebhook(client, namespace);
  await push(client, namespace, three('1'));
  webhook.decide = ({ name, dryRun }) => (name === 'b' && !dryRun ? 'b is frozen' : undefined);
  const report = await push(client, namespace, [configMapOf('a', '2'), configMapOf('b', '2')]);
  expect([report.outcome, problemsOf(report)]).toEqual(['failed', ['b kube.admission-denied']]);
  expect(await names(namespace)).toEqual(['a', 'b', 'c']);
  webhook.decide = () => undefined;
  const again = await push(client, namespace, [configMapOf('a', '2'), configMapOf('b', '2')]);
  expect(actionsOf(again)).toEqual(['ConfigMap a unchanged', 'ConfigMap b configured', 'ConfigMap c pruned']);
});

test('a webhook that does not answer in time is told by its name, and in the way of nothing else', async () => {
  const namespace = await testNamespace(client, 'hanging');
  const webhook = await openReviewWebhook(client, namespace);
  webhook.decide = ({ name }) => (name === 'b' ? 'hang' : undefined);
  const impatient = await testClient({ patience: 1 });
  try {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
    const report = await push(impatient, namespace, [...three('1'), account]);
    expect([report.outcome, problemsOf(report)]).toEqual(['rejected', ['b kube.webhook-failed']]);
    expect(report.problems[0]?.message).toContain('reviews.example.org');
    const others = await push(impatient, namespace, [configMapOf('a', '1'), account]);
    expect([others.outcome, others.problems]).toEqual(['synced', []]);
  } finally {
    await impatient.close();
  }
  webhook.decide = () => undefined;
  const late = await push(client, namespace, three('1'));
  expect(late.outcome).toBe('synced');
});

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});

test('a quota that is used up fails what goes beyond it; when there is room the rest follows', async () => {
  const namespace = await testNamespace(client, 'quota');
  const quota = (services: number) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'narrow', namespace },
    spec: { hard: { 'count/services': String(services) } },
  });
  const manager = { fieldManager: 'admin' };
  // The quota counts once its controller has said what is used.
  const settled = async (services: number): Promise<void> => {
    await client.apply(quota(services), manager);
    const signal = limit();
    const isSettled = async (): Promise<boolean> => {
      const seen = await client.get({ group: '', kind: 'ResourceQuota', namespace, name: 'narrow' }, { signal });
      const status = seen?.['status'] as { hard?: Record<string, string>; used?: Record<string, string> } | undefined;
      return status?.hard?.['count/services'] === String(services) && status.used?.['count/services'] !== undefined;
    };
    while (!(await isSettled())) signal.throwIfAborted();
  };
  await settled(2);
  const services = ['a', 'b', 'c', 'd'].map(service);
  // A dry run counts each object alone, so that only the real thing tells.
  const report = await push(client, namespace, services);
  expect(report.outcome).toBe('failed');
  expect(report.problems.map(({ code }) => code)).toEqual(['kube.quota-exceeded', 'kube.quota-exceeded']);
  expect(report.results.filter(({ action }) => action === 'created')).toHaveLength(2);
  await settled(4);
  const rest = await push(client, namespace, services);
  expect(rest.outcome).toBe('synced');
  expect(rest.results.map(({ action }) => action).toSorted()).toEqual(['created', 'created', 'unchanged', 'unchanged']);
});

test('an object of a mebibyte is synced, compared and drifts like any other; one that is too large is told so', async () => {
  const namespace = await testNamespace(client, 'large');
  const size = 1 << 20;
  const large = (letter: string) => configMapOf('large', letter.repeat(size));
  expect(actionsOf(await push(client, namespace, [large('x')]))).toEqual(['ConfigMap large created']);
  expect(actionsOf(await push(client, namespace, [large('x')]))).toEqual(['ConfigMap large unchanged']);
  const live = await client.get({ group: '', kind: 'ConfigMap', namespace, name: 'large' });
  await client.update({ ...live, data: { value: 'hand' } } as typeof live & object);
  expect(actionsOf(await push(client, namespace, [large('x')]))).toEqual(['ConfigMap large configured']);
  // More than a ConfigMap holds, and more than the API server reads.
  for (const bytes of [size + 1, 4 << 20]) {
    const refused = await push(client, namespace, [configMapOf('a', 'x'), configMapOf('large', 'y'.repeat(bytes))]);
    expect([refused.outcome, refused.problems.length]).toEqual(['rejected', 1]);
    expect(refused.problems[0]?.where?.object).toContain('large');
    expect(JSON.stringify(refused.problems)).not.toContain('yyyy');
  }
  expect(await names(namespace)).toEqual(['large']);
});

test('five thousand objects in one set: all are there, a second look writes nothing, and most of them go again', async () => {
  const namespace = await testNamespace(client, 'many');
  const objects = Array.from({ length: 5_000 }, (_, index) => configMapOf(`object-${index}`, String(index % 7)));
  const bounded = { signal: lifetime() };
  const first = await push(client, namespace, objects, bounded);
  expect([first.outcome, first.problems]).toEqual(['synced', []]);
  expect(first.results.filter(({ action }) => action === 'created')).toHaveLength(5_000);
  const applies = client.counters.requests['apply'];
  const second = await push(client, namespace, objects, bounded);
  expect(new Set(second.results.map(({ action }) => action))).toEqual(new Set(['unchanged']));
  // Not even one dry run.
  expect(client.counters.requests['apply']).toBe(applies);
  const last = await push(client, namespace, objects.slice(0, 100), {
    ...bounded,
    options: { prune: true, pruneLimit: {} },
  });
  expect(last.results.filter(({ action }) => action === 'pruned')).toHaveLength(4_900);
}, 600_000);
