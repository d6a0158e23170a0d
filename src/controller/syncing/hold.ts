import { type Application, type ApplicationHold, apiVersion, group, names } from '../../api/index.ts';
import { nameAnnotation } from '../../asked.ts';
import { catalogue, PlumbError, type Problem, problemsOf } from '../../errors.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { ReadySource, ReconcileContext, SourcePart } from '../application/context.ts';
import { filesOf, renderSources } from '../rendering/render-sources.ts';
import { renderInputsOf } from '../rendering/render-request.ts';
import { shortRevision } from './revisions-of.ts';
import { describeProblems } from '../status/status.ts';

/** Whether an Application is held by a rollback after this look at where Git is. */
export type HoldStep =
  | { readonly kind: 'free' }
  /** @property note why it is held still, where Git has moved */
  | { readonly kind: 'held'; readonly note: string | undefined }
  /** Git has moved: the annotation is taken away, and the watch will show it. */
  | { readonly kind: 'ended' };

/** What was found of the newest versions: asked again only where something is another. */
export interface HoldLook {
  readonly about: string;
  readonly note: string | undefined;
}

const transientRetryMilliseconds = 5_000;

/** How an Application is held, in words; undefined where it is not. */
export function describeHold({
  hold,
  application,
}: Pick<ApplicationState, 'hold' | 'application'>): string | undefined {
  const revision = application.metadata.annotations?.[names.rollbackTo];
  if (revision === undefined) return undefined;
  const from = hold?.revision === revision ? ` from ${shortened(hold.from)}` : '';
  return `held at ${shortened(revision.split(','))} by a rollback until Git moves on${from}; \`plumb rollback --release\` follows Git again`;
}

const shortened = (revisions: readonly string[]): string => revisions.map(shortRevision).join(', ');

/**
 * Looks whether a rollback still holds an Application. It ends when Git moves: when what the sources follow renders to
 * something else than when the hold began. A commit that changes nothing of it, or that cannot be rendered, does not end it.
 */
export async function stepHold(
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<HoldStep> {
  const revision = state.application.metadata.annotations?.[names.rollbackTo];
  if (revision === undefined) {
    state.hold = undefined;
    state.heldLook = undefined;
    return { kind: 'free' };
  }
  const newest = await context.sourceOf(withoutHold(state.application));
  if (newest.state !== 'ready') return { kind: 'held', note: undefined };
  const revisions = newest.parts.map(({ version }) => version.revision);
  const { hold } = state;
  if (hold?.revision !== revision || hold.from.length !== revisions.length) {
    state.hold = { revision, from: revisions, since: new Date(context.now()).toISOString() };
    state.heldLook = undefined;
    return { kind: 'held', note: undefined };
  }
  if (revisions.every((each, index) => each === hold.from[index])) return { kind: 'held', note: undefined };
  const about = [...revisions, renderInputsOf(state.application)].join(' ');
  if (state.heldLook?.about === about) return { kind: 'held', note: state.heldLook.note };
  const found = await look(state, newest, hold, context, signal);
  if (found.kind === 'moved') {
    await endHold(state, hold, revisions, context, signal);
    return { kind: 'ended' };
  }
  if (found.again) context.requeue(state.id, transientRetryMilliseconds);
  else state.heldLook = { about, note: found.note };
  return { kind: 'held', note: found.note };
}

function withoutHold(application: Application): Application {
  const { [names.rollbackTo]: _held, ...annotations } = application.metadata.annotations ?? {};
  return { ...application, metadata: { ...application.metadata, annotations } };
}

type Found =
  | { readonly kind: 'moved' }
  | { readonly kind: 'same'; readonly note: string | undefined; readonly again: boolean };

async function look(
  state: ApplicationState,
  newest: ReadySource,
  hold: ApplicationHold,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<Found> {
  const after = await digestAt(state, newest.parts, context, signal);
  if (typeof after !== 'string') {
    const commits = shortened(newest.parts.map(({ version }) => version.revision));
    return {
      kind: 'same',
      note: `Git has moved on to ${commits}, which cannot be rendered: ${describeProblems(after)}`,
      again: after.every(({ code }) => catalogue[code].transient),
    };
  }
  const parts = await partsAt(newest, hold.from);
  // Of commits that are gone, or could not be rendered either, nothing is known but that Git has left them.
  const before = parts === undefined ? undefined : await digestAt(state, parts, context, signal);
  return before === after ? { kind: 'same', note: undefined, again: false } : { kind: 'moved' };
}

/** The sources at other revisions; undefined where one of them is not to be had any more. */
async function partsAt(
  { parts }: ReadySource,
  revisions: readonly string[],
): Promise<ReadySource['parts'] | undefined> {
  const found: SourcePart[] = [];
  for (const [index, part] of parts.entries()) {
    const version = await part.origin.resolve(revisions[index] ?? '').catch(() => undefined);
    if (version === undefined) return undefined;
    found.push({ ...part, version });
  }
  const [first, ...others] = found;
  return first === undefined ? undefined : [first, ...others];
}

/** What tells the objects of one render from those of another, or why there are none. */
async function digestAt(
  { id, application }: ApplicationState,
  parts: ReadySource['parts'],
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<string | readonly Problem[]> {
  try {
    const [files, environment] = await Promise.all([filesOf(parts), context.environment(signal)]);
    const seed = context.seedOf(id);
    const options = { application, parts: files, renderer: context.renderer, environment, seed, signal };
    const result = await renderSources(options);
    return result.state === 'ok' ? result.digest : result.problems;
  } catch (error) {
    signal.throwIfAborted();
    return problemsOf(error);
  }
}

/** Where an annotation is, to a JSON patch. */
const pathOf = (annotation: string): string => `/metadata/annotations/${annotation.replaceAll('/', '~1')}`;

/** Takes the annotation away, where it still is the one that was looked at. */
async function endHold(
  { application, id }: ApplicationState,
  { revision, from }: ApplicationHold,
  revisions: readonly string[],
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = application.metadata;
  const path = pathOf(names.rollbackTo);
  const beside = pathOf(nameAnnotation(names.rollbackTo));
  const patch = [
    { op: 'test', path, value: revision },
    { op: 'remove', path },
    // Whether somebody is named there or not.
    { op: 'add', path: beside, value: '' },
    { op: 'remove', path: beside },
  ];
  try {
    await context.client.patch({ group, kind: 'Application', namespace, name }, patch, {
      type: 'json',
      fieldManager: context.fieldManager,
      signal,
    });
  } catch (error) {
    // Released or held elsewhere in the meantime: the watch will show it.
    if (error instanceof PlumbError && ['kube.invalid', 'kube.not-found'].includes(error.code)) return;
    throw error;
  }
  const message = `Git has moved on from ${shortened(from)} to ${shortened(revisions)}: it is held at ${shortened(revision.split(','))} no more`;
  context.log.info({ application: id, from, to: revisions }, 'a rollback has ended');
  context.events.record({
    about: { group, apiVersion, kind: 'Application', namespace, name, uid },
    type: 'Normal',
    reason: 'RollbackEnded',
    action: 'Rollback',
    message,
  });
}
