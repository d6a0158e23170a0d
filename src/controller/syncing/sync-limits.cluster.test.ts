import { expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { hookJob } from '../../../test/support/hooks.ts';
import { controllerOfEachTest, jobsOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('limits');
const jobs = jobsOfEachTest(bench);

const settings = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata: {value: ${JSON.stringify(value)}}\n`;
const path = (): string => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const value = async (): Promise<unknown> =>
  ((await bench.kube.call('GET', `${path()}/settings`)) as { readonly data?: { readonly value?: string } }).data?.value;

/** A clock that shows this time now, and goes on from there. */
function clockAt(time: string): () => number {
  const offset = Date.parse(time) - Date.now();
  return () => Date.now() + offset;
}

const ask = (id: string): Promise<void> =>
  bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/syncRequestedAt': id } } });

test('nothing begins outside the sync windows, by hand neither, and all does when one opens', async () => {
  const windows = [{ kind: 'Allow', schedule: '0 13 * * *', duration: '1h' }];
  const first = await bench.repository.commit({ 'settings.yaml': settings('one') });
  await bench.createRepository();
  await bench.createApplication('web', { sync: { windows } });
  let controller = bench.start({ now: clockAt('2026-06-01T13:10:00Z') });
  const open = await bench.application('web', isReadyAt(first));
  expect(open.status?.window).toEqual({ open: true, manual: true, changesAt: '2026-06-01T14:00:00Z' });
  await controller.stop();

  controller = bench.start({ now: clockAt('2026-06-02T10:00:00Z') });
  await bench.repository.commit({ 'settings.yaml': settings('two') });
  controller.trigger();
  const closed = await bench.application('web', hasCondition('Synced', 'False', 'OutsideSyncWindow'));
  expect(messageOf(closed, 'Synced')).toBe('its sync windows let nothing begin until 2026-06-02T13:00:00Z');
  expect(closed.status?.window).toEqual({ open: false, manual: false, changesAt: '2026-06-02T13:00:00Z' });
  await ask('refused');
  const refused = await bench.application('web', ({ status }) => status?.handledSyncRequest === 'refused');
  expect(refused.status?.request?.outcome).toBe('Refused');
  expect(await value()).toBe('one');

  // A window may let people through all the same.
  await bench.patchApplication('web', { spec: { sync: { windows: [{ ...windows[0], manual: true }] } } });
  await bench.application('web', ({ status }) => status?.window?.manual === true);
  await ask('allowed');
  await bench.application('web', ({ status }) => status?.handledSyncRequest === 'allowed');
  expect(await value()).toBe('two');
  // What drifts is left and told.
  await bench.kube.call('PATCH', `${path()}/settings`, { data: { value: 'drifted' } });
  await bench.application('web', ({ status }) => status?.drift?.objects === 1);
  expect(await value()).toBe('drifted');
  await controller.stop();

  // No commit and no request: the boundary itself wakes it.
  bench.start({ now: clockAt('2026-06-02T12:59:58Z') });
  await bench.application('web', ({ status }) => status?.window?.open === true && status.drift?.objects === 0);
  expect(await value()).toBe('two');

  const wrong = [{ kind: 'Deny', schedule: '99 * * * *', duration: '1h' }];
  await bench.patchApplication('web', { spec: { sync: { windows: wrong } } });
  await bench.kube.call('PATCH', `${path()}/settings`, { data: { value: 'again' } });
  const invalid = await bench.application('web', hasCondition('Stalled', 'True', 'WindowInvalid'));
  expect(messageOf(invalid, 'Synced')).toContain('spec.sync.windows[0]');
});

test('a sync that fails is tried again as often as it may, also over a restart, until Git moves', async () => {
  await bench.repository.commit({ 'settings.yaml': `${settings('one')}wrong: true\n` });
  await bench.createRepository();
  const retry = { limit: 2, backoff: { duration: '50ms' } };
  await bench.createApplication('web', { sync: { retry } });
  const controller = bench.start();
  const failed = await bench.application('web', hasCondition('Stalled', 'True', 'Rejected'));
  expect(messageOf(failed, 'Synced')).toContain('it has failed 3 times, and is not tried again');
  expect(failed.status?.retry).toMatchObject({ attempts: 3, left: 1 });
  expect(failed.status?.history).toHaveLength(1);
  await controller.stop();

  const next = bench.start();
  // It does not try: a change of the Application is another chance.
  await bench.patchApplication('web', { spec: { sync: { retry: { ...retry, limit: 0 } } } });
  const again = await bench.application('web', ({ status }) => status?.retry?.generation === 2);
  expect(again.status?.retry?.attempts).toBe(1);
  expect(messageOf(again, 'Synced')).toContain('sync.retries-exhausted');
  expect(bench.logged.filter(({ message }) => message === 'sync failed')).toHaveLength(4);

  const mended = await bench.repository.commit({ 'settings.yaml': settings('two') });
  next.trigger();
  const synced = await bench.application('web', isReadyAt(mended));
  expect(synced.status?.retry).toBeUndefined();
});

test('a sync that waits too long fails with what it waits for; its hook is ended, and that is answered', async () => {
  await bench.repository.commit({
    'settings.yaml': settings('one'),
    'slow.json': JSON.stringify(hookJob('slow', 'PreSync', { ends: 'never' })),
    'answer.json': JSON.stringify(hookJob('answer', 'SyncFail')),
  });
  await bench.createRepository();
  await bench.createApplication('web', { sync: { timeout: '300ms', retry: { limit: 0 } } });
  bench.start();
  const failed = await bench.application('web', hasCondition('Synced', 'False', 'SyncFailed'));
  expect(messageOf(failed, 'Synced')).toContain(
    'it has not come to its end within 300ms: the end of PreSync waits for:',
  );
  expect(messageOf(failed, 'Synced')).toContain(`batch/Job ${bench.namespace}/slow`);
  expect(hasCondition('Stalled', 'True')(failed)).toBe(true);
  expect(failed.status?.operation).toBeUndefined();
  expect(await jobs.runs()).toEqual({ slow: 1, answer: 1 });
  const left = await bench.kube.call('GET', `/apis/batch/v1/namespaces/${bench.namespace}/jobs`);
  const running = (left.items ?? []).filter(({ metadata }) => metadata.name === 'slow');
  expect(running.every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
});
