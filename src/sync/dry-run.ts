import { reportOf } from './report.ts';
import { createSyncRun, stepSync } from './run.ts';
import type { StepContext, SyncInput, SyncReport } from './run-types.ts';

/**
 * What a sync would do now, as the API server answers to a rehearsal of each write; changes nothing. Where it would have to
 * wait for something, what comes after that is not known.
 */
export async function dryRunSync(
  input: SyncInput,
  context: Pick<StepContext, 'view' | 'cluster' | 'signal'>,
): Promise<SyncReport> {
  const { hooks: _hooks, ...rest } = input;
  const run = createSyncRun({ ...rest, options: { ...input.options, dryRun: true } });
  const outcome = await stepSync(run, { ...context, recordParent: async () => {} });
  return outcome.kind === 'done' ? outcome.report : reportOf(outcome.run, 'synced');
}
