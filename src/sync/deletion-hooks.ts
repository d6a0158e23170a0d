import type { Problem } from '../errors.ts';
import { partOfLabel } from './apply-set.ts';
import { recordParent } from './apply.ts';
import { hasOnly } from './codes.ts';
import { isDeletedBy } from './holding-kinds.ts';
import { deleteHook, releaseHook } from './hook-calls.ts';
import { type HookPhase, runsToEnd } from './hook.ts';
import { hooksIn, nameFor, runHooks, slotOf } from './hooks.ts';
import type { Member } from './member.ts';
import { leavingMessage } from './plan.ts';
import type { PreparedHook, PreparedSet } from './prepare.ts';
import { createSyncRun } from './run.ts';
import type { StepContext, SyncInput, SyncRun, Wait } from './run-types.ts';
import { isHeldBy } from './wave.ts';

/** The phases of a deletion. */
export type DeletionPhase = Extract<HookPhase, 'PreDelete' | 'PostDelete'>;

const deletionPhases: ReadonlySet<string> = new Set<DeletionPhase>(['PreDelete', 'PostDelete']);

/** The phases in which something runs when the set is deleted. */
export function deletionPhasesOf({ hooks = [] }: Pick<PreparedSet, 'hooks'>): readonly DeletionPhase[] {
  const phases = new Set(hooks.flatMap(({ hook }) => hook.runs.map(({ phase }) => phase)));
  return (['PreDelete', 'PostDelete'] as const).filter((phase) => phases.has(phase));
}

/** Whether a live hook was made for a deletion. */
export function isOfDeletion({ hook }: Member): boolean {
  return hook !== undefined && deletionPhases.has(hook.phase);
}

/**
 * The hooks of a deletion before its first step, or where it goes on after an interruption: `input.hooks` says which of
 * them have ended, and how.
 */
export function createDeletionRun(input: SyncInput): SyncRun {
  const desired = { ...input.desired, objects: [] };
  return { ...createSyncRun({ ...input, desired }), hooks: new Map(input.hooks?.done) };
}

/** What one phase of a deletion came to. */
export interface DeletionHooksRun {
  readonly run: SyncRun;
  readonly waits: readonly Wait[];
  /** Why the deletion goes no further. */
  readonly problems: readonly Problem[];
  /** Why hooks were passed over that can never run. */
  readonly passed: readonly Problem[];
}

/** Runs the hooks of one phase as far as it goes without waiting, and lets those that have succeeded go. */
export async function runDeletionHooks(
  phase: DeletionPhase,
  start: SyncRun,
  context: StepContext,
): Promise<DeletionHooksRun> {
  if (hooksIn(phase, start.input).length === 0) return { run: start, waits: [], problems: [], passed: [] };
  let run = await recordParent(start, context);
  const passed: Problem[] = [];
  for (;;) {
    const ran = await runHooks(phase, run, context);
    const past = ran.run.problems.filter(({ code }) => codesOfPast.has(code));
    const left = withoutPast(phase, ran.run, past);
    if (left !== undefined) {
      passed.push(...past);
      run = left;
      continue;
    }
    if (ran.waits.length > 0) return { run: ran.run, waits: ran.waits, problems: [], passed };
    await sweep(phase, ran.run, context);
    const { problems } = ran.run;
    return { run: { ...ran.run, problems: [] }, waits: [], problems, passed };
  }
}

// In a namespace that is going, or has gone, nothing can be made any more: what waits for it would wait for ever, and may
// keep the namespace itself.
const codesOfPast: ReadonlySet<string> = new Set(['kube.namespace-terminating', 'kube.namespace-not-found']);

/** The run without the hooks of a phase that can never run, whose others go on; undefined where there are none. */
function withoutPast(phase: DeletionPhase, run: SyncRun, past: readonly Problem[]): SyncRun | undefined {
  const { input } = run;
  const ids = new Set(past.map(({ where }) => where?.object));
  const mayRun = (hook: PreparedHook): boolean =>
    !hook.hook.runs.some((of) => of.phase === phase) || !ids.has(nameFor(phase, hook, input).id);
  const all = input.desired.hooks ?? [];
  const hooks = all.filter(mayRun);
  if (hooks.length === all.length) return undefined;
  return { ...run, input: { ...input, desired: { ...input.desired, hooks } }, problems: [] };
}

/**
 * Ends what a sync has begun and what still runs, with its pods: it must not change what the hooks of the deletion look
 * at. Answers with what has not gone yet.
 */
export async function endRunning(gone: ReadonlySet<string>, context: StepContext): Promise<readonly Wait[]> {
  const running = (): readonly Member[] =>
    [...(context.view.hooks?.() ?? [])].filter(
      (live) =>
        !gone.has(live.uid) && !isOfDeletion(live) && runsToEnd(live.key) && live.health.status === 'Progressing',
    );
  await Promise.all(
    running().map(async (live) => {
      await releaseHook(live, context);
      if (live.deletionTimestamp === undefined) await deleteHook(live, context, 'Foreground');
    }),
  );
  return running().map((live) => ({
    key: live.key,
    condition: 'Deleted',
    message: `a sync has begun it: ${leavingMessage(live)}`,
  }));
}

/** The members without which what runs after the deletion could not be made: they go after it. */
export function holdersOfLast(run: SyncRun | undefined, members: readonly Member[]): ReadonlySet<string> {
  if (run === undefined) return new Set();
  const hooks = hooksIn('PostDelete', run.input);
  const holders = members.filter(({ key }) => hooks.some((hook) => isHeldBy(hook.key, key)));
  return new Set(holders.map(({ id }) => id));
}

/**
 * Jobs and Pods that have succeeded go at the end of their phase, since nobody would come for them later. Anything else
 * goes where its policy says so, and otherwise stays, and belongs to nobody: it may be the backup that was made.
 */
async function sweep(phase: DeletionPhase, run: SyncRun, context: StepContext): Promise<void> {
  const byId = new Map<string, PreparedHook>();
  for (const hook of hooksIn(phase, run.input)) byId.set(nameFor(phase, hook, run.input).id, hook);
  await Promise.all(
    [...(context.view.hooks?.() ?? [])].map(async (live) => {
      const hook = live.hook?.phase === phase ? byId.get(live.id) : undefined;
      const outcome = hook === undefined ? undefined : run.hooks.get(slotOf(phase, hook));
      if (hook === undefined || outcome === undefined) return;
      await releaseHook(live, context);
      if (live.deletionTimestamp !== undefined) return;
      if (outcome === 'Failed') {
        if (isDeletedBy('HookFailed', hook.hook, live.key)) await deleteHook(live, context);
        return;
      }
      const isRun = live.key.kind === 'Job' || live.key.kind === 'Pod';
      if (isRun || isDeletedBy('HookSucceeded', hook.hook, live.key)) await deleteHook(live, context);
      else await disown(live, context);
    }),
  );
}

/** Lets what a hook has left stay: it belongs to nobody from then on. */
export async function disown({ key, uid, apiVersion }: Member, { cluster, signal }: StepContext): Promise<void> {
  const patch = { metadata: { uid, labels: { [partOfLabel]: null } } };
  try {
    await cluster.patch({ ...key, apiVersion }, patch, { type: 'merge', signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!hasOnly(error, 'kube.not-found') && !hasOnly(error, 'kube.stale')) throw error;
  }
}
