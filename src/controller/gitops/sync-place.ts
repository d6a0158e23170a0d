import type { ApplicationState } from '../application-state.ts';
import type { SyncPlace } from '../changes/wait-synced.ts';

/** Where an Application is; undefined where there is none. */
export function placeIn(state: ApplicationState | undefined): SyncPlace | undefined {
  if (state === undefined) return undefined;
  const { rendered, active, failed, settled } = state;
  const revision = rendered?.versions[0].version.revision;
  const problems = rendered?.state === 'failed' ? rendered.problems : failed?.problems;
  const isSettled = rendered?.state === 'ok' && active === undefined && failed === undefined;
  return {
    synced: isSettled ? settled.revision : undefined,
    failed:
      revision === undefined || problems === undefined || active !== undefined ? undefined : { revision, problems },
  };
}
