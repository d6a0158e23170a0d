import { type Application, names } from '../../api/index.ts';
import { formatKey } from '../../object.ts';
import {
  awaitingUnreachable,
  type DriftPolicy,
  hasSyncHooks,
  type ObjectOptions,
  optionNames,
  type Plan,
  type PlannedApply,
  planOf,
  type SyncInput,
  type SyncOptions,
} from '../../sync/index.ts';
import type { ApplicationState, RenderedWell, Settled, SyncCause } from './application-state.ts';
import { approvalOf, approvedSet } from '../deletion/approval.ts';
import { describeBlocked, isOpen } from './blocked.ts';
import { type CaptureSettings, captureSettingsOf } from '../capture/capture-state.ts';
import type { ReconcileContext, Turn } from './context.ts';
import { describeFights, heldObjects } from '../drift/fights.ts';
import { destinationOf } from '../rendering/render-request.ts';
import { openSyncRequest } from '../syncing/sync-requests.ts';

/** What is to be done about the difference between what is desired and what is there. */
export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'sync'; readonly cause: SyncCause }
  /** Whether anything differs is not known, and it may not simply be applied: ask the server. */
  | { readonly kind: 'prove' }
  /** What others changed is to become a commit. */
  | { readonly kind: 'capture'; readonly settings: CaptureSettings }
  | { readonly kind: 'leave'; readonly reason: string; readonly message: string };

/** Reasons for which an object may differ though Git has not moved. */
const driftReasons: ReadonlySet<PlannedApply['reason']> = new Set(['drifted', 'missing', 'unproven']);

/** How an Application wants to be synced. */
export function syncOptionsOf(
  application: Application,
  cause: SyncCause,
  fieldManager: string,
  approval: string | undefined = application.metadata.annotations?.[names.approvePrune],
): SyncOptions {
  const { sync } = application.spec;
  return {
    fieldManager,
    force: sync?.forceConflicts ?? true,
    validation: sync?.validation ?? 'Server',
    prune: sync?.prune ?? true,
    // Who asks for a sync by hand wants what Git says; by itself, drift is only reverted where that is wished.
    ...(cause === 'manual' || cause === 'rollback'
      ? { drift: 'Revert', revertAll: true }
      : { drift: driftPolicyOf(application) }),
    ...(sync?.pruneLimit === undefined ? {} : { pruneLimit: sync.pruneLimit }),
    allowEmpty: sync?.allowEmpty ?? false,
    // A fault somewhere else does not keep drift from being reverted.
    await: cause === 'drift' ? 'Applied' : 'All',
    pruneLast: sync?.pruneLast ?? false,
    write: sync?.write ?? 'Merge',
    recreate: sync?.recreate ?? false,
    propagation: sync?.propagation ?? 'Background',
    shared: sync?.sharedObjects ?? 'Fail',
    ...(approval === undefined ? {} : { approval }),
    ...(sync?.createNamespace === true ? { createNamespace: destinationOf(application) } : {}),
  };
}

/** Whether what differs in an object may be taken for drift and left: as it says itself, or as the Application does. */
export function mayLeaveDrift({ spec }: Application, own: ObjectOptions['drift']): boolean {
  return (own ?? spec.sync?.drift ?? 'Revert') !== 'Revert';
}

/** What a sync does about drift; what is to be captured is left to the capture, unless the cluster is put back at once. */
function driftPolicyOf({ spec }: Application): DriftPolicy {
  const { drift = 'Revert', capture } = spec.sync ?? {};
  if (drift !== 'Capture') return drift;
  return capture?.meanwhile === 'Revert' ? 'Revert' : 'Report';
}

/** All that a sync of this Application is made from. */
export function syncInputOf(
  state: ApplicationState,
  rendered: RenderedWell,
  cause: SyncCause,
  context: Pick<ReconcileContext, 'fieldManager' | 'ownerName'>,
): SyncInput {
  const { application } = state;
  const approved = approvedSet(state);
  const { unreachable } = state;
  return {
    desired: awaitingUnreachable(rendered.desired, unreachable),
    ...(unreachable.size === 0 ? {} : { unreachable }),
    applySet: state.applySet,
    parentNamespace: application.metadata.namespace,
    lastApplied: state.lastApplied,
    parent: state.parent,
    unmoved: isUnmoved(state.settled, rendered.desired.digest),
    options: {
      ...syncOptionsOf(application, cause, context.fieldManager, approvalOf(state)),
      ...(approved === undefined ? {} : { approved }),
    },
    ownerName: context.ownerName,
  };
}

/**
 * Whether what is desired is what the last sync of all has left, so that nothing but drift can differ: not where
 * a sync of something else was begun since, which may have come as far as an object or two.
 */
export function isUnmoved({ digest, unsettled }: Pick<Settled, 'digest' | 'unsettled'>, desired: string): boolean {
  return digest === desired && unsettled !== true;
}

/** What a sync would do now. */
export function planFor({
  state,
  rendered,
  view,
  context,
}: Pick<Turn, 'state' | 'rendered' | 'view'> & {
  readonly context: Pick<ReconcileContext, 'fieldManager' | 'ownerName'>;
}): Plan {
  return planOf(syncInputOf(state, rendered, 'automated', context), view);
}

/** Whether somebody asks for a sync. */
function isAskedFor(state: ApplicationState): boolean {
  return openSyncRequest(state)?.action === 'Sync';
}

/** The objects that are not as Git says although Git has not moved. */
export function driftedIn(state: ApplicationState, rendered: RenderedWell, plan: Plan): string[] {
  return driftedObjects(state, rendered, plan).map(({ desired }) => formatKey(desired.key));
}

/** The same, as they are planned. */
export function driftedObjects(state: ApplicationState, rendered: RenderedWell, plan: Plan): readonly PlannedApply[] {
  if (!isUnmoved(state.settled, rendered.desired.digest)) return [];
  return plan.apply.filter(({ reason }) => driftReasons.has(reason));
}

/** Whether what Git asks for now was never synced as a whole, and has hooks that run when it is. */
function hasHooksDue(state: ApplicationState, { desired }: RenderedWell): boolean {
  return hasSyncHooks(desired) && state.settled.digest !== desired.digest;
}

/** What is to be done for the hooks where the objects are as they should be. */
function decideHooks(state: ApplicationState, rendered: RenderedWell): Decision | undefined {
  const { spec, metadata } = state.application;
  // Where only some objects are to be synced, no hook runs.
  const manual = isAskedFor(state) && openSyncRequest(state)?.resources === undefined;
  if (!hasHooksDue(state, rendered) && !(manual && hasSyncHooks(rendered.desired))) return undefined;
  if (spec.suspend === true) {
    return { kind: 'leave', reason: 'Suspended', message: 'hooks are to run; it is suspended (spec.suspend)' };
  }
  if (manual) return { kind: 'sync', cause: 'manual' };
  if (metadata.annotations?.[names.rollbackTo] !== undefined) return { kind: 'sync', cause: 'rollback' };
  if (spec.sync?.automated ?? true) return { kind: 'sync', cause: 'automated' };
  const message = 'hooks have changed; syncing is not automated: ask for it with `plumb sync`';
  return { kind: 'leave', reason: 'OutOfSync', message };
}

/** Decides, from nothing but what is known, what to do now. */
export function decide(state: ApplicationState, rendered: RenderedWell, plan: Plan, now: number): Decision {
  const manual = isAskedFor(state);
  const { operation } = state;
  if (operation !== undefined && state.application.spec.suspend !== true) {
    // One that was interrupted goes on; what another left behind is tidied up.
    if (operation.digest === rendered.desired.digest) return { kind: 'sync', cause: operation.by as SyncCause };
    if (state.application.spec.sync?.automated ?? true) return { kind: 'sync', cause: 'automated' };
  }
  if (plan.apply.length === 0 && plan.prune.length === 0) {
    const open = plan.blocked.filter(isOpen);
    if (open.length === 0) return decideHooks(state, rendered) ?? { kind: 'nothing' };
    return {
      kind: 'leave',
      reason: open.some(({ reason }) => reason === 'claimed') ? 'Claimed' : 'PruneBlocked',
      message: describeBlocked(open, plan.approval).join('\n'),
    };
  }
  if (state.application.spec.suspend === true) {
    return { kind: 'leave', reason: 'Suspended', message: `${differences(plan)}; it is suspended (spec.suspend)` };
  }
  if (manual) return { kind: 'sync', cause: 'manual' };
  if (isRollback(state, rendered)) return { kind: 'sync', cause: 'rollback' };
  return decideAutomated(state, rendered, plan, now);
}

/**
 * Whether it is to be brought to what a rollback holds it at. Once it is there, drift is what it is elsewhere; but none is
 * captured, which would be a change of another commit than Git's.
 */
function isRollback({ application, settled }: ApplicationState, { desired }: RenderedWell): boolean {
  const { metadata, spec } = application;
  if (metadata.annotations?.[names.rollbackTo] === undefined) return false;
  return !isUnmoved(settled, desired.digest) || spec.sync?.drift === 'Capture';
}

function decideAutomated(state: ApplicationState, rendered: RenderedWell, plan: Plan, now: number): Decision {
  const { application } = state;
  const drifted = driftedObjects(state, rendered, plan);
  const driftOnly = plan.prune.length === 0 && drifted.length === plan.apply.length;
  const automated = application.spec.sync?.automated ?? true;
  if (automated && !driftOnly) return { kind: 'sync', cause: 'automated' };
  const wished = (wish: DriftWish): string[] =>
    drifted.filter(({ desired }) => driftWishOf(application, desired) === wish).map(({ desired }) => desired.id);
  const reverted = automated ? wished('Revert') : [];
  const captured = wished('Capture');
  if (driftOnly && plan.apply.every(({ reason }) => reason === 'unproven')) {
    return reverted.length > 0 && captured.length === 0 ? { kind: 'sync', cause: 'drift' } : { kind: 'prove' };
  }
  const capture = captureSettingsOf(application);
  if (driftOnly && capture !== undefined && captured.length > 0) {
    // Where the cluster is put back at once, that comes after it was taken down what is there.
    if (reverted.length === 0 || capture.meanwhile === 'Revert')
      return isContested(state, now, captured) ?? { kind: 'capture', settings: capture };
  }
  if (!automated) {
    return {
      kind: 'leave',
      reason: 'OutOfSync',
      message: `${differences(plan)}; syncing is not automated: ask for it with \`plumb sync\``,
    };
  }
  if (reverted.length === 0) {
    const said = application.spec.sync?.drift === 'Report' ? 'spec.sync.drift' : optionNames.drift;
    return { kind: 'leave', reason: 'Drifted', message: `${differences(plan)}; drift is only reported (${said})` };
  }
  return isContested(state, now, reverted) ?? { kind: 'sync', cause: 'drift' };
}

type DriftWish = DriftPolicy | 'Capture';

/** What is to become of the drift of an object: what it says itself, or the Application. */
function driftWishOf(application: Application, { options }: PlannedApply['desired']): DriftWish {
  const { drift: own = 'Ignore' } = options ?? {};
  if (own !== 'Ignore') return own;
  const wish = application.spec.sync?.drift ?? 'Revert';
  return wish === 'Capture' && captureSettingsOf(application) === undefined ? 'Revert' : wish;
}

/** The part of a plan whose drift is to be dealt with in this way. */
export function partOfPlan(plan: Plan, application: Application, wish: DriftWish): Plan {
  return { ...plan, apply: plan.apply.filter(({ desired }) => driftWishOf(application, desired) === wish) };
}

/** Something else keeps changing all that has drifted. */
function isContested({ fights }: ApplicationState, now: number, drifted: readonly string[]): Decision | undefined {
  const held = heldObjects(fights, now);
  if (drifted.length === 0 || !drifted.every((id) => held.has(id))) return undefined;
  return { kind: 'leave', reason: 'DriftContested', message: describeFights(fights, now) };
}

function differences(plan: Plan): string {
  const parts = [
    plan.apply.length === 0 ? '' : `${plan.apply.length} objects differ from Git`,
    plan.prune.length === 0 ? '' : `${plan.prune.length} objects are no longer in Git`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
