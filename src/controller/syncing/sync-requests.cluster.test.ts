import { afterEach, expect, test } from 'vitest';
import { type InstalledPolicy, installActionPolicy } from '../../../test/support/action-policy.ts';
import { hasCondition, messageOf } from '../../../test/support/controller.ts';
import { hookJob } from '../../../test/support/hooks.ts';
import { controllerOfEachTest, jobsOfEachTest } from '../../../test/support/scene.ts';
import type { Application } from '../../api/index.ts';
import { askForStop } from '../../requests.ts';
import type { SyncRequest } from '../../sync-request.ts';
import { limit } from '../../../test/support/limit.ts';

const bench = controllerOfEachTest('requests');
const jobs = jobsOfEachTest(bench);
let policy: InstalledPolicy | undefined;
afterEach(async () => {
  await policy?.remove();
  policy = undefined;
});

const settings = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: {value: ${JSON.stringify(value)}}\n`;

const values = async (): Promise<Readonly<Record<string, string>>> => {
  const { items = [] } = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps`);
  const maps = items as unknown as readonly { metadata: { name: string }; data?: { value?: string } }[];
  const own = maps.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
  return Object.fromEntries(own.map(({ metadata, data }) => [metadata.name, data?.value ?? '']));
};

const ask = (text: string): Promise<void> =>
  bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/syncRequestedAt': text } } });
const request = (asked: Partial<SyncRequest> & Pick<SyncRequest, 'id'>): Promise<void> => ask(JSON.stringify(asked));
const answered =
  (id: string) =>
  ({ status }: Application): boolean =>
    status?.handledSyncRequest === id && status.request?.id === id;

const byHand = { sync: { automated: false } };

test('chosen objects are synced alone: nothing else is applied or pruned, no hook runs, the revision stays', async () => {
  const first = await bench.repository.commit({
    'a.yaml': settings('a', 'one'),
    'b.yaml': settings('b', 'one'),
    'old.yaml': settings('old', 'one'),
    'hook.json': JSON.stringify(hookJob('hook', 'PreSync')),
  });
  await bench.createRepository();
  await bench.createApplication('web', byHand);
  const controller = bench.start();
  await bench.application('web', hasCondition('Synced', 'False', 'OutOfSync'));
  await ask('all');
  const before = await bench.application('web', answered('all'));
  expect(before.status).toMatchObject({ revision: first, request: { outcome: 'Succeeded', action: 'Sync' } });

  const second = await bench.repository.commit({
    'a.yaml': settings('a', 'two'),
    'b.yaml': settings('b', 'two'),
    'old.yaml': null,
  });
  controller.trigger();
  await bench.application('web', (seen) => messageOf(seen, 'Synced').startsWith('2 objects differ'));
  await request({ id: 'part', resources: [{ kind: 'ConfigMap', name: 'a' }] });
  const part = await bench.application('web', answered('part'));
  expect(part.status?.request).toMatchObject({ outcome: 'Succeeded' });
  expect(await values()).toEqual({ a: 'two', b: 'one', old: 'one' });
  const after = await bench.application('web', (seen) => messageOf(seen, 'Synced').startsWith('1 objects differ'));
  expect(after.status?.revision).toBe(first);
  expect(after.status?.digest).toBe(before.status?.digest);
  expect(after.status?.history).toEqual(before.status?.history);
  expect(await jobs.runs()).toEqual({ hook: 1 });

  await request({ id: 'none', resources: [{ kind: 'ConfigMap', name: 'c' }] });
  const refused = await bench.application('web', answered('none'));
  expect(messageOf(refused, 'SyncRequest')).toBe('these are no objects of it: ConfigMap/c');
  expect(hasCondition('SyncRequest', 'False', 'Refused')(refused)).toBe(true);

  await ask('{"id": "bad", "resources": "all"}');
  const bad = await bench.application('web', ({ status }) => status?.request?.action === 'Unknown');
  expect(messageOf(bad, 'SyncRequest')).toContain('/resources');

  await request({ id: 'gone', resources: [{ group: '', kind: 'ConfigMap', name: 'old' }] });
  await bench.application('web', answered('gone'));
  expect(await values()).toEqual({ a: 'two', b: 'one' });

  await ask('rest');
  const rest = await bench.application('web', answered('rest'));
  expect(rest.status?.revision).toBe(second);
  expect(await values()).toEqual({ a: 'two', b: 'two' });
});

test('a sync of which nothing can come is answered with the reason, and whoever asked need not wait', async () => {
  await bench.repository.commit({ 'a.yaml': settings('a', 'one'), 'b.yaml': settings('b', 'one') });
  await bench.createRepository();
  await bench.createApplication('web', { sync: { pruneLimit: { objects: 0 } } });
  const controller = bench.start();
  await bench.application('web', hasCondition('Ready', 'True'));
  await bench.repository.commit({ 'b.yaml': null });
  controller.trigger();
  await bench.application('web', hasCondition('Synced', 'False', 'PruneBlocked'));
  await request({ id: 'blocked', action: 'Sync' });
  const blocked = await bench.application('web', answered('blocked'));
  expect(blocked.status?.request?.outcome).toBe('Failed');
  expect(blocked.status?.request?.message).toContain(blocked.status?.approval?.token);

  await bench.repository.commit({ 'a.yaml': 'kind: [' });
  controller.trigger();
  await bench.application('web', hasCondition('Synced', 'False', 'RenderFailed'));
  await request({ id: 'broken', action: 'Sync' });
  const broken = await bench.application('web', answered('broken'));
  expect(broken.status?.request).toMatchObject({ outcome: 'Failed', message: expect.stringContaining('a.yaml') });
  expect(await values()).toEqual({ a: 'one', b: 'one' });
});

test('another revision is synced once and not held; where syncing is automated, that is refused', async () => {
  const first = await bench.repository.commit({ 'a.yaml': settings('a', 'one') });
  const second = await bench.repository.commit({ 'a.yaml': settings('a', 'two') });
  await bench.createRepository();
  await bench.createApplication('web', byHand);
  const controller = bench.start();
  await bench.application('web', hasCondition('Synced', 'False', 'OutOfSync'));
  await request({ id: 'old', revision: first });
  const old = await bench.application('web', answered('old'));
  expect(old.status).toMatchObject({
    revision: first,
    request: { outcome: 'Succeeded' },
    history: [{ revision: first, by: 'manual', outcome: 'Succeeded' }],
  });
  expect(await values()).toEqual({ a: 'one' });
  // Git is still at the other one, and a restart does not sync the old one again.
  await bench.application('web', (seen) => messageOf(seen, 'Synced').startsWith('1 objects differ'));
  await controller.stop();
  bench.start();
  await ask('newest');
  const newest = await bench.application('web', answered('newest'));
  expect(newest.status?.revision).toBe(second);
  expect(await values()).toEqual({ a: 'two' });

  const missing = 'f'.repeat(40);
  await request({ id: 'missing', revision: missing });
  const unknown = await bench.application('web', answered('missing'));
  expect(messageOf(unknown, 'SyncRequest')).toContain(`holds no commit ${missing}`);
  await bench.patchApplication('web', { spec: { sync: { automated: true } } });
  await request({ id: 'automated', revision: first });
  const refused = await bench.application('web', answered('automated'));
  expect(messageOf(refused, 'SyncRequest')).toContain('plumb rollback');
  expect(refused.status?.revision).toBe(second);
});

const hook = (name: string, phase: string, ends?: 'never'): string =>
  JSON.stringify(hookJob(name, phase, ends && { ends }));

test('a sync that is stopped ends where it is, and is not begun again until somebody moves', async () => {
  await bench.repository.commit({
    'a.yaml': settings('a', 'one'),
    'hook.json': hook('slow', 'PostSync', 'never'),
    'answer.json': hook('answer', 'SyncFail'),
  });
  await bench.createRepository();
  await bench.createApplication('web', {});
  policy = await installActionPolicy(bench, 'web');
  const controller = bench.start({ actionPolicy: policy.actionPolicy });
  await bench.application('web', (seen) => messageOf(seen, 'Synced').startsWith('the end of PostSync'));
  await askForStop(
    { client: bench.client, signal: limit(), by: 'ada' },
    { namespace: bench.namespace, name: 'web' },
    'stop',
  );
  const stopped = await bench.application('web', answered('stop'));
  expect(hasCondition('Synced', 'False', 'Stopped')(stopped)).toBe(true);
  expect(messageOf(stopped, 'Synced')).toContain('stopped by ada');
  expect(stopped.status?.operation).toBeUndefined();
  expect(stopped.status?.history).toMatchObject([{ outcome: 'Stopped', stoppedBy: 'ada', changed: 1 }]);
  expect(await values()).toEqual({ a: 'one' });

  await request({ id: 'again', action: 'Stop' });
  const idle = await bench.application('web', answered('again'));
  expect(idle.status?.request).toMatchObject({
    outcome: 'Succeeded',
    action: 'Stop',
    message: 'nothing was stopped: no sync is under way or about to begin',
  });

  // Neither a restart nor drift has it begun again.
  await controller.stop();
  const next = bench.start();
  await bench.kube.call('DELETE', `/api/v1/namespaces/${bench.namespace}/configmaps/a`);
  await bench.application('web', ({ status }) => status?.health === 'Missing');
  expect(await values()).toEqual({});
  expect(await jobs.runs()).toEqual({ slow: 1 });

  const commit = await bench.repository.commit({ 'hook.json': hook('slow', 'PostSync') });
  next.trigger();
  const synced = await bench.application('web', ({ status }) => status?.revision === commit);
  expect(synced.status?.stopped).toBeUndefined();
  expect(await values()).toEqual({ a: 'one' });
  expect(await jobs.runs()).toEqual({ slow: 2 });
});
