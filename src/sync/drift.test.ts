import { expect, test } from 'vitest';
import { configMap, memberLike, preparedObject } from '../../test/support/sync-objects.ts';
import { driftDecision } from './drift.ts';
import type { AppliedRecord, PlannedApply } from './plan.ts';

const desired = preparedObject(configMap('a'));
const live = memberLike(configMap('a', 'edited'), { fingerprint: 'now' });
const planned: PlannedApply = { desired, live, reason: 'drifted' };
const record: AppliedRecord = { digest: desired.digest, fingerprint: 'then' };

test('with Revert everything is put back', () => {
  expect(driftDecision(planned, record, 'Revert')).toBe('apply');
  expect(driftDecision({ ...planned, live: undefined, reason: 'missing' }, record, 'Revert')).toBe('apply');
});

test('with Report a change in Git is applied all the same', () => {
  expect(driftDecision(planned, undefined, 'Report')).toBe('apply');
  expect(driftDecision(planned, { ...record, digest: 'another' }, 'Report')).toBe('apply');
});

test('with Report what nobody but the cluster has changed is left', () => {
  expect(driftDecision({ ...planned, live: undefined, reason: 'missing' }, record, 'Report')).toBe('report');
  expect(driftDecision(planned, record, 'Report')).toBe('ask');
});

test('what was reported once is asked about again only when it has changed once more', () => {
  expect(driftDecision(planned, { ...record, drifted: 'now' }, 'Report')).toBe('report');
  expect(driftDecision(planned, { ...record, drifted: 'before' }, 'Report')).toBe('ask');
  const unknown = { ...planned, live: memberLike(configMap('a'), { fingerprint: undefined }) };
  expect(driftDecision(unknown, record, 'Report')).toBe('ask');
});
