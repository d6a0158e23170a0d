import { setImmediate as othersFirst } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { type Exposition, parseExposition } from '../../../test/support/exposition.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfFile } from '../../../test/support/scene.ts';
import { createMetrics, type Metrics } from '../../metrics/index.ts';
import type { RunningController } from '../index.ts';

const bench = controllerOfFile('fights');
beforeAll(() => bench.createRepository());

const configMap = (name: string, data: object = { value: 'git' }): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

interface Seen {
  readonly metadata: { readonly name: string };
  readonly data?: { readonly value?: string };
}

const path = (): string => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const time = expect.stringMatching(/^\d{4}-/u);

function change(name: string, manager = 'rival'): Promise<unknown> {
  return bench.client.patch(
    { group: '', kind: 'ConfigMap', namespace: bench.namespace, name },
    { data: { value: manager } },
    { type: 'merge', fieldManager: manager, signal: limit() },
  );
}

function isBack(name: string): Promise<unknown> {
  return bench.kube.until(
    path(),
    (seen) => seen.metadata.name === name && (seen as unknown as Seen).data?.value === 'git',
    limit(),
  );
}

/** Timers that end when they are told to, or in their time. */
function heldTimers() {
  const pending = new Set<() => void>();
  return {
    schedule: (milliseconds: number, callback: () => void): (() => void) => {
      const end = (): void => {
        clearTimeout(timer);
        if (pending.delete(end)) callback();
      };
      const timer = setTimeout(end, milliseconds);
      pending.add(end);
      return () => {
        clearTimeout(timer);
        pending.delete(end);
      };
    },
    fire: (): void => {
      // What ends may begin others.
      const due = [...pending];
      for (const end of due) end();
    },
  };
}

/** Changes it until it is left so. */
async function fight(name: string, manager: string): Promise<void> {
  for (let count = 1; count <= 6; count++) {
    await change(name, manager);
    await isBack(name);
  }
  await change(name, manager);
}

async function valueOf(name: string): Promise<string | undefined> {
  return ((await bench.kube.call('GET', `${path()}/${name}`)) as unknown as Seen).data?.value;
}

/** Waits for an Event about an Application. */
function eventOf(application: string, reason: string, note: RegExp): Promise<unknown> {
  return bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (seen) => {
      const event = seen as unknown as { reason: string; note: string; regarding: { name: string } };
      return event.regarding.name === application && event.reason === reason && note.test(event.note);
    },
    limit(),
  );
}

test('who keeps changing a field is named and waited for, while other objects are put back', async () => {
  const commit = await bench.repository.commit({ 'a/one.yaml': configMap('one'), 'a/other.yaml': configMap('other') });
  // The time stands still: no pause ends because the machine is slow.
  let now = Date.now();
  const timers = heldTimers();
  const metrics = createMetrics({ version: '0.0.0', ofProcess: false });
  const settings = { now: () => now, scheduleLooks: timers.schedule, observer: metrics.observer };
  const goOn = (milliseconds: number): void => {
    now += milliseconds;
    timers.fire();
  };
  let controller = bench.start(settings);
  await controller.started;
  await bench.createApplication('a', { source: { repositoryRef: { name: 'apps' }, path: 'a' } });
  await bench.application('a', isReadyAt(commit));

  await fight('one', 'rival');
  const contested = await bench.application('a', hasCondition('Synced', 'False', 'DriftContested'));
  const id = `ConfigMap ${bench.namespace}/one`;
  expect(messageOf(contested, 'Synced')).toBe(
    `${id}: data.value was put back 6 times, and is changed again by rival; it is put back next at ${new Date(now + 2_000).toISOString()}`,
  );
  await eventOf('a', 'DriftContested', /one: data\.value was put back 6 times, and is changed again by rival/u);
  const told = await bench.application('a', ({ status }) => status?.drift?.changes !== undefined);
  expect(told.status?.drift).toEqual({
    objects: 1,
    reverted: 6,
    changes: [{ object: id, manager: 'rival', operation: 'Update', at: time, fields: ['data.value'] }],
    contested: [
      { object: id, manager: 'rival', fields: ['data.value'], reverts: 6, until: new Date(now + 2_000).toISOString() },
    ],
  });
  expect(messageOf(told, 'Drifted')).toMatch(/one: data\.value changed by rival \(Update, \d{4}-/u);
  expect(told.status?.history?.[0]).toMatchObject({
    by: 'drift',
    drift: [{ object: id, manager: 'rival', operation: 'Update', at: time, fields: ['data.value'] }],
  });

  await change('other', 'visitor');
  await isBack('other');
  await eventOf('a', 'DriftReverted', /other: drifted; data\.value changed by visitor \(Update, \d{4}-/u);
  expect(await valueOf('one')).toBe('rival');
  const { value } = await measured(metrics, controller);
  const counted = { namespace: bench.namespace, name: 'a', group: '', kind: 'ConfigMap' };
  expect(value('plumbline_application_drift_total', { ...counted, outcome: 'reverted' })).toBeGreaterThanOrEqual(7);
  expect(value('plumbline_application_drift_total', { ...counted, outcome: 'left' })).toBeGreaterThanOrEqual(1);
  expect(value('plumbline_application_fights_total', counted)).toBe(1);
  expect(value('plumbline_application_contested_objects', { name: 'a' })).toBe(1);

  goOn(2_000);
  await isBack('one');
  await bench.application('a', hasCondition('Synced', 'True'));

  // Another controller takes over while it is left: it knows of the fight, and looks after the others.
  await change('one');
  await bench.application('a', hasCondition('Synced', 'False', 'DriftContested'));
  await controller.stop();
  controller = bench.start(settings);
  await controller.started;
  await change('other', 'visitor');
  await isBack('other');
  const kept = await bench.application('a', ({ status }) => status?.drift?.reverted === 9);
  expect(messageOf(kept, 'Synced')).toContain('data.value was put back 7 times, and is changed again by rival');
  expect(await valueOf('one')).toBe('rival');
  goOn(4_000);
  await isBack('one');
  // And one that takes over while all is as Git says, as nobody has changed it since.
  const calm = await bench.application('a', ({ status }) => status?.drift?.contested?.[0]?.reverts === 8);
  expect(calm.status?.drift).toMatchObject({ objects: 0, reverted: 10, contested: [{ object: id, manager: 'rival' }] });
  await bench.application('a', hasCondition('Synced', 'True'));
  await controller.stop();
  controller = bench.start(settings);
  await controller.started;
  await change('one');
  const known = await bench.application('a', hasCondition('Synced', 'False', 'DriftContested'));
  expect(messageOf(known, 'Synced')).toContain('data.value was put back 8 times, and is changed again by rival');
  goOn(8_000);
  await isBack('one');
  await bench.application('a', ({ status }) => status?.drift?.contested?.[0]?.reverts === 9);
  // Who gives up is named until it is certain, and no longer.
  goOn(60_001);
  const over = await bench.application('a', ({ status }) => status?.drift?.contested === undefined);
  expect(over.status?.drift).toEqual({ objects: 0, reverted: 11 });

  // Git gives the field up: nobody is fought any more.
  await fight('one', 'owner');
  await bench.application('a', hasCondition('Synced', 'False', 'DriftContested'));
  const given = await bench.repository.commit({ 'a/one.yaml': configMap('one', { more: 'git' }) });
  controller.trigger();
  const settled = await bench.application('a', isReadyAt(given));
  expect(await valueOf('one')).toBe('owner');
  expect(settled.status?.drift).toEqual({ objects: 0, reverted: expect.any(Number) });
  await controller.stop();
});

/** What Prometheus would read now. */
async function measured(metrics: Metrics, controller: Pick<RunningController, 'views'>): Promise<Exposition> {
  const measures = () => controller.views()?.measures() ?? [];
  return parseExposition(await metrics.scrape({ measures, counters: () => bench.client.counters }));
}

test('drift that is only reported is told with who it was, and so is an object that is gone', async () => {
  const commit = await bench.repository.commit({ 'b/two.yaml': configMap('two'), 'b/three.yaml': configMap('three') });
  const metrics = createMetrics({ version: '0.0.0', ofProcess: false });
  const controller = bench.start({ observer: metrics.observer });
  await controller.started;
  controller.trigger();
  await bench.createApplication('b', {
    source: { repositoryRef: { name: 'apps' }, path: 'b' },
    sync: { drift: 'Report' },
  });
  await bench.application('b', isReadyAt(commit));

  await change('two', 'somebody');
  await bench.kube.call('DELETE', `${path()}/three`);
  const drifted = await bench.application('b', ({ status }) => status?.drift?.changes?.length === 2);
  const [three, two] = ['three', 'two'].map((name) => `ConfigMap ${bench.namespace}/${name}`);
  expect(drifted.status?.drift?.objects).toBe(2);
  expect(drifted.status?.drift?.changes).toEqual(
    expect.arrayContaining([
      { object: three, deleted: true, fields: [] },
      { object: two, manager: 'somebody', operation: 'Update', at: time, fields: ['data.value'] },
    ]),
  );
  expect(messageOf(drifted, 'Drifted').split('\n').toSorted()).toEqual([
    `${three ?? ''}: deleted, by somebody unknown`,
    expect.stringMatching(/two: data\.value changed by somebody \(Update, \d{4}-/u),
  ]);
  await eventOf('b', 'Drifted', /two: data\.value changed by somebody \(Update, \d{4}-/u);

  // What Git says now is refused by the API server.
  const refused = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'four' }, data: 'none' });
  await bench.repository.commit({ 'b/four.yaml': refused });
  controller.trigger();
  await bench.application('b', hasCondition('Synced', 'False', 'Rejected'));
  const { value } = await measured(metrics, controller);
  const ofB = { namespace: bench.namespace, name: 'b' };
  const drift = { ...ofB, kind: 'ConfigMap' };
  expect(value('plumbline_application_drift_total', { ...drift, outcome: 'left' })).toBeGreaterThanOrEqual(2);
  expect(value('plumbline_application_drift_total', { ...drift, outcome: 'reverted' })).toBeUndefined();
  expect(value('plumbline_application_syncs_total', { ...ofB, outcome: 'succeeded' })).toBeGreaterThan(0);
  expect(value('plumbline_application_syncs_total', { ...ofB, outcome: 'failed' })).toBeGreaterThan(0);
  expect(value('plumbline_git_operation_duration_seconds_count', { outcome: 'succeeded' })).toBeGreaterThan(0);
  expect(value('plumbline_workqueue_work_duration_seconds_count', { queue: 'application' })).toBeGreaterThan(0);
  expect(value('plumbline_api_requests_total', { verb: 'apply', code: '200' })).toBeGreaterThan(0);

  // The series of an Application go with it.
  await bench.kube.call('DELETE', `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications/b`);
  const isTold = async () => (await measured(metrics, controller)).samples.some(({ labels }) => labels['name'] === 'b');
  while (await isTold()) await othersFirst();
  await controller.stop();
});
