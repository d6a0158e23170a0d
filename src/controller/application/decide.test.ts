import { expect, test } from 'vitest';
import { type Application, parseApplication } from '../../api/index.ts';
import { keyOf, formatKey } from '../../object.ts';
import type { ObjectOptions, Plan, PlannedApply, PreparedObject } from '../../sync/index.ts';
import { newApplicationState, type ApplicationState, type RenderedWell } from './application-state.ts';
import { decide, isUnmoved, partOfPlan } from './decide.ts';

function application(spec: object = {}, annotations: Record<string, string> = {}): Application {
  return parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'prod', annotations },
    spec: { source: { repositoryRef: { name: 'apps' } }, ...spec },
  });
}

function prepared(name: string): PreparedObject {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'prod' } };
  const key = keyOf(object);
  return {
    id: formatKey(key),
    key,
    object,
    digest: 'd',
    resource: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
    definedHere: false,
  };
}

function rendered(digest: string): RenderedWell {
  return {
    state: 'ok',
    inputs: 'i',
    versions: [{ group: 'g', version: { revision: 'r', content: 'c', ref: 'HEAD', at: new Date(0), subject: '' } }],
    desired: { objects: [prepared('a'), prepared('b')], digest },
    origins: new Map(),
    warnings: [],
  };
}

function plan(reasons: readonly PlannedApply['reason'][], more: Partial<Plan> = {}): Plan {
  return {
    apply: reasons.map((reason, index) => ({ desired: prepared(`object-${index}`), live: undefined, reason })),
    unchanged: [],
    prune: [],
    leaving: [],
    blocked: [],
    ...more,
  };
}

/** An Application whose last sync left the digest `synced`. */
function state(spec: object = {}, annotations: Record<string, string> = {}): ApplicationState {
  return { ...newApplicationState(application(spec, annotations), 0), settled: { digest: 'synced' } };
}

const now = 1_000_000;

test('nothing differs: nothing is done', () => {
  expect(decide(state(), rendered('synced'), plan([]), now)).toEqual({ kind: 'nothing' });
});

test('Git moved: an automated Application is synced, any other waits for a request', () => {
  expect(decide(state(), rendered('new'), plan(['changed']), now)).toEqual({ kind: 'sync', cause: 'automated' });
  const manual = { sync: { automated: false } };
  expect(decide(state(manual), rendered('new'), plan(['changed']), now)).toMatchObject({
    kind: 'leave',
    reason: 'OutOfSync',
  });
  const asked = { 'plumbline.dev/syncRequestedAt': 'now' };
  expect(decide(state(manual, asked), rendered('new'), plan(['changed']), now)).toEqual({
    kind: 'sync',
    cause: 'manual',
  });
  const handled = { ...state(manual, asked), handledSyncRequest: 'now' };
  expect(decide(handled, rendered('new'), plan(['changed']), now)).toMatchObject({
    kind: 'leave',
    reason: 'OutOfSync',
  });
});

test('drift is reverted, or only reported, as the Application says', () => {
  expect(decide(state(), rendered('synced'), plan(['drifted', 'missing']), now)).toEqual({
    kind: 'sync',
    cause: 'drift',
  });
  const report = { sync: { drift: 'Report' } };
  expect(decide(state(report), rendered('synced'), plan(['drifted']), now)).toMatchObject({
    kind: 'leave',
    reason: 'Drifted',
  });
  // Git moved as well: that is no drift, and it is applied.
  expect(decide(state(report), rendered('new'), plan(['changed', 'drifted']), now)).toEqual({
    kind: 'sync',
    cause: 'automated',
  });
});

test('where drift is only reported and nothing is known, the server is asked before anything is said', () => {
  const report = { sync: { drift: 'Report' } };
  expect(decide(state(report), rendered('synced'), plan(['unproven']), now)).toEqual({ kind: 'prove' });
  expect(decide(state(), rendered('synced'), plan(['unproven']), now)).toEqual({ kind: 'sync', cause: 'drift' });
});

test('drift is captured where that is wished, also where nothing is synced by itself, and what is not known is asked for first', () => {
  const capture = { sync: { drift: 'Capture', capture: { quietPeriod: '5s' } } };
  const settings = { mode: 'commit', quietPeriod: 5_000, meanwhile: 'Hold', ignoreManagers: [] };
  expect(decide(state(capture), rendered('synced'), plan(['drifted']), now)).toEqual({ kind: 'capture', settings });
  const byHand = { sync: { ...capture.sync, automated: false } };
  expect(decide(state(byHand), rendered('synced'), plan(['drifted']), now)).toMatchObject({ kind: 'capture' });
  expect(decide(state(capture), rendered('synced'), plan(['unproven']), now)).toEqual({ kind: 'prove' });
  // Git moved as well: what was changed in the cluster was taken before.
  expect(decide(state(capture), rendered('new'), plan(['changed']), now)).toEqual({ kind: 'sync', cause: 'automated' });
  const asked = { 'plumbline.dev/syncRequestedAt': 'now' };
  expect(decide(state(capture, asked), rendered('synced'), plan(['drifted']), now)).toEqual({
    kind: 'sync',
    cause: 'manual',
  });
  const held = { 'plumbline.dev/rollbackTo': 'abc' };
  expect(decide(state(capture, held), rendered('synced'), plan(['drifted']), now)).toEqual({
    kind: 'sync',
    cause: 'rollback',
  });
});

test('what a rollback holds is brought to it whatever the policies say, and drifts by them afterwards', () => {
  const held = { 'plumbline.dev/rollbackTo': 'abc' };
  const byHand = { sync: { automated: false } };
  const report = { sync: { drift: 'Report' } };
  const rollback = { kind: 'sync', cause: 'rollback' };
  for (const spec of [{}, byHand, report]) {
    expect(decide(state(spec, held), rendered('new'), plan(['changed']), now)).toEqual(rollback);
  }
  const drifted = (spec: object) => decide(state(spec, held), rendered('synced'), plan(['drifted']), now);
  expect(drifted({})).toEqual({ kind: 'sync', cause: 'drift' });
  expect(drifted(byHand)).toMatchObject({ kind: 'leave', reason: 'OutOfSync' });
  expect(drifted(report)).toMatchObject({ kind: 'leave', reason: 'Drifted' });
});

test('a suspended Application is left alone, even when it is asked for', () => {
  const suspended = state({ suspend: true }, { 'plumbline.dev/syncRequestedAt': 'now' });
  expect(decide(suspended, rendered('new'), plan(['changed']), now)).toMatchObject({
    kind: 'leave',
    reason: 'Suspended',
  });
});

test('a fight over a field ends in a pause, and goes on after it', () => {
  const drifted = plan(['drifted']);
  const [first] = drifted.apply;
  const fight = { object: first?.desired.id ?? '', manager: 'hpa', fields: ['spec.replicas'], reverts: 9, at: now };
  const fought = { ...state(), fights: [{ ...fight, until: now + 60_000 }] };
  expect(decide(fought, rendered('synced'), drifted, now)).toMatchObject({
    kind: 'leave',
    reason: 'DriftContested',
    message: expect.stringContaining('spec.replicas was put back 9 times, and is changed again by hpa'),
  });
  const another = { ...state(), fights: [{ ...fight, object: 'another', until: now + 60_000 }] };
  expect(decide(another, rendered('synced'), drifted, now)).toEqual({ kind: 'sync', cause: 'drift' });
  expect(decide(fought, rendered('synced'), plan(['drifted']), now + 61_000)).toEqual({ kind: 'sync', cause: 'drift' });
});

test('a prune that is held back is told', () => {
  const blocked = [
    { id: 'x', key: keyOf(prepared('x').object), reason: 'empty-render' as const, message: 'nothing was rendered' },
  ];
  expect(decide(state(), rendered('synced'), plan([], { blocked }), now)).toEqual({
    kind: 'leave',
    reason: 'PruneBlocked',
    message: 'x: nothing was rendered',
  });
});

/** The same plan with the first of its objects having a word of its own. */
function saying(drift: ObjectOptions['drift'], reasons: readonly PlannedApply['reason'][]): Plan {
  const [first, ...others] = plan(reasons).apply;
  if (first === undefined || drift === undefined) return plan(reasons);
  return plan([], { apply: [{ ...first, desired: { ...first.desired, options: { drift } } }, ...others] });
}

test('an object has its own word about its drift', () => {
  const report = { sync: { drift: 'Report' } };
  const told = decide(state(), rendered('synced'), saying('Report', ['drifted']), now);
  expect(told).toMatchObject({
    kind: 'leave',
    reason: 'Drifted',
    message: expect.stringContaining('plumbline.dev/drift'),
  });
  const revert = { kind: 'sync', cause: 'drift' };
  expect(decide(state(), rendered('synced'), saying('Report', ['drifted', 'drifted']), now)).toEqual(revert);
  expect(decide(state(report), rendered('synced'), saying('Revert', ['drifted', 'drifted']), now)).toEqual(revert);
  expect(decide(state(), rendered('synced'), saying('Report', ['unproven']), now)).toEqual({ kind: 'prove' });
  const byHand = { sync: { automated: false } };
  expect(decide(state(byHand), rendered('synced'), saying('Revert', ['drifted']), now)).toMatchObject({
    reason: 'OutOfSync',
  });
});

test('what has its own word is not captured, and put back before or after that as the capture needs it', () => {
  const hold = { sync: { drift: 'Capture' } };
  const atOnce = { sync: { drift: 'Capture', capture: { meanwhile: 'Revert' } } };
  const both = saying('Revert', ['drifted', 'drifted']);
  expect(decide(state(hold), rendered('synced'), both, now)).toEqual({ kind: 'sync', cause: 'drift' });
  expect(decide(state(atOnce), rendered('synced'), both, now)).toMatchObject({ kind: 'capture' });
  const unknown = saying('Revert', ['unproven', 'unproven']);
  expect(decide(state(atOnce), rendered('synced'), unknown, now)).toEqual({ kind: 'prove' });
  expect(decide(state(hold), rendered('synced'), saying('Report', ['drifted']), now)).toMatchObject({
    reason: 'Drifted',
  });
  const part = partOfPlan(both, application(hold), 'Capture');
  expect(part.apply.map(({ desired }) => desired.key.name)).toEqual(['object-1']);
});

test('nothing but drift differs where the last sync has left what is desired, and no other was begun since', () => {
  expect(isUnmoved({ digest: 'synced' }, 'synced')).toBe(true);
  expect(isUnmoved({ digest: 'synced' }, 'new')).toBe(false);
  expect(isUnmoved({}, 'new')).toBe(false);
  expect(isUnmoved({ digest: 'synced', unsettled: true }, 'synced')).toBe(false);
});

/** One that was synced to this, and whose sync of something else has begun since. */
const begun = (spec: object, annotations?: Record<string, string>): ApplicationState => ({
  ...state(spec, annotations),
  settled: { digest: 'synced', unsettled: true },
});

test('where a sync of something else had begun, nothing is drift: it is synced, neither told, captured nor proved', () => {
  for (const drift of ['Revert', 'Report', 'Capture']) {
    for (const reason of ['drifted', 'unproven', 'missing'] as const) {
      const found = decide(begun({ sync: { drift } }), rendered('synced'), plan([reason]), now);
      expect(found).toEqual({ kind: 'sync', cause: 'automated' });
    }
  }
  const manual = { sync: { automated: false } };
  expect(decide(begun(manual), rendered('synced'), plan(['unproven']), now)).toMatchObject({ reason: 'OutOfSync' });
  const back = { 'plumbline.dev/rollbackTo': 'r' };
  const rollback = { kind: 'sync', cause: 'rollback' };
  expect(decide(begun(manual, back), rendered('synced'), plan(['unproven']), now)).toEqual(rollback);
});
