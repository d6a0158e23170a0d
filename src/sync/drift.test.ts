import { expect, test } from 'vitest';
import { configMap, memberLike, preparedObject } from '../../test/support/sync-objects.ts';
import { driftDecision, driftPolicyOf, type DriftSettings } from './drift.ts';
import type { AppliedRecord, PlannedApply } from './plan.ts';

const desired = preparedObject(configMap('a'));
const live = memberLike(configMap('a', 'edited'), { fingerprint: 'now' });
const planned: PlannedApply = { desired, live, reason: 'drifted' };
const revert: DriftSettings = { policy: 'Revert', unmoved: false };
const report: DriftSettings = { policy: 'Report', unmoved: false };
const record: AppliedRecord = { digest: desired.digest, fingerprint: 'then' };

test('with Revert everything is put back', () => {
  expect(driftDecision(planned, record, revert)).toBe('apply');
  expect(driftDecision({ ...planned, live: undefined, reason: 'missing' }, record, revert)).toBe('apply');
});

test('with Report a change in Git is applied all the same', () => {
  expect(driftDecision(planned, undefined, report)).toBe('apply');
  expect(driftDecision(planned, { ...record, digest: 'another' }, report)).toBe('apply');
});

test('with Report what nobody but the cluster has changed is left', () => {
  expect(driftDecision({ ...planned, live: undefined, reason: 'missing' }, record, report)).toBe('report');
  expect(driftDecision(planned, record, report)).toBe('ask');
});

test('what was reported once is asked about again only when it has changed once more', () => {
  expect(driftDecision(planned, { ...record, drifted: 'now' }, report)).toBe('report');
  expect(driftDecision(planned, { ...record, drifted: 'before' }, report)).toBe('ask');
  const unknown = { ...planned, live: memberLike(configMap('a'), { fingerprint: undefined }) };
  expect(driftDecision(unknown, record, report)).toBe('ask');
});

test('where all of it was synced before, what differs is drift although nothing is known of the object', () => {
  const unmoved: DriftSettings = { ...report, unmoved: true };
  expect(driftDecision(planned, undefined, unmoved)).toBe('ask');
  expect(driftDecision({ ...planned, live: undefined, reason: 'missing' }, undefined, unmoved)).toBe('report');
  expect(driftDecision(planned, { ...record, digest: 'another' }, unmoved)).toBe('apply');
});

test('an object has its own word about its drift, unless somebody asks for what Git says', () => {
  const told = { ...desired, options: { drift: 'Report' } } as const;
  const quiet = { ...desired, options: { drift: 'Ignore' } } as const;
  expect(driftPolicyOf(desired, { options: {} })).toBe('Revert');
  expect(driftPolicyOf(told, { options: {} })).toBe('Report');
  expect(driftPolicyOf({ ...desired, options: { drift: 'Revert' } }, { options: { drift: 'Report' } })).toBe('Revert');
  expect(driftPolicyOf(quiet, { options: { drift: 'Report' } })).toBe('Report');
  expect(driftPolicyOf(told, { options: { drift: 'Revert', revertAll: true } })).toBe('Revert');
});
