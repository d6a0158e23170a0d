import { expect, onTestFinished, test } from 'vitest';
import { anyDefinition } from '../../test/support/crds.ts';
import { hookJob, type JobWatch, watchJobs } from '../../test/support/hooks.ts';
import { clientOfFile, testNamespace } from '../../test/support/kube-client.ts';
import { actionsOf, configMapOf, push } from '../../test/support/sync-cluster.ts';
import type { KubeObject } from '../object.ts';
import { lifetime, limit } from '../../test/support/limit.ts';

const client = clientOfFile();

const bounded = () => ({ signal: limit() });
const policy = 'argocd.argoproj.io/hook-delete-policy';

async function open(prefix: string): Promise<{ readonly namespace: string; readonly jobs: JobWatch }> {
  const namespace = await testNamespace(client, prefix);
  const jobs = await watchJobs(client, namespace, lifetime());
  onTestFinished(() => jobs.stop());
  return { namespace, jobs };
}

async function jobsIn(namespace: string): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  for await (const job of client.list({ group: 'batch', kind: 'Job' }, { namespace, ...bounded() })) found.push(job);
  return found.filter(
    ({ metadata }) => !metadata.name.startsWith('marker-') && metadata.deletionTimestamp === undefined,
  );
}

const namesIn = async (namespace: string): Promise<readonly string[]> =>
  (await jobsIn(namespace)).map(({ metadata }) => metadata.name).toSorted();

const annotated = (object: object, annotations: Record<string, string>): object => {
  const { metadata, ...rest } = object as KubeObject;
  return { ...rest, metadata: { ...metadata, annotations } };
};

test('hooks run before, with and after the objects, wave by wave, and each ends before the next begins', async () => {
  const { namespace, jobs } = await open('phases');
  const written: string[] = [];
  const set = [
    hookJob('after', 'PostSync'),
    hookJob('along', 'Sync', { annotations: { 'argocd.argoproj.io/sync-wave': '1' } }),
    configMapOf('settings', 'x'),
    annotated(configMapOf('late', 'x'), { 'argocd.argoproj.io/sync-wave': '2' }),
    hookJob('second', 'PreSync', { annotations: { 'argocd.argoproj.io/sync-wave': '1' } }),
    hookJob('first', 'PreSync'),
    hookJob('never', 'SyncFail'),
    hookJob('skipped', 'Skip'),
  ];
  const report = await push(client, namespace, set, { onWrite: ({ metadata }) => note(written, metadata.name) });
  expect([report.outcome, report.problems]).toEqual(['synced', []]);
  expect(written).toEqual(['first', 'second', 'settings', 'along', 'late', 'after']);
  expect(await jobs.runs()).toEqual({ first: 1, second: 1, along: 1, after: 1 });
  expect(actionsOf(report)).toEqual(['ConfigMap late created', 'ConfigMap settings created']);
  expect(report.hooks.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual([
    'PostSync Succeeded',
    'Sync Succeeded',
    'PreSync Succeeded',
    'PreSync Succeeded',
  ]);
  const ended = await jobsIn(namespace);
  expect(ended.map(({ metadata }) => metadata.finalizers ?? [])).toEqual([[], [], [], []]);
  const at = (name: string, field: 'completionTime' | 'startTime'): number => {
    const status = ended.find(({ metadata }) => metadata.name === name)?.status as Record<string, string> | undefined;
    return Date.parse(status?.[field] ?? '');
  };
  expect(at('first', 'completionTime')).toBeLessThanOrEqual(at('second', 'startTime'));
  expect(at('second', 'completionTime')).toBeLessThanOrEqual(at('along', 'startTime'));
  expect(at('along', 'completionTime')).toBeLessThanOrEqual(at('after', 'startTime'));
});

/** Notes a name when it comes for the first time: an object is written more than once. */
function note(names: string[], name: string): void {
  if (!names.includes(name)) names.push(name);
}

test('each sync runs its hooks anew; what is there of the last is deleted first, unless it has a name of its own', async () => {
  const { namespace, jobs } = await open('anew');
  const set = [hookJob('named', 'PreSync'), hookJob('own-', 'PostSync'), configMapOf('settings', 'x')];
  for (let count = 0; count < 2; count += 1) {
    const report = await push(client, namespace, set);
    expect([report.outcome, report.problems]).toEqual(['synced', []]);
  }
  const runs = await jobs.runs();
  expect(runs.named).toBe(2);
  expect(Object.keys(runs).filter((name) => /^own-[0-9a-f]{8}$/.test(name))).toHaveLength(2);
  expect(await namesIn(namespace)).toHaveLength(3);
  // Hooks are no members: nothing prunes them, and nothing is pruned for them.
  const report = await push(client, namespace, [configMapOf('settings', 'x')]);
  expect(actionsOf(report)).toEqual(['ConfigMap settings unchanged']);
  expect(await namesIn(namespace)).toHaveLength(3);
});

test('hooks go as their policies say', async () => {
  const { namespace, jobs } = await open('policies');
  const set = [
    hookJob('kept', 'PreSync'),
    hookJob('succeeded', 'PreSync', { annotations: { [policy]: 'HookSucceeded' } }),
    hookJob('swept', 'PostSync', { annotations: { [policy]: 'HookSucceeded' }, spec: { ttlSecondsAfterFinished: 0 } }),
    configMapOf('settings', 'x'),
  ];
  const first = await push(client, namespace, set);
  expect([first.outcome, first.problems]).toEqual(['synced', []]);
  expect(await namesIn(namespace)).toEqual(['kept']);
  const failing = [
    hookJob('succeeded', 'PreSync', { annotations: { [policy]: 'HookSucceeded' } }),
    hookJob('failed', 'Sync', { ends: 'Failed', annotations: { [policy]: 'HookFailed' } }),
    hookJob('evidence', 'Sync', { ends: 'Failed', annotations: { [policy]: 'HookSucceeded' } }),
    configMapOf('settings', 'y'),
  ];
  const second = await push(client, namespace, failing);
  expect(second.outcome).toBe('failed');
  expect(new Set(second.problems.map(({ code }) => code))).toEqual(new Set(['sync.hook-failed']));
  expect(await namesIn(namespace)).toEqual(['evidence', 'kept']);
  // What failed and was kept does not stand in the way of the next run.
  const third = await push(client, namespace, failing);
  expect(third.outcome).toBe('failed');
  expect(await jobs.runs()).toMatchObject({ kept: 1, swept: 1, succeeded: 3, evidence: 2, failed: 2 });
});

test('a sync that fails is answered by its SyncFail hooks, and nothing after the failure runs', async () => {
  const { namespace, jobs } = await open('syncfail');
  const set = [
    hookJob('before', 'PreSync', { ends: 'Failed' }),
    hookJob('after', 'PostSync'),
    hookJob('answer', 'SyncFail'),
    configMapOf('settings', 'x'),
  ];
  const report = await push(client, namespace, set);
  expect(report.outcome).toBe('failed');
  expect(report.problems.map(({ code, where }) => [code, where?.object, where?.file])).toEqual([
    ['sync.hook-failed', `batch/Job ${namespace}/before`, '0.yaml'],
  ]);
  expect(actionsOf(report)).toEqual(['ConfigMap settings skipped']);
  expect(await jobs.runs()).toEqual({ before: 1, answer: 1 });
  // The answer has ended, too, when the sync has.
  expect(report.hooks.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual([
    'PreSync Failed',
    'SyncFail Succeeded',
  ]);
});

test('hooks are tried on the server before anything is applied', async () => {
  const { namespace, jobs } = await open('rejected');
  const wrong = hookJob('wrong', 'PostSync', { spec: { backoffLimit: -1 } });
  const report = await push(client, namespace, [hookJob('before', 'PreSync'), wrong, configMapOf('settings', 'x')]);
  expect(report.outcome).toBe('rejected');
  expect(report.problems.map(({ where }) => [where?.file, where?.field])).toEqual([['1.yaml', 'spec.backoffLimit']]);
  expect(await jobs.runs()).toEqual({});
});

test('what has the name of a hook and is none stays, and the sync says so; what is one of Helm is replaced', async () => {
  const { namespace, jobs } = await open('names');
  const mine = { ...(hookJob('taken', '', { spec: { suspend: true } }) as KubeObject) };
  await client.create({ ...mine, metadata: { name: 'taken', namespace } });
  const set = [hookJob('taken', 'PreSync'), configMapOf('settings', 'x')];
  const refused = await push(client, namespace, set);
  expect(refused.problems.map(({ code }) => code)).toEqual(['sync.claimed']);
  expect(await jobs.runs()).toEqual({ taken: 1 });
  const annotations = { 'helm.sh/hook': 'pre-install' };
  const ref = { group: 'batch', kind: 'Job', namespace, name: 'taken' };
  await client.patch(ref, { metadata: { annotations } }, { type: 'merge', ...bounded() });
  const taken = await push(client, namespace, set);
  expect([taken.outcome, taken.problems]).toEqual(['synced', []]);
  expect(await jobs.runs()).toEqual({ taken: 2 });
});

test('hooks of any kind: a Pod has ended when its containers have, what has no end is done when it is there', async () => {
  const { namespace } = await open('kinds');
  const hook = { 'plumbline.dev/hook': 'PreSync' };
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'runner', annotations: hook } };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'check', annotations: hook },
    spec: { restartPolicy: 'Never', serviceAccountName: 'runner', containers: [{ name: 'c', image: 'nginx' }] },
  };
  const ref = { group: '', kind: 'Pod', namespace, name: 'check' };
  const waited: string[] = [];
  let ended: Promise<unknown> | undefined;
  const report = await push(client, namespace, [pod, account, configMapOf('settings', 'x')], {
    onWait: (waits) => {
      waited.push(...waits.map(({ key, message }) => `${key.name}: ${message}`));
      if (!waited.includes('check: it is Progressing: its containers run')) return;
      ended ??= client.patch(
        ref,
        { status: { phase: 'Succeeded' } },
        { type: 'merge', subresource: 'status', ...bounded() },
      );
    },
  });
  await ended;
  expect([report.outcome, report.problems]).toEqual(['synced', []]);
  expect(waited).toContain('check: it is Progressing: its containers run');
});

test('a hook that holds more is changed in place: a definition whatever its policy says, a namespace unless one is named', async () => {
  const { namespace } = await open('holding');
  const group = `${namespace}.test.plumbline.dev`;
  const hook = { 'helm.sh/hook': 'pre-install,pre-upgrade' };
  const definition = annotated(anyDefinition('Widget', group), {
    ...hook,
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
  });
  const holding = (name: string, value: string, more: Record<string, string> = {}): object => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `${namespace}-${name}`, annotations: { ...hook, ...more }, labels: { 'example.dev/at': value } },
  });
  const set = (value: string) => [
    definition,
    holding('kept', value),
    holding('anew', value, { 'helm.sh/hook-delete-policy': 'before-hook-creation' }),
    configMapOf('settings', value),
  ];
  const refs = [
    { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', namespace: '', name: `widgets.${group}` },
    { group: '', kind: 'Namespace', namespace: '', name: `${namespace}-kept` },
    { group: '', kind: 'Namespace', namespace: '', name: `${namespace}-anew` },
  ];
  const found = () => Promise.all(refs.map((ref) => client.get(ref, bounded())));
  expect((await push(client, namespace, set('1'))).problems).toEqual([]);
  const before = await found();
  const ofWidget = { group, kind: 'Widget', namespace, name: 'one' };
  // Its kind is served a moment after its definition is established.
  const annotations = { 'plumbline.dev/missing-kind': 'wait' };
  const widget = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one', annotations }, spec: { a: 1 } };
  expect((await push(client, namespace, [widget], { name: 'widgets' })).problems).toEqual([]);
  const made = await client.get(ofWidget, bounded());
  expect((await push(client, namespace, set('2'))).problems).toEqual([]);
  const after = await found();
  const isSame = after.map((object, index) => object?.metadata.uid === before[index]?.metadata.uid);
  expect(isSame).toEqual([true, true, false]);
  expect(after.slice(1).map((object) => object?.metadata.labels?.['example.dev/at'])).toEqual(['2', '2']);
  expect(made).toBeDefined();
  const still = await client.get(ofWidget, bounded());
  expect(still?.metadata.uid).toBe(made?.metadata.uid);
});
