import { expect, test } from 'vitest';
import { parseApplication } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import { describeProblems, type StatusInput, statusOf } from './status.ts';

const application = parseApplication({
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'prod', generation: 3 },
  spec: { source: { repositoryRef: { name: 'apps' } } },
});

function conditionsOf(input: Partial<StatusInput>) {
  const status = statusOf({
    application,
    previous: undefined,
    sync: { state: 'synced', reason: 'Synced', message: '2 objects are as in abc' },
    health: { status: 'Healthy', message: '' },
    drifted: [],
    drift: { objects: 0 },
    notes: [],
    warnings: [],
    settled: {},
    deleteHooks: [],
    handledRequest: undefined,
    handledSyncRequest: undefined,
    now: new Date(0),
    ...input,
  });
  return Object.fromEntries((status.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is} ${reason}`]));
}

const problem: Problem = { code: 'cli.usage', message: 'it is wrong' };

test.each<[string, Partial<StatusInput>, Record<string, string>]>([
  [
    'synced and healthy',
    {},
    {
      Ready: 'True Synced',
      Reconciling: 'False Idle',
      Stalled: 'False NotStalled',
      Synced: 'True Synced',
      Healthy: 'True Healthy',
      Drifted: 'False NoDrift',
    },
  ],
  [
    'synced and on its way',
    { health: { status: 'Progressing', message: '1 of 3 ready' } },
    {
      Ready: 'False Progressing',
      Reconciling: 'True Progressing',
      Stalled: 'False NotStalled',
      Synced: 'True Synced',
      Healthy: 'False Progressing',
    },
  ],
  [
    'synced and broken',
    { health: { status: 'Degraded', message: 'crashes' } },
    {
      Ready: 'False Degraded',
      Reconciling: 'False Idle',
      Stalled: 'False NotStalled',
      Synced: 'True Synced',
      Healthy: 'False Degraded',
    },
  ],
  [
    'a sync under way',
    { sync: { state: 'syncing', message: 'waits' } },
    { Ready: 'False Syncing', Reconciling: 'True Syncing', Synced: 'False Syncing' },
  ],
  [
    'refused, and tried again',
    { sync: { state: 'failed', reason: 'Rejected', problems: [problem], retry: true } },
    { Ready: 'False Rejected', Reconciling: 'True Rejected', Stalled: 'False NotStalled', Synced: 'False Rejected' },
  ],
  [
    'wrong in Git',
    { sync: { state: 'failed', reason: 'RenderFailed', problems: [problem], retry: false } },
    {
      Ready: 'False RenderFailed',
      Reconciling: 'False Idle',
      Stalled: 'True RenderFailed',
      Synced: 'False RenderFailed',
    },
  ],
  [
    'drifted and left so',
    { drifted: ['Service prod/web'] },
    { Ready: 'False Drifted', Synced: 'False Drifted', Drifted: 'True Drifted' },
  ],
  [
    'suspended on purpose is as good as healthy',
    { health: { status: 'Suspended', message: 'paused' } },
    { Ready: 'True Synced', Healthy: 'False Suspended' },
  ],
])('%s', (_name, input, expected) => {
  expect(conditionsOf(input)).toMatchObject(expected);
});

test('every problem is told, and what to do about the first; very many are counted', () => {
  const many = Array.from({ length: 25 }, (_, index): Problem => ({ code: 'cli.usage', message: `problem ${index}` }));
  const text = describeProblems(many);
  expect(text).toContain('problem 19');
  expect(text).not.toContain('problem 20');
  expect(text).toContain('and 5 more');
  expect(describeProblems([problem])).toContain('plumb --help');
});
