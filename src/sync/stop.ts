import type { Problem } from '../errors.ts';
import { runsToEnd } from './hook.ts';
import { deleteHook, releaseHook } from './hook-calls.ts';
import { sweepHooks } from './hook-sweep.ts';
import { reportOf } from './report.ts';
import type { StepContext, SyncReport, SyncRun } from './run-types.ts';

/**
 * Ends a sync where it is: what was applied stays, the hooks that run are deleted, and nothing answers for it. May be
 * called again after an interruption.
 */
export async function stopRun(run: SyncRun, context: StepContext): Promise<SyncReport> {
  await endHooks(run, context);
  await sweepHooks(run, context);
  return reportOf(run, 'stopped');
}

/** Deletes the hooks of this sync that have not ended; those that answer a failure only where that has begun. */
export async function endHooks({ input, phase }: SyncRun, context: StepContext): Promise<void> {
  const running = [...(context.view.hooks?.() ?? [])].filter(
    ({ hook, key, health, deletionTimestamp }) =>
      hook !== undefined &&
      hook.operation === input.hooks?.operation &&
      (phase === 'answer' || hook.phase !== 'SyncFail') &&
      runsToEnd(key) &&
      health.status === 'Progressing' &&
      deletionTimestamp === undefined,
  );
  await Promise.all(
    running.map(async (live) => {
      await releaseHook(live, context);
      await deleteHook(live, context);
    }),
  );
}

/** A sync that has failed for a reason of its own: its next step answers that with the hooks there are for it. */
export function failRun(run: SyncRun, problem: Problem): SyncRun {
  return { ...run, phase: run.phase === 'answer' ? 'ended' : 'answer', problems: [...run.problems, problem] };
}
