import { describe, expect, test } from 'vitest';
import type { Application } from '../../api/index.ts';
import { formatKey, keyOf, type KubeObject } from '../../object.ts';
import type { Member, Plan, PreparedObject } from '../../sync/index.ts';
import { newApplicationState, type ApplicationState, type RenderedWell } from '../application/application-state.ts';
import type { Turn } from '../application/context.ts';
import { captureLimit, type CaptureSettings, type CaptureState } from './capture-state.ts';
import { captureStatusOf } from './capture-status.ts';
import { captureStep, continueCapture, endCapture, forgetCapture } from './capture-step.ts';

const settings: CaptureSettings = { mode: 'commit', quietPeriod: 1_000, meanwhile: 'Hold', ignoreManagers: [] };

const application: Application = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'team', generation: 1 },
  spec: { source: { repositoryRef: { name: 'apps' } }, sync: { drift: 'Capture', capture: { quietPeriod: '1s' } } },
};

const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' } };
const desired: PreparedObject = {
  id: formatKey(keyOf(object)),
  key: keyOf(object),
  object,
  digest: 'd',
  resource: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  definedHere: false,
};

function rendered(digest: string, revision = 'r'): RenderedWell {
  return {
    state: 'ok',
    inputs: 'i',
    versions: [{ group: 'g', version: { revision, content: 'c', ref: 'HEAD', at: new Date(0), subject: '' } }],
    desired: { objects: [desired], digest },
    origins: new Map(),
    warnings: [],
  };
}

function plan(fingerprint: string): Plan {
  const live = { uid: 'u', fingerprint } as Member;
  return { apply: [{ desired, live, reason: 'drifted' }], unchanged: [], prune: [], leaving: [], blocked: [] };
}

/** A controller that has this Application alone, whose clock is set by hand, and which makes no call. */
function scene(state: ApplicationState = newApplicationState(application, 0)) {
  const clock = { now: 10_000 };
  const written: string[] = [];
  const waits: number[] = [];
  const context = {
    now: () => clock.now,
    requeue: (_: string, milliseconds: number) => void waits.push(milliseconds),
    writeCapture: (id: string) => void written.push(id),
  } as unknown as Turn['context'];
  const turn = (given: RenderedWell): Turn => ({
    state,
    rendered: given,
    context,
    source: { state: 'ready', parts: [] as never },
    view: { members: () => [], find: () => undefined },
    signal: new AbortController().signal,
  });
  const step = async (fingerprint: string, given = rendered('one')) => {
    const outcome = await captureStep(turn(given), plan(fingerprint), settings);
    return outcome.kind === 'leave' && outcome.sync.state === 'out-of-sync' ? outcome.sync.reason : outcome.kind;
  };
  return { state, clock, written, waits, turn, step };
}

/** The capture as its writer leaves it. */
function leave(state: ApplicationState, step: CaptureState['step']): void {
  if (state.capture === undefined) throw new Error('nothing is captured');
  state.capture = { ...state.capture, step };
}

const problems = [{ code: 'controller.capture-refused', message: 'no' }] as const;

describe('a drift that is captured', () => {
  test('waits for its quiet period, which more drift prolongs, and is written once', async () => {
    const { clock, step, waits, written, state } = scene();
    expect(await step('one')).toBe('CapturePending');
    clock.now += 600;
    expect(await step('two')).toBe('CapturePending');
    clock.now += 600;
    expect(await step('two')).toBe('CapturePending');
    expect(waits).toEqual([1_000, 1_000, 400]);
    expect(captureStatusOf(state)).toMatchObject({ state: 'Waiting', at: new Date(10_000).toISOString() });
    clock.now += 400;
    expect(await step('two')).toBe('Capturing');
    expect(await step('three')).toBe('Capturing');
    expect(written).toEqual(['team/web']);
  });

  test('is not waited for longer than ten quiet periods', async () => {
    const { clock, step, written } = scene();
    for (let number = 0; number <= 20; number++) {
      await step(`change ${number}`);
      clock.now += 500;
    }
    expect(written).toEqual(['team/web']);
  });

  test('is only told where too many were captured within the hour, and goes on after it', async () => {
    const { clock, step, written, state, waits } = scene();
    state.captures = Array.from({ length: captureLimit }, () => 9_000);
    await step('one');
    clock.now += 1_000;
    expect(await step('one')).toBe('CaptureContested');
    expect(written).toEqual([]);
    expect(waits.at(-1)).toBe(3_600_000 - 2_000);
    clock.now += 3_600_000;
    expect(await step('one')).toBe('Capturing');
  });

  test('is not captured again while Git has not shown it, nor after it was refused, until something changes', async () => {
    const { clock, step, written, state } = scene();
    await step('one');
    clock.now += 1_000;
    await step('one');
    leave(state, { kind: 'committed', commit: 'abc' });
    expect(await step('one')).toBe('Captured');
    leave(state, { kind: 'committed', commit: 'abc', pullRequest: 'https://forge/1' });
    expect(await step('one')).toBe('CaptureProposed');
    leave(state, { kind: 'refused', problems, retryAt: undefined });
    clock.now += 1_000_000;
    expect(await step('one')).toBe('CaptureRefused');
    expect(written).toHaveLength(1);
    expect(await step('one', rendered('one', 'another commit'))).toBe('CapturePending');
    leave(state, { kind: 'refused', problems, retryAt: clock.now + 5_000 });
    expect(await step('one', rendered('one', 'another commit'))).toBe('CaptureRefused');
    clock.now += 5_000;
    expect(await step('one', rendered('one', 'another commit'))).toBe('Capturing');
  });

  test('that was refused is tried again with another spec, and when somebody asks', async () => {
    const { step, state } = scene();
    await step('one');
    leave(state, { kind: 'refused', problems, retryAt: undefined });
    state.application = { ...application, metadata: { ...application.metadata, generation: 2 } };
    expect(await step('one')).toBe('CapturePending');
    leave(state, { kind: 'refused', problems, retryAt: undefined });
    forgetCapture(state);
    expect(await step('one')).toBe('CapturePending');
  });

  test('that is gone by itself is forgotten, and the same one again is another', async () => {
    const { step, state, turn, clock, written } = scene();
    await step('one');
    endCapture(turn(rendered('one')));
    expect(state.capture).toBeUndefined();
    await step('one');
    clock.now += 1_000;
    await step('one');
    leave(state, { kind: 'committed', commit: 'abc' });
    endCapture(turn(rendered('one')));
    expect(captureStatusOf(state)).toMatchObject({ state: 'Committed', commit: 'abc' });
    expect(await step('one')).toBe('CapturePending');
    expect(written).toHaveLength(1);
  });

  test('that was taken is written when its time has come, though the cluster shows nothing of it', async () => {
    const { step, state, turn, clock, written, waits } = scene();
    await step('one');
    const taken = { objects: [{ id: desired.id, key: desired.key, fields: [] }], left: [] };
    state.capture = { ...(state.capture as CaptureState), taken };
    await continueCapture(turn(rendered('one')));
    expect([written, waits.at(-1)]).toEqual([[], 1_000]);
    clock.now += 1_000;
    await continueCapture(turn(rendered('one')));
    await continueCapture(turn(rendered('one')));
    expect(written).toEqual(['team/web']);
  });

  test('that was taken before a restart is gone on with; where Git has moved meanwhile it is refused', async () => {
    const { step, state } = scene();
    await step('one');
    const taken = { objects: [{ id: desired.id, key: desired.key, fields: [] }], left: [] };
    const keptTaking = captureStatusOf({ ...state, capture: { ...(state.capture as CaptureState), taken } })?.taken;
    const after = scene({ ...newApplicationState(application, 0), keptTaking });
    await continueCapture(after.turn(rendered('one')));
    after.clock.now += 1_000;
    await continueCapture(after.turn(rendered('one')));
    expect(after.written).toEqual(['team/web']);
    const moved = scene({ ...newApplicationState(application, 0), keptTaking });
    await continueCapture(moved.turn(rendered('two')));
    expect(captureStatusOf(moved.state)).toMatchObject({
      state: 'Refused',
      message: expect.stringContaining('Git has changed') as string,
    });
  });
});
