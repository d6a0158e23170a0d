import { hash } from 'node:crypto';
import type { SyncOperation } from '../../api/index.ts';
import { deletionPhasesOf, type HookInput, type HookOutcome, type HookProgress } from '../../sync/index.ts';
import type { ActiveSync, ApplicationState, RenderedWell, SyncCause } from '../application/application-state.ts';
import type { ReconcileContext } from '../application/context.ts';
import { deleteHooksIn } from '../deletion/deletion-state.ts';
import { writeDeleteHooks, writeOperation } from '../status/write-status.ts';

/** Hooks run once for one sync; putting back what drifted is none. */
export function hooksOf(
  state: ApplicationState,
  { desired }: RenderedWell,
  cause: SyncCause,
  now: number,
): HookInput | undefined {
  // Those of a deletion do not run now, but what the server says of them is heard now.
  if ((desired.hooks ?? []).length === 0) return undefined;
  const { operation, settled, application } = state;
  const replace = cause === 'manual';
  if (operation?.digest === desired.digest) {
    const { id, first, failure } = operation;
    const done = new Map(operation.done.map((text) => text.split(':') as [string, HookOutcome]));
    return { operation: id, done, first, replace, ...(failure === undefined ? {} : { failure }) };
  }
  // They have run for this content already: only a person has them run again.
  if (settled.digest === desired.digest && cause !== 'manual') return undefined;
  const text = `${application.metadata.uid ?? ''} ${desired.digest} ${now}`;
  const operationId = hash('sha256', text, 'hex').slice(0, 12);
  return { operation: operationId, done: new Map(), first: settled.digest === undefined, replace };
}

/** What hooks belong to: a sync or a deletion. */
export interface SyncOfHooks extends Pick<ActiveSync, 'startedAt' | 'run'> {
  readonly cause: SyncCause | 'deletion';
}

/** Before anything is applied, it is written down what is to run when that is deleted. */
export async function recordDeleteHooks(
  state: ApplicationState,
  { desired }: RenderedWell,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const phases = deleteHooksIn([...state.deleteHooks, ...deletionPhasesOf(desired)]);
  if (phases.length > state.deleteHooks.length) await writeDeleteHooks(state, phases, context, signal);
}

/** Writes down what the hooks have come to. */
export async function recordHooks(
  state: ApplicationState,
  { cause, startedAt, run }: SyncOfHooks,
  { operation, done, phase, failure }: HookProgress,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const known: SyncOperation = {
    id: operation,
    digest: run.input.desired.digest,
    by: cause,
    startedAt: state.operation?.id === operation ? state.operation.startedAt : new Date(startedAt).toISOString(),
    phase,
    first: run.input.hooks?.first ?? false,
    done: [...done].map(([slot, outcome]) => `${slot}:${outcome}`),
    ...(failure === undefined ? {} : { failure }),
  };
  await writeOperation(state, known, context, signal);
}
