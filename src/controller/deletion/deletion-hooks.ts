import { hash } from 'node:crypto';
import { names, type SyncOperation } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import {
  createDeletionRun,
  deletionPhasesOf,
  type DeletionPhase,
  type HookOutcome,
  type SyncRun,
  type TeardownOutcome,
} from '../../sync/index.ts';
import type { ApplicationState, RenderedWell } from '../application/application-state.ts';
import type { ApplicationSource, ReconcileContext } from '../application/context.ts';
import { renderApplication } from '../rendering/render-step.ts';
import type { SyncState } from '../status/status.ts';

/** What a deletion does about hooks: nothing, run them, or wait. */
export type DeletionHooks =
  | { readonly kind: 'none' }
  | { readonly kind: 'run'; readonly run: SyncRun }
  | { readonly kind: 'held'; readonly sync: SyncState; readonly retryAfter: number | undefined };

const firstRetryMilliseconds = 2_000;
const lastRetryMilliseconds = 300_000;

/** What leads out, for a person who does not want to wait. */
function wayOut({ application: { metadata } }: ApplicationState): string {
  return `To delete it without its hooks: \`kubectl annotate application ${metadata.name} -n ${metadata.namespace} ${names.skipDeleteHooks}=true\`.`;
}

/** The problems, the first with what leads out. */
function withWayOut(problems: readonly Problem[], state: ApplicationState): readonly Problem[] {
  const hint = `Mend it in Git: it is tried again by itself. ${wayOut(state)}`;
  return problems.map((problem, index) => (index === 0 ? { ...problem, hint } : problem));
}

/**
 * The hooks that run when this Application is deleted with its objects. An Application of which none were recorded needs
 * no render and no repository to be deleted.
 */
export async function deletionHooks(
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<DeletionHooks> {
  const { metadata, spec } = state.application;
  const skipped = metadata.annotations?.[names.skipDeleteHooks] === 'true';
  if (skipped || (spec.deletionPolicy ?? 'Orphan') === 'Orphan' || state.deleteHooks.length === 0) {
    state.deletion = undefined;
    state.operation = undefined;
    return { kind: 'none' };
  }
  const request = metadata.annotations?.[names.syncRequestedAt];
  const { deletion } = state;
  if (deletion?.run !== undefined) return { kind: 'run', run: asRecorded(deletion.run, state) };
  const now = context.now();
  if (deletion !== undefined && now < deletion.retryAt && deletion.request === request) {
    return { kind: 'held', sync: failed(deletion.problems, state), retryAfter: deletion.retryAt - now };
  }
  const rendered = await renderForDeletion(state, context, signal);
  if (rendered.state === 'held') return { kind: 'held', sync: rendered.sync, retryAfter: rendered.retryAfter };
  if (deletionPhasesOf(rendered.rendered.desired).length === 0) return { kind: 'none' };
  const run = runOf(state, rendered.rendered, deletion !== undefined, context);
  state.deletion = { startedAt: now, attempts: 0, retryAt: 0, problems: [], ...deletion, request, run };
  return { kind: 'run', run };
}

/** What was written down counts, also where the step that did it has ended in an error. */
function asRecorded(run: SyncRun, { operation }: ApplicationState): SyncRun {
  if (operation === undefined || operation.id !== run.input.hooks?.operation) return run;
  return { ...run, hooks: new Map([...run.hooks, ...outcomesIn(operation)]) };
}

function outcomesIn({ done }: Pick<SyncOperation, 'done'>): readonly (readonly [string, HookOutcome])[] {
  return done.map((text) => text.split(':') as [string, HookOutcome]);
}

type Found =
  | { readonly state: 'ok'; readonly rendered: RenderedWell }
  | { readonly state: 'held'; readonly sync: SyncState; readonly retryAfter: number | undefined };

/**
 * What Git says now; where that cannot be rendered, since the folder went with the Application or the repository is gone,
 * what was synced last.
 */
async function renderForDeletion(
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<Found> {
  const known = state.rendered;
  const newest = await context.sourceOf(state.application);
  if (newest.state === 'pending') {
    const message = `its hooks (${state.deleteHooks.join(', ')}) are to run: ${newest.message}. ${wayOut(state)}`;
    return { state: 'held', sync: { state: 'waiting', reason: 'Deleting', message }, retryAfter: undefined };
  }
  const first = await renderAt(newest, state, context, signal);
  if (first.state === 'ok') return first;
  const { revision, revisions } = state.settled;
  if (newest.state === 'ready' && revision !== undefined) {
    const { application } = state;
    const { metadata } = application;
    const annotations = { ...metadata.annotations, [names.rollbackTo]: (revisions ?? [revision]).join(',') };
    const last = await context.sourceOf({ ...application, metadata: { ...metadata, annotations } });
    const second = await renderAt(last, state, context, signal);
    if (second.state === 'ok') return second;
  }
  if (known?.state === 'ok') return { state: 'ok', rendered: known };
  // A fault of the surroundings may pass; one of Git is looked at again when Git moves.
  state.rendered = undefined;
  const message = `its hooks (${state.deleteHooks.join(', ')}) are to run, and are not known`;
  const problems: readonly Problem[] = [{ code: 'controller.delete-hooks-unknown', message }, ...first.problems];
  return { state: 'held', sync: failed(problems, state), retryAfter: undefined };
}

type RenderedAt = Extract<Found, { readonly state: 'ok' }> | { readonly state: 'failed'; problems: readonly Problem[] };

async function renderAt(
  source: ApplicationSource,
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<RenderedAt> {
  if (source.state === 'pending') return { state: 'failed', problems: [] };
  if (source.state === 'failed') return source;
  const rendered = await renderApplication(state, source, context, signal);
  return rendered.state === 'ok' ? { state: 'ok', rendered } : { state: 'failed', problems: rendered.problems };
}

/** The run of the hooks, which goes on where one was interrupted; after a failure those that had succeeded stay so. */
function runOf(state: ApplicationState, { desired }: RenderedWell, again: boolean, context: ReconcileContext): SyncRun {
  const { application } = state;
  const now = context.now();
  const known = state.operation?.by === 'deletion' ? state.operation : undefined;
  const done = new Map(outcomesIn(known ?? { done: [] }));
  const hasFailed = [...done.values()].includes('Failed');
  const isNew = known === undefined || (again && hasFailed);
  const kept = isNew ? new Map([...done].filter(([, outcome]) => outcome === 'Succeeded')) : done;
  const id = isNew ? hash('sha256', `${application.metadata.uid} deletion ${now}`, 'hex').slice(0, 12) : known.id;
  const failure = isNew ? undefined : known.failure;
  return createDeletionRun({
    desired,
    applySet: state.applySet,
    parentNamespace: application.metadata.namespace,
    parent: state.parent,
    lastApplied: new Map(),
    options: { fieldManager: context.fieldManager },
    hooks: {
      operation: id,
      done: kept,
      first: false,
      replace: true,
      ...(failure !== undefined && hasFailed ? { failure } : {}),
    },
    ownerName: context.ownerName,
  });
}

function failed(problems: readonly Problem[], state: ApplicationState): SyncState {
  return { state: 'failed', reason: 'DeletionFailed', problems: withWayOut(problems, state), retry: true };
}

/** What a step of the teardown has come to by its hooks; undefined where they hold nothing up. */
export function heldByHooks(
  state: ApplicationState,
  { phase, problems, hooks }: TeardownOutcome,
  context: ReconcileContext,
): Extract<DeletionHooks, { readonly kind: 'held' }> | undefined {
  const { deletion } = state;
  if (deletion === undefined) return undefined;
  state.deletion = { ...deletion, run: hooks ?? deletion.run };
  if (phase === undefined || problems.length === 0) return undefined;
  const attempts = deletion.attempts + 1;
  const delay = Math.min(firstRetryMilliseconds * 2 ** (attempts - 1), lastRetryMilliseconds);
  state.deletion = { ...deletion, run: undefined, attempts, retryAt: context.now() + delay, problems };
  return { kind: 'held', sync: failed(problems, state), retryAfter: delay };
}

/** The lines of a condition while hooks are waited for. */
export function describeHooks(state: ApplicationState, phase: DeletionPhase, lines: readonly string[]): string {
  return [`the end of ${phase} waits for:`, ...lines, wayOut(state)].join('\n');
}
