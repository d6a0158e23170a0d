import { expect, test } from 'vitest';
import type { Application } from '../../api/index.ts';
import { waitForBudget } from '../../sync/index.ts';
import { newApplicationState } from '../application/application-state.ts';
import { createDeletionLimits } from '../deletion/deletion-limits.ts';
import { measureOf } from './measures.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const at = new Date(now).toISOString();
const source = (name: string) => ({ repositoryRef: { name }, path: '.' });

function application(more: Partial<Application> = {}): Application {
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'team-a' },
    spec: { source: source('apps') },
    ...more,
  };
}

test('of a new Application nothing is known', () => {
  const state = newApplicationState(application(), now);
  expect(measureOf(state, now)).toEqual({
    application: state,
    namespace: 'team-a',
    name: 'web',
    repositories: 'apps',
    destination: 'team-a',
    automated: true,
    suspended: false,
    sync: 'Unknown',
    health: 'Unknown',
    reason: '',
    objects: 0,
    drifted: 0,
    contested: 0,
    awaitingApproval: 0,
    limited: 0,
  });
});

test('a status, and what goes on, in numbers', () => {
  const condition = (type: string, status: 'True' | 'False', reason: string) => ({
    type,
    status,
    reason,
    message: '',
    lastTransitionTime: at,
  });
  const state = newApplicationState(
    application({
      spec: {
        sources: [source('apps'), source('charts'), { ...source('apps'), path: 'more' }],
        destination: { namespace: 'prod' },
        suspend: true,
        sync: { automated: false },
      },
      status: {
        health: 'Degraded',
        conditions: [condition('Synced', 'False', 'SyncFailed'), condition('Ready', 'False', 'SyncFailed')],
        synced: { at, by: 'automated', objects: 7, failed: 0 },
        drift: { objects: 2 },
        approval: { token: 'x', since: at, objects: 5, reason: 'Limit' },
      },
    }),
    now,
  );
  const fight = { manager: 'rival', fields: [], reverts: 6, at: now, until: now + 2_000 };
  // Two who fight for one object, and one that is over.
  state.fights = [
    { ...fight, object: 'ConfigMap prod/one' },
    { ...fight, object: 'ConfigMap prod/one', manager: 'other' },
    { ...fight, object: 'ConfigMap prod/two', until: now },
  ];
  let clock = now;
  const told: object[] = [];
  const deletionsOf = createDeletionLimits({
    deletionsPerMinute: 3,
    observer: { deletionBegun: (of) => told.push(of) },
    now: () => clock,
  });
  const budget = deletionsOf(state);
  expect(budget.take()).toBe(false);
  clock += 120_000;
  while (deletionsOf(state).take());
  expect(told.length).toBeGreaterThan(0);
  expect(told.every((of) => of === state)).toBe(true);
  const key = { group: '', kind: 'ConfigMap', namespace: 'prod', name: 'one' };
  state.deletionWaits = [waitForBudget(key, 3, budget), { key, condition: 'Deleted', message: '' }];
  expect(measureOf(state, now)).toMatchObject({
    repositories: 'apps,charts',
    destination: 'prod',
    automated: false,
    suspended: true,
    sync: 'OutOfSync',
    health: 'Degraded',
    reason: 'SyncFailed',
    objects: 7,
    drifted: 2,
    contested: 1,
    awaitingApproval: 5,
    limited: 3,
  });
});
