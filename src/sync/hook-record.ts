import { formatProblem } from '../errors.ts';
import type { HookPhase } from './hook.ts';
import type { HookOutcome } from './hooks.ts';
import type { StepContext, SyncRun } from './run-types.ts';

/** What a sync has come to, for whoever goes on with it. */
export interface HookProgress {
  readonly operation: string;
  readonly done: ReadonlyMap<string, HookOutcome>;
  readonly phase: HookPhase;
  readonly failure?: string;
}

/** Before the first hook is made, it is written down that a sync with hooks is under way. */
export async function recordBegin(phase: HookPhase, run: SyncRun, context: StepContext): Promise<SyncRun> {
  if (run.recorded === phase) return run;
  await record(phase, run, context);
  return { ...run, recorded: phase };
}

/** Writes down what the hooks have come to. */
export async function record(phase: HookPhase, run: SyncRun, context: StepContext): Promise<void> {
  const { hooks } = run.input;
  if (hooks === undefined) return;
  const reason = failureOf(run);
  const progress: HookProgress = {
    operation: hooks.operation,
    done: run.hooks,
    phase,
    ...(reason === undefined ? {} : { failure: reason }),
  };
  await context.recordHooks?.(progress, { signal: context.signal });
}

/** Why the sync has failed, in short: whoever goes on after an interruption has to know. */
function failureOf({ input, problems, failing, results }: SyncRun): string | undefined {
  const all = [...problems, ...failing, ...[...results.values()].flatMap((result) => result.problems)];
  if (all.length === 0) return input.hooks?.failure;
  return all.map(formatProblem).join('\n').slice(0, longestFailure);
}

/** Characters kept of a failure. */
const longestFailure = 1000;
