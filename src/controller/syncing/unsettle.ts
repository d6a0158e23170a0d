import type { AboutToChange } from '../../sync/index.ts';
import type { ActiveSync, ApplicationState } from '../application/application-state.ts';
import type { Turn } from '../application/context.ts';
import { isUnmoved, mayLeaveDrift } from '../application/decide.ts';
import { writeUnsettled } from '../status/write-status.ts';

/**
 * Before objects change in a sync of something new: what was known of them is of the past, and that the last finished
 * sync tells of the cluster holds no more. Should Git be taken back before the end, what differs then is nobody's drift.
 * It is written down where drift may be left, since nobody else would put it right after a start.
 */
export async function unsettle(
  { state, context }: Pick<Turn, 'state' | 'context'>,
  { run }: Pick<ActiveSync, 'run'>,
  objects: readonly AboutToChange[],
  signal: AbortSignal,
): Promise<void> {
  const { settled } = state;
  if (settled.digest === undefined || isUnmoved(settled, run.input.desired.digest)) return;
  const changed = new Set(objects.map(({ id }) => id));
  state.lastApplied = new Map([...state.lastApplied].filter(([id]) => !changed.has(id)));
  state.settled = { ...settled, unsettled: true };
  const isLeft = objects.some(({ drift }) => mayLeaveDrift(state.application, drift));
  if (isLeft && state.written?.unsettled !== true) await writeUnsettled(state, context, signal);
}

/** A sync that was rejected has changed nothing, whatever it was about to do. */
export function settleRejected(state: ApplicationState, { unsettled }: Pick<ActiveSync, 'unsettled'>): void {
  if (unsettled) return;
  const { unsettled: _unsettled, ...settled } = state.settled;
  state.settled = settled;
}
