import type { Problem } from '../../errors.ts';
import type { DeletionPhase, SyncRun } from '../../sync/index.ts';

/** What is known of the hooks of a deletion. Lost at a restart, and found again. */
export interface DeletionState {
  /** The hooks as the last step left them; undefined where they are to be rendered. */
  readonly run: SyncRun | undefined;
  readonly startedAt: number;
  /** How often hooks have failed in a row. */
  readonly attempts: number;
  /** When they run again, milliseconds since 1970. */
  readonly retryAt: number;
  /** Why they have failed. */
  readonly problems: readonly Problem[];
  /** The value of the annotation that asks for a sync: a new one has them run again at once. */
  readonly request: string | undefined;
}

/** The phases of deletion hooks that a status names. */
export function deleteHooksIn(phases: readonly string[] | undefined): readonly DeletionPhase[] {
  return (['PreDelete', 'PostDelete'] as const).filter((phase) => phases?.includes(phase) === true);
}
