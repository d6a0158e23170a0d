import { describe, expect, test } from 'vitest';
import type { Application } from '../../api/index.ts';
import type { DriftedField } from '../../sync/index.ts';
import {
  captureLimit,
  captureSettingsOf,
  captureWindowMilliseconds,
  type CaptureState,
  dueAt,
  joinDrift,
  limitedUntil,
} from './capture-state.ts';

const application = (sync: object, annotations: Record<string, string> = {}): Application => ({
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'team', annotations },
  spec: { source: { repositoryRef: { name: 'apps' } }, sync },
});

const field = (name: string, after: number): DriftedField => ({
  path: ['spec', name],
  before: 0,
  after,
  writers: [],
});
const seen = (since: number, changedAt: number) => ({ since, changedAt }) as CaptureState;

describe('the settings', () => {
  test('are those of the Application, with their defaults', () => {
    expect(captureSettingsOf(application({ drift: 'Capture' }))).toEqual({
      mode: 'commit',
      quietPeriod: 30_000,
      meanwhile: 'Hold',
      ignoreManagers: [],
    });
    const given = { mode: 'PullRequest', quietPeriod: '1m30s', meanwhile: 'Revert', ignoreManagers: ['bot'] };
    expect(captureSettingsOf(application({ drift: 'Capture', capture: given }))).toEqual({
      ...given,
      mode: 'pullRequest',
      quietPeriod: 90_000,
    });
  });

  test('are none where drift is not captured or the Application is held by a rollback', () => {
    expect(captureSettingsOf(application({ drift: 'Report' }))).toBeUndefined();
    expect(captureSettingsOf(application({ drift: 'Capture' }, { 'plumbline.dev/rollbackTo': 'abc' }))).toBeUndefined();
  });

  test('put nothing back where nothing is synced by itself', () => {
    const capture = { meanwhile: 'Revert' };
    expect(captureSettingsOf(application({ drift: 'Capture', automated: false, capture }))?.meanwhile).toBe('Hold');
  });
});

test('a drift is due a quiet period after its last change, and after ten at the latest', () => {
  const settings = { mode: 'commit', quietPeriod: 1_000, meanwhile: 'Hold', ignoreManagers: [] } as const;
  expect(dueAt(seen(0, 500), settings)).toBe(1_500);
  expect(dueAt(seen(0, 9_999), settings)).toBe(10_000);
});

test('after so many captures within an hour the next one waits until the oldest is that long ago', () => {
  const captures = Array.from({ length: captureLimit }, (_, index) => index * 1_000);
  expect(limitedUntil(captures.slice(1), 20_000)).toBeUndefined();
  expect(limitedUntil(captures, 20_000)).toBe(captureWindowMilliseconds);
  expect(limitedUntil(captures, captureWindowMilliseconds)).toBeUndefined();
});

test('of a field that was taken twice the later value counts, and all reasons are kept once', () => {
  const key = { group: 'apps', kind: 'Deployment', namespace: 'a', name: 'web' };
  const left = [{ reason: 'a Secret', isOwned: false }];
  const joined = joinDrift(
    { objects: [{ id: 'web', key, fields: [field('one', 1), field('two', 1)] }], left },
    {
      objects: [
        { id: 'web', key, fields: [field('two', 2)] },
        { id: 'api', key, fields: [field('one', 3)] },
      ],
      left,
    },
  );
  expect(joined.objects.map(({ id, fields }) => [id, fields.map(({ path, after }) => [path[1], after])])).toEqual([
    [
      'web',
      [
        ['one', 1],
        ['two', 2],
      ],
    ],
    ['api', [['one', 3]]],
  ]);
  expect(joined.left).toEqual(left);
});
