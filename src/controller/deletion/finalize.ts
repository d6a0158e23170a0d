import { names } from '../../api/index.ts';
import { formatProblem, PlumbError, type Problem } from '../../errors.ts';
import { formatKey } from '../../object.ts';
import {
  type KindRef,
  parseGroupKind,
  type PreparedHook,
  stepTeardown,
  type SyncRun,
  type TeardownOutcome,
  type Unreachable,
} from '../../sync/index.ts';
import { applicationEvent } from '../application/application-event.ts';
import { among, knowKinds } from '../application/known-kinds.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { approvalOf, approvedSet } from './approval.ts';
import { describeBlocked } from '../application/blocked.ts';
import { clientFor } from '../application/client-for.ts';
import type { ReconcileContext } from '../application/context.ts';
import { dependentsToGoFirst } from '../depends/dependents-first.ts';
import { deletionHooks, type DeletionHooks, describeHooks, heldByHooks } from './deletion-hooks.ts';
import { patchFinalizers, recordParent } from '../application/parent.ts';
import type { SyncState } from '../status/status.ts';
import { nextSteps } from '../status/unreachable-status.ts';
import { recordHooks } from '../syncing/sync-hooks.ts';
import { takeRules } from '../health/take-rules.ts';
import { writeStatus } from '../status/write-status.ts';

/** A deletion is looked at again after this time, should an event be lost. */
const checkMilliseconds = 30_000;
const retryMilliseconds = 2_000;

/**
 * Lets a deleted Application go: where its objects stay, they lose its label first; where the deletion
 * cascades, they are gone first, in reverse order. What holds it up, and by which finalizer, stands in its
 * conditions.
 */
export async function finalizeApplication(
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, spec } = state.application;
  if (state.released || !(metadata.finalizers ?? []).includes(names.finalizer)) return;
  // A sync that was under way goes no further, and what it was allowed is no word about this.
  state.active = undefined;
  const kinds = state.parent.groupKinds.map(parseGroupKind);
  const unreachable = await see(kinds, state, context, signal);
  state.unreachable = unreachable;
  const unseen = among(kinds, unreachable);
  context.missingKinds.want(state.id, unseen);
  const dependents = dependentsToGoFirst(state, context.dependencies);
  if (dependents !== undefined) return writeStatus(state, context, { sync: dependents }, signal);
  const hooks = await deletionHooks(state, context, signal);
  if (hooks.kind === 'held') return hold(state, hooks, context, signal);
  if (hooks.kind === 'run') {
    context.missingKinds.want(state.id, [...unseen, ...kindsOf(hooks.run, isAwaited)]);
    await see(kindsOf(hooks.run), state, context, signal);
    await takeRules(state, context, signal);
  }
  const approval = approvalOf(state);
  const approved = approvedSet(state);
  const outcome = await stepTeardown(
    {
      applySet: state.applySet,
      policy: spec.deletionPolicy ?? 'Orphan',
      ...(approval === undefined ? {} : { approval }),
      ...(approved === undefined ? {} : { approved }),
      ...(state.gone === undefined ? {} : { gone: state.gone }),
      unreachable,
      ...(hooks.kind === 'run' ? { hooks: hooks.run } : {}),
    },
    {
      view: context.members.view(state.applySet),
      cluster: clientFor(state.application, context.client),
      recordParent: (record, options) => recordParent(state, record, context, options.signal),
      recordHooks: async (progress, options) => {
        if (hooks.kind !== 'run') return;
        const startedAt = state.deletion?.startedAt ?? context.now();
        await recordHooks(state, { cause: 'deletion', startedAt, run: hooks.run }, progress, context, options.signal);
      },
      observe: (object) => context.members.observe(object),
      judge: context.ruleBook.judgeFor(state.applySet),
      deletions: context.deletionsOf(state),
      toldOfKinds: true,
      signal,
    },
  );
  state.gone = outcome.gone;
  state.deletionWaits = outcome.waits;
  if (outcome.passed.length > 0) tellPassed(state, outcome.passed, context);
  const held = heldByHooks(state, outcome, context);
  if (held !== undefined) return hold(state, held, context, signal);
  if (outcome.done) return release(state, context, signal);
  await writeStatus(state, context, { sync: deletionState(outcome, state), asked: outcome }, signal);
  const soonest = outcome.problems.length > 0 ? retryMilliseconds : checkMilliseconds;
  context.requeue(state.id, Math.min(soonest, ...outcome.waits.map(({ retryAfter }) => retryAfter ?? soonest)));
}

/** Whoever deletes it learns which of its hooks have not run. */
function tellPassed(state: ApplicationState, passed: readonly Problem[], context: ReconcileContext): void {
  context.log.warn({ application: state.id, problems: passed }, 'hooks of a deletion cannot run any more');
  const lines = passed.map((problem) => formatProblem(problem));
  const message = ['these hooks of its deletion are passed over, as they can never run:', ...lines].join('\n');
  context.events.record(applicationEvent(state, 'Warning', 'HooksPassedOver', message));
}

/**
 * Makes sure that the objects of these kinds are known: what cannot be seen cannot be deleted, nor left without its label.
 * @returns those whose API does not answer: all else goes meanwhile
 * @throws PlumbError why others are not
 */
async function see(
  kinds: readonly KindRef[],
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<Unreachable> {
  const { problems, unreachable } = await knowKinds(kinds, state.id, context, signal);
  const [first, ...more] = problems;
  if (first !== undefined) throw new PlumbError([first, ...more]);
  return unreachable;
}

/** Says what is waited for, and looks again later. */
async function hold(
  state: ApplicationState,
  { sync, retryAfter = checkMilliseconds }: Extract<DeletionHooks, { readonly kind: 'held' }>,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  await writeStatus(state, context, { sync }, signal);
  context.requeue(state.id, retryAfter);
}

const isAwaited = ({ awaited }: PreparedHook): boolean => awaited === true;

/** The kinds of the hooks, or of some of them. */
function kindsOf({ input }: SyncRun, isMeant: (hook: PreparedHook) => boolean = () => true): readonly KindRef[] {
  const hooks = (input.desired.hooks ?? []).filter(isMeant);
  return hooks.map(({ resource: { group, kind, version } }) => ({ group, kind, version }));
}

function deletionState(outcome: TeardownOutcome, state: ApplicationState): SyncState {
  if (outcome.problems.length > 0) {
    return { state: 'failed', reason: 'DeletionFailed', problems: outcome.problems, retry: true };
  }
  const lines = [
    ...outcome.waits.map((wait) => `${formatKey(wait.key)}: ${wait.message}`),
    ...describeBlocked(outcome.blocked, outcome.approval),
  ];
  const shown = [...lines, ...nextSteps(state)];
  const message = outcome.phase === undefined ? shown.join('\n') : describeHooks(state, outcome.phase, shown);
  return { state: 'waiting', reason: 'Deleting', message };
}

function withoutOurs(finalizers: readonly string[]): readonly string[] {
  return finalizers.filter((name) => name !== names.finalizer);
}

async function release(state: ApplicationState, context: ReconcileContext, signal: AbortSignal): Promise<void> {
  try {
    await patchFinalizers(state, withoutOurs, {}, context, signal);
  } catch (error) {
    if (!(error instanceof PlumbError && error.code === 'kube.not-found')) throw error;
  }
  state.released = true;
}
