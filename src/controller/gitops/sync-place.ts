import type { ApplicationState } from '../application/application-state.ts';
import type { SyncPlace } from '../changes/wait-synced.ts';

/** Where an Application is; undefined where there is none. */
export function placeIn(state: ApplicationState | undefined): SyncPlace | undefined {
  if (state === undefined) return undefined;
  const { rendered, active, failed, settled } = state;
  const revisions = rendered?.versions.map(({ version }) => version.revision);
  const problems = rendered?.state === 'failed' ? rendered.problems : failed?.problems;
  const { suspend, sync } = state.application.spec;
  const isSettled = rendered?.state === 'ok' && active === undefined && failed === undefined;
  return {
    synced: isSettled ? (settled.revisions ?? (settled.revision === undefined ? [] : [settled.revision])) : [],
    failed:
      revisions === undefined || problems === undefined || active !== undefined ? undefined : { revisions, problems },
    idle:
      suspend === true
        ? 'the Application is suspended'
        : sync?.automated === false
          ? 'the Application is not synced by itself: ask for it with `plumb sync`'
          : undefined,
  };
}
