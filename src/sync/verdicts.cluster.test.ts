import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterAccess, namespaceName } from '../../test/support/cluster.ts';
import { anyDefinition, installDefinition } from '../../test/support/crds.ts';
import { connect } from '../../test/support/kube-call.ts';
import { limit } from '../../test/support/limit.ts';
import { clusterClient, configMapOf, createNamespace, push } from '../../test/support/sync-cluster.ts';
import { createJudge } from '../health/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';
import type { PushInput } from './push.ts';
import type { SyncReport } from './run-types.ts';

// What a wave makes of a verdict that no controller writes anew after the apply: nobody but the test is one here.
let client: KubeClient;
let namespace: string;
let group: string;
const kind = 'Gadget';

beforeAll(async () => {
  client = await clusterClient();
  namespace = await createNamespace(client, namespaceName('verdicts'));
  group = `${namespace}.example.dev`;
  await installDefinition(connect(clusterAccess()), anyDefinition(kind, group));
});
afterAll(() => client.close());

const bounded = () => ({ signal: limit() });

/** Somebody's own rules: one asks what Git says, the other what a controller says. */
const judge = (object: KubeObject) =>
  createJudge([
    { kind: 'ConfigMap', degraded: "object.data.value == 'broken'", message: "'it is ' + object.data.value" },
    { group, kind, degraded: "status.phase == 'Broken'", progressing: 'true' },
  ])(object);

let syncs = 0;

/** Syncs an object and one in the wave after it, which is another one each time; `waited` is what it waited for. */
async function syncBefore(
  object: object,
  more: Partial<PushInput> = {},
): Promise<{ readonly report: SyncReport; readonly waited: readonly string[] }> {
  syncs += 1;
  const after = configMapOf('after', String(syncs)) as KubeObject;
  const later = { ...after, metadata: { ...after.metadata, annotations: { 'plumbline.dev/sync-wave': '1' } } };
  const waited: string[] = [];
  const report = await push(client, namespace, [object, later], {
    judge,
    ...more,
    onWait: (waits) => {
      waited.push(...waits.map(({ key, message }) => `${key.name}: ${message}`));
      more.onWait?.(waits);
    },
  });
  return { report, waited };
}

const codesOf = ({ outcome, problems }: SyncReport): readonly string[] => [
  outcome,
  ...problems.map(({ code }) => code),
];

const gadget = (name: string, size: number, labels: Readonly<Record<string, string>> = {}): object => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name, labels },
  spec: { size },
});

/** What the controller of the kind would write. */
const report = (name: string, status: object): Promise<unknown> =>
  client.patch(
    { group, kind, namespace, name },
    { status },
    { type: 'merge', subresource: 'status', fieldManager: 'gadgets', ...bounded() },
  );

/** A Gadget that its controller calls broken, as it does before each test. */
async function brokenGadget(name: string, status: object = {}): Promise<void> {
  expect(codesOf(await push(client, namespace, [gadget(name, 1)], { judge }))).toEqual(['synced']);
  await report(name, { phase: 'Broken', ...status });
}

test('what nobody ever reports on is as well as it is now, whatever the apply made of it', async () => {
  const made = await syncBefore(configMapOf('settings', 'broken'));
  expect([codesOf(made.report), made.waited]).toEqual([['failed', 'sync.unhealthy'], []]);
  expect(made.report.problems[0]?.message).toBe('it is Degraded: it is broken');
  const well = await syncBefore(configMapOf('settings', 'fine'));
  expect([codesOf(well.report), well.waited]).toEqual([['synced'], []]);
  const changed = await syncBefore(configMapOf('settings', 'broken'));
  expect([codesOf(changed.report), changed.waited]).toEqual([['failed', 'sync.unhealthy'], []]);
});

test('a verdict on the very spec that was applied counts, also where nothing is written after the apply', async () => {
  await brokenGadget('labelled');
  const { report: labelled, waited } = await syncBefore(gadget('labelled', 1, { team: 'a' }));
  expect([codesOf(labelled), waited]).toEqual([['failed', 'sync.unhealthy'], []]);
  expect(labelled.results.find(({ key }) => key.name === 'labelled')?.action).toBe('configured');
  // Its controller has seen the spec that comes only now.
  await brokenGadget('ahead', { observedGeneration: 2 });
  const ahead = await syncBefore(gadget('ahead', 2));
  expect([codesOf(ahead.report), ahead.waited]).toEqual([['failed', 'sync.unhealthy'], []]);
});

test('a verdict of before the apply is waited out, and the controller that writes decides', async () => {
  await brokenGadget('mended');
  let mending: Promise<unknown> | undefined;
  const { report: mended, waited } = await syncBefore(gadget('mended', 2), {
    // The clock stands still: nothing but the write of the controller can end this.
    now: () => 0,
    judge: (object) =>
      createJudge([{ group, kind, degraded: "status.phase == 'Broken'", healthy: "status.phase == 'Fine'" }])(object),
    onWait: () => void (mending ??= report('mended', { phase: 'Fine' })),
  });
  await mending;
  expect(codesOf(mended)).toEqual(['synced']);
  expect(waited[0]).toBe('mended: it is Degraded: a rule calls it Degraded');

  await brokenGadget('worse');
  let breaking: Promise<unknown> | undefined;
  const { report: worse } = await syncBefore(gadget('worse', 2), {
    now: () => 0,
    onWait: () => void (breaking ??= report('worse', { phase: 'Broken', tries: 2 })),
  });
  await breaking;
  expect(codesOf(worse)).toEqual(['failed', 'sync.unhealthy']);
});

test('where the controller is dead, the verdict of before the apply counts after a minute', async () => {
  await brokenGadget('left');
  let clock = 0;
  const retries: (number | undefined)[] = [];
  const { report: left } = await syncBefore(gadget('left', 2), {
    now: () => clock,
    onWait: ([wait]) => {
      retries.push(wait?.retryAfter);
      clock = 60_000;
    },
  });
  expect(codesOf(left)).toEqual(['failed', 'sync.unhealthy']);
  // Whoever waits is told when to look again.
  expect(retries[0]).toBe(60_000);
});

test('a definition whose names are taken fails the sync that would wait for it', async () => {
  const widget = anyDefinition('Widget', group);
  const names = { ...widget.spec.names, singular: 'gadget' };
  const failed = await push(client, namespace, [
    { ...widget, spec: { ...widget.spec, names } },
    { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one' } },
  ]);
  expect(codesOf(failed)).toEqual(['failed', 'sync.unhealthy']);
  expect(failed.problems[0]?.message).toContain('gadget');
});
