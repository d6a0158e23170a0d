import { createHash } from 'node:crypto';
import { apiVersion, group, type Repository } from '../../api/index.ts';
import { formatProblem, PlumbError, problemsOf } from '../../errors.ts';
import type { Applications } from '../application/applications.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { clientFor } from '../application/client-for.ts';
import type { ReconcileContext, SourcePart } from '../application/context.ts';
import { createObservedQueue } from '../observed-queue.ts';
import type { Observer } from '../observer.ts';
import { describeProblems } from '../status/status.ts';
import {
  type CaptureSettings,
  captureSettingsOf,
  type CaptureState,
  captureWindowMilliseconds,
  type CollectedDrift,
  stepped,
} from './capture-state.ts';
import { refusedFor } from './capture-step.ts';
import type { FilesContext } from '../changes/submit-files.ts';
import { collectDrift } from './collect.ts';
import { detailsOf, summaryOf } from './describe.ts';
import { type WrittenDrift, writeDrift } from './write-drift.ts';

/** Writes captures to Git, a few at a time and away from the workers that keep clusters in sync. */
export interface Captures {
  /** Writes what the state of this Application says is to be written. */
  add(id: string): void;
  /** Resolves when all that is under way has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
}

/** What captures are written with. */
export interface CapturesOptions {
  readonly context: Omit<ReconcileContext, 'writeCapture'>;
  readonly applications: Pick<Applications, 'get' | 'readingAny'>;
  readonly repositoryOf: (id: string) => Repository | undefined;
  /** What files are changed with. */
  readonly files: FilesContext;
  readonly observer?: Observer | undefined;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const firstRetryMilliseconds = 5_000;
const lastRetryMilliseconds = 600_000;

/** Begins with nothing to write. */
export function createCaptures(options: CapturesOptions): Captures {
  const { context, applications, random, signal } = options;
  const queue = createObservedQueue('capture', options.observer, {
    workers: 4,
    work: async (id, workSignal) => {
      const state = applications.get(id);
      const { capture } = state ?? {};
      if (state === undefined || capture?.step.kind !== 'writing') return;
      const next = await writeCapture(state, capture, options, workSignal);
      // Somebody may have changed the Application meanwhile; what is in Git is there all the same.
      if (state.capture === capture) state.capture = next;
      context.requeue(id, 0);
    },
    onFailure: (id, error) => context.log.error({ application: id, problems: problemsOf(error) }, 'capture failed'),
    firstRetryMilliseconds,
    lastRetryMilliseconds,
    random,
    signal,
  });
  return { add: (id) => queue.add(id), ended: queue.ended };
}

async function writeCapture(
  state: ApplicationState,
  capture: CaptureState,
  options: CapturesOptions,
  signal: AbortSignal,
): Promise<CaptureState> {
  const { context } = options;
  try {
    const settings = captureSettingsOf(state.application);
    if (settings === undefined) return stepped(capture, { kind: 'quiet' }, context.now());
    const drift = capture.taken ?? (await collectNow(state, capture, settings, context, signal));
    if (drift.objects.length === 0) return refusedFor(capture, drift.left, context.now());
    const { written, drift: captured } = await writeWhatCan(drift, (some) =>
      write(state, capture, some, settings, options, signal),
    );
    tellWritten(state, captured, written, options);
    return stepped(
      { ...capture, failures: 0 },
      {
        kind: 'committed',
        commit: written.commit,
        ...(written.pullRequest === undefined ? {} : { pullRequest: written.pullRequest.link }),
      },
      context.now(),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    return failed(state, capture, error, context);
  }
}

/** One object that has no place does not keep the others from theirs. */
async function writeWhatCan(
  drift: CollectedDrift,
  writeSome: (some: CollectedDrift) => Promise<WrittenDrift>,
): Promise<{ readonly written: WrittenDrift; readonly drift: CollectedDrift }> {
  try {
    return { written: await writeSome(drift), drift };
  } catch (error) {
    if (!(error instanceof PlumbError) || error.transient) throw error;
    const reasons = Map.groupBy(error.problems, ({ where }) => where?.object ?? '');
    const rest = drift.objects.filter(({ id }) => !reasons.has(id));
    if (reasons.has('') || rest.length === 0 || rest.length === drift.objects.length) throw error;
    const refused = error.problems.map((problem) => ({ reason: formatProblem(problem), isOwned: false }));
    const some = { objects: rest, left: [...drift.left, ...refused] };
    return { written: await writeSome(some), drift: some };
  }
}

function collectNow(
  { application }: ApplicationState,
  { base, ids }: CaptureState,
  settings: CaptureSettings,
  { client, fieldManager }: CapturesOptions['context'],
  signal: AbortSignal,
): Promise<CollectedDrift> {
  const desired = base.desired.objects.filter(({ id }) => ids.includes(id));
  return collectDrift(desired, { cluster: clientFor(application, client), settings, fieldManager, signal });
}

async function write(
  state: ApplicationState,
  capture: CaptureState,
  drift: CollectedDrift,
  { mode }: CaptureSettings,
  { context, applications, repositoryOf, files }: CapturesOptions,
  signal: AbortSignal,
): Promise<WrittenDrift> {
  const { application, id } = state;
  const source = await context.sourceOf(application);
  if (source.state !== 'ready') {
    throw source.state === 'failed' ? new PlumbError(source.problems) : new Error(source.message);
  }
  const repositoryId = ({ source: { repositoryRef } }: SourcePart) =>
    `${application.metadata.namespace}/${repositoryRef.name}`;
  return writeDrift(
    {
      application,
      drift,
      origins: capture.base.origins,
      renderer: context.renderer,
      environment: await context.environment(signal),
      seed: context.seedOf(id),
      parts: source.parts,
      repositoryOf: (part) => repositoryOf(repositoryId(part)),
      isShared(part, path) {
        const readers = applications.readingAny(repositoryId(part), [part.group], [{ path, change: 'modified' }]);
        for (const reader of readers) if (reader.id !== id) return true;
        return false;
      },
      mode,
      files,
      operation: operationOf(state, capture, drift),
      onto: state.proposed,
      now: context.now,
    },
    signal,
  );
}

/** The same drift, taken again after a restart, is the same operation: it is in Git once. */
function operationOf({ application }: ApplicationState, { base }: CaptureState, { objects }: CollectedDrift): string {
  const { uid = '' } = application.metadata;
  const text = JSON.stringify([uid, base.desired.digest, objects]);
  return `drift-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

function tellWritten(
  state: ApplicationState,
  drift: CollectedDrift,
  written: WrittenDrift,
  { context }: CapturesOptions,
): void {
  const now = context.now();
  state.captures = [...state.captures.filter((at) => at > now - captureWindowMilliseconds), now];
  const { commit, operation, pullRequest } = written;
  if (pullRequest !== undefined) {
    const { number } = pullRequest;
    const { proposed } = state;
    const on = proposed?.number === number ? proposed.operation : operation;
    state.proposed = { operation: on, commit, number };
  }
  context.log.info({ application: state.id, commit, pullRequest: pullRequest?.number }, 'drift captured');
  const place = pullRequest === undefined ? `in Git as ${commit.slice(0, 12)}` : `proposed in ${pullRequest.link}`;
  const message = [
    `${summaryOf(drift)} is ${place}`,
    detailsOf(drift),
    ...drift.left.map(({ reason }) => `left: ${reason}`),
  ];
  record(state, 'Normal', 'DriftCaptured', message.join('\n'), context);
}

function failed(
  state: ApplicationState,
  capture: CaptureState,
  error: unknown,
  context: CapturesOptions['context'],
): CaptureState {
  const problems = problemsOf(error);
  const isTransient = !(error instanceof PlumbError) || error.transient;
  const failures = capture.failures + 1;
  const delay = Math.min(firstRetryMilliseconds * 2 ** (failures - 1), lastRetryMilliseconds);
  context.log.warn({ application: state.id, problems }, 'drift not captured');
  if (failures === 1) record(state, 'Warning', 'CaptureRefused', describeProblems(problems), context);
  const retryAt = isTransient ? context.now() + delay : undefined;
  return stepped({ ...capture, failures }, { kind: 'refused', problems, retryAt }, context.now());
}

function record(
  { application }: ApplicationState,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  { events }: CapturesOptions['context'],
): void {
  const { namespace, name, uid } = application.metadata;
  events.record({
    about: { group, apiVersion, kind: 'Application', namespace, name, uid },
    type,
    reason,
    action: 'Capture',
    message,
  });
}
