import { expect, onTestFinished, test } from 'vitest';
import { namespaceName } from '../../../test/support/cluster.ts';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { hookJob, watchJobs } from '../../../test/support/hooks.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, jobsOfEachTest } from '../../../test/support/scene.ts';
import type { Application } from '../../api/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';

const bench = controllerOfEachTest('hooks');
const jobs = jobsOfEachTest(bench);

const settings = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata: {value: ${JSON.stringify(value)}}\n`;

const files = (...hooks: readonly object[]): Record<string, string> =>
  Object.fromEntries(hooks.map((hook, index) => [`hook-${index}.json`, JSON.stringify(hook)]));

/** Lets the pods run that wait for a node of this test. */
async function openNode(label: string): Promise<void> {
  const nodes = await bench.kube.call('GET', '/api/v1/nodes');
  const [node] = (nodes as unknown as { readonly items: readonly { readonly metadata: { readonly name: string } }[] })
    .items;
  await bench.kube.call('PATCH', `/api/v1/nodes/${node?.metadata.name}`, { metadata: { labels: { [label]: 'here' } } });
}

const waitsForPreSync = (seen: Application): boolean => messageOf(seen, 'Synced').startsWith('the end of PreSync');

test('hooks run once for each content of Git, again when asked, and not when drift is reverted', async () => {
  const hooks = files(hookJob('before', 'PreSync'), hookJob('after', 'PostSync'));
  const first = await bench.repository.commit({ 'settings.yaml': settings('one'), ...hooks });
  await bench.createRepository();
  await bench.createApplication('web', {});
  const controller = bench.start();
  const synced = await bench.application('web', isReadyAt(first));
  expect(synced.status?.operation).toBeUndefined();
  expect(synced.status?.synced?.objects).toBe(1);
  expect(await jobs.runs()).toEqual({ after: 1, before: 1 });

  const path = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  await bench.kube.call('PATCH', `${path}/settings`, { data: { value: 'drifted' } });
  await bench.application('web', ({ status }) => status?.history?.[0]?.by === 'drift');
  expect(await jobs.runs()).toEqual({ after: 1, before: 1 });

  const second = await bench.repository.commit({ 'settings.yaml': settings('two') });
  controller.trigger();
  await bench.application('web', isReadyAt(second));
  expect(await jobs.runs()).toEqual({ after: 2, before: 2 });

  await bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/syncRequestedAt': 'now' } } });
  await bench.application('web', ({ status }) => status?.handledSyncRequest === 'now');
  expect(await jobs.runs()).toEqual({ after: 3, before: 3 });

  // Nothing but a hook has changed: that is a change of what Git asks for, too.
  const third = await bench.repository.commit(files(hookJob('before', 'PreSync', { spec: { backoffLimit: 1 } })));
  controller.trigger();
  await bench.application('web', isReadyAt(third));
  expect(await jobs.runs()).toEqual({ after: 4, before: 4 });
});

test('the status says which hook is waited for; a hook that fails fails the sync and is answered', async () => {
  const label = `example.dev/${bench.namespace}`;
  await bench.repository.commit({
    'settings.yaml': settings('one'),
    ...files(hookJob('slow', 'PreSync', { node: label, ends: 'Failed' }), hookJob('answer', 'SyncFail')),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  bench.start();
  const waiting = await bench.application('web', waitsForPreSync);
  expect(messageOf(waiting, 'Synced')).toContain(`batch/Job ${bench.namespace}/slow: it is Progressing`);
  expect(waiting.status?.operation).toMatchObject({ phase: 'PreSync', done: [], by: 'automated' });
  await openNode(label);
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'SyncFailed'));
  expect(messageOf(failed, 'Synced')).toContain('sync.hook-failed');
  expect((await jobs.runs()).answer).toBeGreaterThanOrEqual(1);
});

test('a hook whose namespace goes while it runs fails its sync, and runs once more when that is made anew', async () => {
  const going = namespaceName('hooks-going');
  const namespaces = '/api/v1/namespaces';
  const make = () => bench.kube.call('POST', namespaces, { metadata: { name: going } });
  await make();
  const there = await watchJobs(bench.client, going, limit());
  onTestFinished(() => there.stop());
  const label = `example.dev/${bench.namespace}`;
  const { metadata, ...job } = hookJob('slow', 'PreSync', { node: label }) as KubeObject;
  const hook = { ...job, metadata: { ...metadata, namespace: going } };
  const commit = await bench.repository.commit({ 'settings.yaml': settings('one'), ...files(hook) });
  await bench.createRepository();
  await bench.createApplication('web', { sync: { retry: { limit: 0 } } });
  bench.start();
  await bench.application('web', waitsForPreSync);
  await bench.kube.call('DELETE', `${namespaces}/${going}`);
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'SyncFailed'));
  const id = `batch/Job ${going}/slow`;
  const told = messageOf(failed, 'Synced');
  expect(told).toContain(`${id}: the hook has failed: `);
  expect(told).toContain(`; its namespace ${going} is being deleted (sync.hook-failed)`);
  expect(failed.status?.operation).toBeUndefined();
  // It is not kept by the hook.
  await bench.kube.untilGone(namespaces, going, limit());

  // Where it is tried again, it is refused for as long as there is no such namespace.
  const retry = { limit: null, backoff: { duration: '1s', maxDuration: '1s' } };
  await bench.patchApplication('web', { spec: { sync: { retry } } });
  const refused = await bench.application('web', hasCondition('Synced', 'False', 'Rejected'));
  expect(messageOf(refused, 'Synced')).toContain(id);
  expect(messageOf(refused, 'Synced')).toContain('kube.namespace-not-found');
  await make();
  await bench.application('web', waitsForPreSync);
  await openNode(label);
  await bench.application('web', isReadyAt(commit));
  expect(await there.runs()).toEqual({ slow: 2 });
});

const gateIn = (state: string): Record<string, string> => ({
  'gate.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'gate', annotations: { 'plumbline.dev/hook': 'PreSync' } },
    data: { state },
  }),
});

const waitsForGate = (seen: Application): boolean => messageOf(seen, 'Synced').includes('gate: it is Progressing');

test('a hook is judged by the rules of its Application: when it is made, when it changes, and when the rules do', async () => {
  const rule = { kind: 'ConfigMap', degraded: "object.data.state == 'ill'", message: "'told by a rule'" };
  const ruled = (progressing: string): object => ({
    health: { rules: [{ ...rule, progressing: `object.data.state == '${progressing}'`, otherwise: 'Healthy' }] },
  });
  await bench.repository.commit({ 'settings.yaml': settings('one'), ...gateIn('ill') });
  await bench.createRepository();
  await bench.createApplication('web', ruled('busy'));
  const controller = bench.start();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'SyncFailed'));
  expect(messageOf(failed, 'Synced')).toContain('the hook has failed: told by a rule');

  const second = await bench.repository.commit({ ...gateIn('busy'), 'settings.yaml': settings('two') });
  controller.trigger();
  await bench.application('web', waitsForGate);
  const gate = `/api/v1/namespaces/${bench.namespace}/configmaps/gate`;
  await bench.kube.call('PATCH', gate, { data: { state: 'done' } });
  await bench.application('web', isReadyAt(second));

  const third = await bench.repository.commit({ 'settings.yaml': settings('three') });
  controller.trigger();
  await bench.application('web', waitsForGate);
  await bench.patchApplication('web', { spec: ruled('slow') });
  await bench.application('web', isReadyAt(third));
});

test('a controller that dies at any write is followed by one that goes on there and runs no hook again', async () => {
  const policy = { 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' };
  const swept = { spec: { ttlSecondsAfterFinished: 0 } };
  const commit = await bench.repository.commit({
    'settings.yaml': settings('one'),
    ...files(
      hookJob('first', 'PreSync', { annotations: policy }),
      hookJob('second', 'PreSync', { annotations: { ...policy, 'argocd.argoproj.io/sync-wave': '1' } }),
      hookJob('swept', 'Sync', swept),
      hookJob('own-', 'Sync'),
      hookJob('after', 'PostSync', { annotations: policy }),
    ),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  // Each dies at another place: its first write is done and it never learns it, its second, and so on.
  let died = 0;
  for (let writes = 1; ; writes += 1) {
    const { client, death, bury } = mortal(bench.client, writes);
    const running = bench.start({ client });
    const ready = bench.application('web', isReadyAt(commit)).then(
      () => 'ready' as const,
      () => 'lost' as const,
    );
    const came = await Promise.race([death, ready]);
    const stopped = running.stop();
    bury();
    await stopped;
    if (came === 'ready') break;
    died += 1;
  }
  expect(died).toBeGreaterThan(5);
  const runs = await jobs.runs();
  const own = Object.keys(runs).find((name) => name.startsWith('own-')) ?? '';
  expect(runs).toEqual({ first: 1, second: 1, swept: 1, after: 1, [own]: 1 });
});

/** A client whose user dies with one of its writes: that one is done, and neither it nor a later one is ever answered. */
function mortal(client: KubeClient, writes: number) {
  const death = Promise.withResolvers<'died'>();
  const grave = Promise.withResolvers<never>();
  grave.promise.catch(() => undefined);
  let left = writes;
  const answered = async <T>(call: () => Promise<T>): Promise<T> => {
    if (left <= 0) return grave.promise;
    left -= 1;
    const last = left === 0;
    const answer = await call();
    if (!last) return left <= 0 ? grave.promise : answer;
    death.resolve('died');
    return grave.promise;
  };
  const dying: KubeClient = {
    ...client,
    apply: async (...given) => answered(() => client.apply(...given)),
    patch: async (...given) => answered(() => client.patch(...given)),
    delete: async (...given) => answered(() => client.delete(...given)),
  };
  return { client: dying, death: death.promise, bury: () => grave.reject(new Error('it is dead')) };
}
