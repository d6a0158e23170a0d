import { createSyncRun, stepSync } from '../../sync/index.ts';
import { clientFor } from '../application/client-for.ts';
import type { Turn } from '../application/context.ts';
import { syncInputOf } from '../application/decide.ts';
import type { SyncState } from '../status/status.ts';
import { syncedState } from './finish-sync.ts';

/**
 * Asks the API server, by a dry-run and without a change, which objects differ: for an Application that may
 * not simply be synced, and of which it is not known what it was synced to.
 */
export async function proveStep({ state, rendered, view, context, signal }: Turn): Promise<SyncState> {
  const input = syncInputOf(state, rendered, 'drift', context);
  const outcome = await stepSync(createSyncRun({ ...input, options: { ...input.options, dryRun: true } }), {
    view,
    cluster: clientFor(state.application, context.client),
    recordParent: async () => {},
    signal,
  });
  if (outcome.kind === 'waiting') {
    return { state: 'out-of-sync', reason: 'OutOfSync', message: outcome.for.map(({ message }) => message).join('\n') };
  }
  const { report } = outcome;
  if (report.outcome !== 'synced')
    return { state: 'failed', reason: 'Rejected', problems: report.problems, retry: true };
  state.lastApplied = report.applied;
  const different = report.results.filter(({ action }) => action !== 'unchanged');
  if (different.length === 0) return syncedState(state, rendered, report);
  return {
    state: 'out-of-sync',
    reason: 'OutOfSync',
    message: `${different.length} objects differ from Git: ${different.map(({ id }) => id).join(', ')}`,
  };
}
