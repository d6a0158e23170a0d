import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../../errors.ts';
import { applyBeside, memberOf, type Plan, withoutNoise } from '../../sync/index.ts';
import type { RenderedWell } from '../application/application-state.ts';
import { clientFor } from '../application/client-for.ts';
import type { Turn } from '../application/context.ts';
import { describeProblems, type SyncState } from '../status/status.ts';
import {
  captureLimit,
  type CaptureSettings,
  type CaptureState,
  captureSettingsOf,
  dueAt,
  joinDrift,
  type LeftDrift,
  limitedUntil,
  stepped,
} from './capture-state.ts';
import { keepTaken, takenBefore } from './capture-status.ts';
import { collectDrift } from './collect.ts';

/** What an Application does about a drift that is to be captured. */
export type CaptureOutcome =
  | { readonly kind: 'leave'; readonly sync: SyncState }
  /** What was changed is kept in mind, and the cluster is put back. */
  | { readonly kind: 'revert' };

/** While a capture is written, a drift that comes besides is looked at again after this time. */
const writingCheckMilliseconds = 1_000;

/**
 * Goes on with a capture that does not need the cluster to be drifted any more: one that was taken already and whose time
 * has come, and one that Git has.
 */
export async function continueCapture(turn: Turn): Promise<void> {
  const { state, rendered, context } = turn;
  recover(turn);
  const { capture } = state;
  const settings = captureSettingsOf(state.application);
  if (capture === undefined || capture.signature === '') return;
  if (settings === undefined) {
    if (capture.step.kind !== 'writing') state.capture = undefined;
    return;
  }
  const hasMoved = capture.base.desired.digest !== rendered.desired.digest;
  if (capture.step.kind === 'committed' && hasMoved) {
    state.capture = { ...capture, signature: '' };
    if (capture.taken === undefined) await adopt(turn, capture);
    return;
  }
  if (capture.step.kind !== 'quiet' && capture.step.kind !== 'refused') return;
  if (hasMoved && capture.taken === undefined && capture.step.kind === 'quiet') {
    // The new commit may be about the same objects: what was changed in them is taken before it is overwritten.
    const taken = await collect(turn, capture, settings);
    state.capture = taken.objects.length === 0 ? undefined : { ...capture, taken };
  }
  const { capture: now } = state;
  if (now?.taken === undefined) return;
  if (now.step.kind === 'refused') retry(turn, now);
  else if ((hasMoved && settings.meanwhile === 'Hold') || context.now() >= dueAt(now, settings)) begin(turn, now);
  else context.requeue(state.id, dueAt(now, settings) - context.now());
}

/** After a start: goes on with what was taken before and put back in the cluster. */
function recover({ state, rendered, context }: Turn): void {
  const { keptTaking } = state;
  state.keptTaking = undefined;
  if (keptTaking !== undefined) state.capture ??= takenBefore(keptTaking, rendered, context.now());
}

/** Does what can be done now about a drift: nothing that waits. */
export async function captureStep(turn: Turn, plan: Plan, settings: CaptureSettings): Promise<CaptureOutcome> {
  const { state, context } = turn;
  const known = state.capture;
  if (known?.step.kind === 'writing') {
    context.requeue(state.id, writingCheckMilliseconds);
    return left(turn, known, plan);
  }
  const capture = renewed(turn, plan);
  state.capture = capture;
  if (settings.meanwhile === 'Revert') return take(turn, capture, plan, settings);
  if (capture.step.kind === 'refused') retry(turn, capture);
  else if (capture.step.kind === 'quiet') {
    if (context.now() >= dueAt(capture, settings)) begin(turn, capture);
    else context.requeue(state.id, dueAt(capture, settings) - context.now());
  }
  return left(turn, state.capture ?? capture, plan);
}

/** The cluster is as Git says: a drift that comes now is another one. */
export function endCapture({ state }: Turn): void {
  const { capture } = state;
  if (capture === undefined || capture.taken !== undefined || capture.step.kind === 'writing') return;
  state.capture = capture.step.kind === 'quiet' ? undefined : { ...capture, signature: '' };
}

/** Somebody asks to look at everything anew: what was refused is tried again, and nothing is lost that was taken. */
export function forgetCapture(state: Turn['state']): void {
  const { capture } = state;
  if (capture?.taken === undefined && capture?.step.kind !== 'writing') state.capture = undefined;
  else if (capture.step.kind === 'refused') state.capture = { ...capture, step: { kind: 'quiet' } };
}

/** The same drift as before, or one that begins now; while nothing was written, more drift prolongs the quiet period. */
function renewed({ state, rendered, context }: Turn, plan: Plan): CaptureState {
  const known = state.capture;
  const lines = plan.apply.map(({ desired, live }) => `${desired.id} ${live?.uid ?? ''} ${live?.fingerprint ?? ''}`);
  // Another spec may capture what was refused before.
  const signature = [String(state.application.metadata.generation), ...lines.toSorted()].join('\n');
  if (known?.signature === signature && isSameGit(known, rendered)) return known;
  const now = context.now();
  const isGrowing = known !== undefined && known.signature !== '' && known.step.kind === 'quiet';
  return {
    base: rendered,
    ids: plan.apply.map(({ desired }) => desired.id),
    signature,
    since: isGrowing ? known.since : now,
    changedAt: now,
    taken: isGrowing ? known.taken : undefined,
    step: { kind: 'quiet' },
    steppedAt: isGrowing ? known.steppedAt : now,
    failures: 0,
  };
}

/** Whether Git says the same as before; what was refused is tried again with any other commit. */
function isSameGit({ base, step }: CaptureState, rendered: RenderedWell): boolean {
  if (base.desired.digest !== rendered.desired.digest) return false;
  return step.kind !== 'refused' || isDeepStrictEqual(revisionsIn(base), revisionsIn(rendered));
}

function revisionsIn({ versions }: RenderedWell): readonly string[] {
  return versions.map(({ version }) => version.revision);
}

/** Keeps in mind what was changed, so that the cluster can be put back. */
async function take(turn: Turn, capture: CaptureState, plan: Plan, settings: CaptureSettings): Promise<CaptureOutcome> {
  const { state, context } = turn;
  const now = context.now();
  const found = await collect(turn, capture, settings);
  if (found.objects.length === 0) {
    if (capture.step.kind === 'quiet' && capture.taken === undefined)
      state.capture = refusedFor(capture, found.left, now);
    return found.left.some(({ isOwned }) => !isOwned) ? { kind: 'revert' } : left(turn, state.capture ?? capture, plan);
  }
  const isQuiet = capture.step.kind === 'quiet';
  state.capture = {
    ...capture,
    taken: joinDrift(isQuiet ? capture.taken : undefined, found),
    since: isQuiet ? capture.since : now,
    changedAt: now,
    step: { kind: 'quiet' },
  };
  await keepTaken(turn);
  context.requeue(state.id, settings.quietPeriod);
  return { kind: 'revert' };
}

function collect({ state, context, signal }: Turn, { base, ids }: CaptureState, settings: CaptureSettings) {
  return collectDrift(
    base.desired.objects.filter(({ id }) => ids.includes(id)),
    { cluster: clientFor(state.application, context.client), settings, fieldManager: context.fieldManager, signal },
  );
}

/** A capture of which there is nothing to write. */
export function refusedFor(capture: CaptureState, reasons: readonly LeftDrift[], now: number): CaptureState {
  const [first = 'nothing of it can be captured', ...others] = reasons.map(({ reason }) => reason);
  const problems = [refusal(first), ...others.map(refusal)] as const;
  return stepped(capture, { kind: 'refused', problems, retryAt: undefined }, now);
}

function refusal(message: string): Problem {
  return { code: 'controller.capture-refused', message };
}

/** Hands a capture over to be written, unless there were too many lately. */
function begin({ state, context }: Turn, capture: CaptureState): void {
  const now = context.now();
  const until = limitedUntil(state.captures, now);
  if (until === undefined) {
    state.capture = stepped(capture, { kind: 'writing' }, now);
    context.writeCapture(state.id);
  } else context.requeue(state.id, until - now);
}

function retry(turn: Turn, capture: CaptureState): void {
  const { context, state } = turn;
  if (capture.step.kind !== 'refused' || capture.step.retryAt === undefined) return;
  if (context.now() >= capture.step.retryAt) begin(turn, capture);
  else context.requeue(state.id, capture.step.retryAt - context.now());
}

/**
 * Git has what the cluster has: the fields are Plumbline's again, so that the next who changes them is seen. Where that
 * would change anything, it is left to the sync.
 */
async function adopt({ state, rendered, context, signal }: Turn, { ids }: CaptureState): Promise<void> {
  const cluster = clientFor(state.application, context.client);
  const options = { fieldManager: context.fieldManager, force: false, fieldValidation: 'Strict', signal } as const;
  const objects = rendered.desired.objects.filter(({ id }) => ids.includes(id));
  await Promise.all(
    objects.map(async (desired) => {
      const { id, key, object, digest } = desired;
      try {
        const [live, applied] = await Promise.all([
          cluster.get({ ...key, apiVersion: object.apiVersion }, { signal }),
          applyBeside(cluster, desired, { ...options, dryRun: true }),
        ]);
        if (live === undefined || !isDeepStrictEqual(withoutNoise(live), withoutNoise(applied))) return;
        const result = await applyBeside(cluster, desired, { ...options, dryRun: false });
        context.members.observe(result);
        const { fingerprint } = memberOf(result, context.fieldManager, undefined, desired.ignored);
        state.lastApplied = new Map([...state.lastApplied, [id, { digest, fingerprint }]]);
      } catch (error) {
        // Another manager has it otherwise, say: the sync tells.
        signal.throwIfAborted();
        context.log.debug({ application: state.id, error: String(error) }, 'not taken over');
      }
    }),
  );
}

const tooOften = `something keeps changing it: ${captureLimit} changes were captured within an hour, and this one waits`;

function left({ state, context }: Turn, capture: CaptureState, plan: Plan): CaptureOutcome {
  const objects = `${plan.apply.length} objects differ from Git`;
  const outOfSync = (reason: string, message: string): CaptureOutcome => ({
    kind: 'leave',
    sync: { state: 'out-of-sync', reason, message: `${objects}; ${message}` },
  });
  const { step } = capture;
  switch (step.kind) {
    case 'quiet':
      return limitedUntil(state.captures, context.now()) !== undefined
        ? outOfSync('CaptureContested', tooOften)
        : outOfSync('CapturePending', 'the change is captured once nothing more has changed for a while');
    case 'writing':
      return outOfSync('Capturing', 'the change is being written to Git');
    case 'committed':
      return step.pullRequest === undefined
        ? outOfSync('Captured', `the change is in Git as ${step.commit}, which is not followed yet`)
        : outOfSync('CaptureProposed', `the change is proposed in ${step.pullRequest}`);
    case 'refused':
      return outOfSync('CaptureRefused', `the change is not captured: ${describeProblems(step.problems)}`);
  }
}
