import { isDeepStrictEqual } from 'node:util';
import type { ApplicationStatus } from '../../api/index.ts';
import { PlumbError } from '../../errors.ts';
import type { Health } from '../../health/index.ts';
import type { Plan, SyncView } from '../../sync/index.ts';
import type { ApplicationState, RenderedWell } from '../application/application-state.ts';
import { askedApproval, type Asking } from '../deletion/approval.ts';
import { describeBlocked, isOpen } from '../application/blocked.ts';
import { capturePatch, captureStatusOf } from '../capture/capture-status.ts';
import type { ReadySource, ReconcileContext } from '../application/context.ts';
import { driftedIn } from '../application/decide.ts';
import { driftStatusOf } from '../drift/drift-status.ts';
import { healthOf } from '../health/health.ts';
import { applicationRef } from '../application/parent.ts';
import { statusOf, type SyncState } from './status.ts';

/** What was found out about the Application in this turn. */
export interface Findings {
  readonly sync: SyncState;
  /** What it was found out about; missing where the sources are not known. */
  readonly source?: ReadySource;
  /** Missing where nothing could be rendered: health and drift then stay as they were. */
  readonly rendered?: RenderedWell;
  readonly plan?: Plan;
  readonly view?: SyncView;
  /** What a deletion of the Application itself asks for. */
  readonly asked?: Asking;
  /** What is worth saying of the sources besides. */
  readonly notes?: readonly string[];
}

/** Fields that a status may lose again; a merge patch has to say so. */
const optionalFields = [
  'revision',
  'revisions',
  'digest',
  'fingerprint',
  'unsettled',
  'synced',
  'history',
  'operation',
  'retry',
  'stopped',
  'window',
  'request',
  'approval',
  'deleteHooks',
  'hold',
  'handledRequest',
  'handledSyncRequest',
] as const;

/** A sync under way tells no more than once in this time how far it is. */
const progressMilliseconds = 500;

const unknownHealth: Health = { status: 'Unknown', message: 'nothing has been rendered yet' };

/** Writes the status where it says something new, in one call; a status on its way to another waits a moment. */
export async function writeStatus(
  state: ApplicationState,
  context: ReconcileContext,
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  const now = context.now();
  const { rendered, view, sync } = findings;
  const health =
    rendered === undefined || view === undefined
      ? lastHealth(state)
      : healthOf(rendered.desired, view, (member) => context.explainer.reasonOf(state.id, member), state.unreachable);
  const status = currentStatus(state, context, findings, health);
  state.standing = { news: state.lookedAt, status };
  const moving =
    sync.state === 'waiting' ||
    sync.state === 'held' ||
    sync.state === 'syncing' ||
    (sync.state === 'synced' && health.status === 'Progressing');
  if (moving && now < state.holdStatusUntil) {
    context.requeue(state.id, state.holdStatusUntil - now);
    return;
  }
  const { source } = findings;
  if (source !== undefined) context.feedback.tell(state, { source, sync, rendered, health });
  if (isDeepStrictEqual(status, state.written)) return;
  await patchStatus(state, status, context, signal);
  // How far a sync has come is told so often that it can be followed, however many waves begin and objects become healthy.
  if (sync.state === 'syncing') state.holdStatusUntil = now + progressMilliseconds;
}

function currentStatus(
  state: ApplicationState,
  context: ReconcileContext,
  { sync, rendered, plan, asked: askedFor, notes = [] }: Findings,
  health: Health,
): ApplicationStatus {
  const capture = captureStatusOf(state);
  const drifted = rendered === undefined ? undefined : plan === undefined ? [] : driftedIn(state, rendered, plan);
  const asked = askedFor ?? plan;
  // What was approved is not asked anew while it is done.
  const approval =
    state.active === undefined && asked !== undefined
      ? askedApproval(state, asked, context.now())
      : state.written?.approval;
  return statusOf({
    application: state.application,
    previous: state.written?.conditions,
    sync,
    health,
    ...(drifted === undefined ? {} : { drifted }),
    drift: drifted === undefined ? lastDrift(state) : driftStatusOf(state, drifted, context.now()),
    notes: [
      ...notes,
      ...context.claimsOn(state.applySet),
      ...describeBlocked(plan?.blocked.filter((blocked) => !isOpen(blocked)) ?? [], undefined),
    ],
    warnings: [
      ...context.ruleBook.problemsOf(state.applySet),
      ...(rendered?.warnings ?? []),
      ...(rendered?.desired.warnings ?? []),
    ],
    settled: state.settled,
    ...(capture === undefined ? {} : { capture }),
    ...(state.operation === undefined ? {} : { operation: state.operation }),
    ...(state.tries === undefined ? {} : { retry: state.tries }),
    ...(state.stopped === undefined ? {} : { stopped: state.stopped }),
    ...(state.window === undefined ? {} : { window: state.window }),
    ...(state.request === undefined ? {} : { request: state.request }),
    ...(approval === undefined ? {} : { approval }),
    deleteHooks: [...state.deleteHooks],
    ...(state.hold === undefined ? {} : { hold: state.hold }),
    handledRequest: state.handledRequest,
    handledSyncRequest: state.handledSyncRequest,
    now: new Date(context.now()),
  });
}

function lastHealth(state: ApplicationState): Health {
  const status = state.written?.health;
  return status === undefined ? unknownHealth : { status, message: '' };
}

function lastDrift(state: ApplicationState): NonNullable<ApplicationStatus['drift']> {
  return state.written?.drift ?? { objects: 0 };
}

/** Writes down at once how far a sync with hooks has come: what is done next counts on it. */
export async function writeOperation(
  state: ApplicationState,
  operation: NonNullable<ApplicationState['operation']>,
  context: Pick<ReconcileContext, 'client' | 'fieldManager'>,
  signal: AbortSignal,
): Promise<void> {
  await context.client.patch(
    applicationRef(state),
    { status: { operation: { ...operation, failure: operation.failure ?? null } } },
    { type: 'merge', subresource: 'status', fieldManager: context.fieldManager, priority: 'high', signal },
  );
  state.operation = operation;
  state.written = { ...state.written, operation };
}

/** Parts that may lose a field of their own: a merge patch has to say so, too. */
function withCleared({ drift, stopped, window, request }: ApplicationStatus): object {
  return {
    ...(drift === undefined ? {} : { drift: { reverted: null, changes: null, contested: null, ...drift } }),
    ...(stopped === undefined ? {} : { stopped: { by: null, ...stopped } }),
    ...(window === undefined ? {} : { window: { changesAt: null, ...window } }),
    ...(request === undefined ? {} : { request: { by: null, ...request } }),
  };
}

/** Writes down at once that hooks run at the deletion: whoever deletes the Application from now on finds it. */
export async function writeDeleteHooks(
  state: ApplicationState,
  phases: ApplicationState['deleteHooks'],
  context: Pick<ReconcileContext, 'client' | 'fieldManager'>,
  signal: AbortSignal,
): Promise<void> {
  await context.client.patch(
    applicationRef(state),
    { status: { deleteHooks: phases } },
    { type: 'merge', subresource: 'status', fieldManager: context.fieldManager, priority: 'high', signal },
  );
  state.deleteHooks = phases;
  state.written = { ...state.written, deleteHooks: [...phases] };
}

/** Writes down at once that objects are about to change: whoever finds Git taken back after a start does not call that drift. */
export async function writeUnsettled(
  state: ApplicationState,
  context: Pick<ReconcileContext, 'client' | 'fieldManager'>,
  signal: AbortSignal,
): Promise<void> {
  await context.client.patch(
    applicationRef(state),
    { status: { unsettled: true } },
    { type: 'merge', subresource: 'status', fieldManager: context.fieldManager, priority: 'high', signal },
  );
  state.written = { ...state.written, unsettled: true };
}

async function patchStatus(
  state: ApplicationState,
  status: ApplicationStatus,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const cleared = Object.fromEntries(optionalFields.map((field) => [field, null]));
  try {
    await context.client.patch(
      applicationRef(state),
      { status: { ...cleared, ...status, ...withCleared(status), capture: capturePatch(status.capture) } },
      { type: 'merge', subresource: 'status', fieldManager: context.fieldManager, priority: 'high', signal },
    );
    state.written = status;
    context.onStatus(state.id);
  } catch (error) {
    // Deleted in the meantime: there is nobody left to tell.
    if (error instanceof PlumbError && error.code === 'kube.not-found') return;
    throw error;
  }
}
