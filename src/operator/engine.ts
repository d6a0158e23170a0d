import { PlumbError, problemsOf } from '../errors.ts';
import { type Change, createEventRecorder, type KindRef, type KubeClient } from '../kube/index.ts';
import { formatKey, type KubeObject } from '../object.ts';
import { createWorkqueue } from '../workqueue.ts';
import { createEnsure } from './ensure.ts';
import type { GitWriter } from './git-writer.ts';
import type { TurnParts } from './resource-writes.ts';
import { takeTurn } from './turn.ts';
import type { CustomResource, Log, Operator } from './types.ts';
import { createWaiting } from './waiting.ts';
import { createWatches, kindName } from './watches.ts';

/** What an operator runs with, while it leads. */
export interface EngineOptions {
  readonly operator: Operator;
  readonly client: KubeClient;
  /** All namespaces where left out. */
  readonly watchNamespace: string | undefined;
  /** Undefined where GitSync is not enabled. */
  readonly git:
    | { readonly writer: GitWriter; readonly author: { readonly name: string; readonly email: string } }
    | undefined;
  /** Unique to this process. */
  readonly identity: string;
  readonly workers: number;
  readonly log: Log;
  readonly now: () => Date;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** An operator at work. */
export interface Engine {
  /** Resolves when all there is to look after is known. */
  readonly started: Promise<void>;
  /** Resolves when all work has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
}

/** A resource that may be of another form than its operator reads. */
type Stored = KubeObject & Pick<CustomResource, 'status'>;

const retries = { first: 200, last: 60_000 };

/** Looks after the resources of an operator until the signal aborts. */
export function startEngine(options: EngineOptions): Engine {
  const { operator, client, log, signal } = options;
  let parts: TurnParts | undefined;

  const queue = createWorkqueue({
    workers: options.workers,
    work: async (id) => {
      if (parts === undefined) return;
      const isThere = await takeTurn(parts, id);
      if (!isThere) queue.forget(id);
    },
    onFailure(id, error, retryMilliseconds) {
      // Somebody was quicker: nothing is wrong.
      if (error instanceof PlumbError && error.code === 'kube.stale') return;
      log.warn({ resource: id, problems: problemsOf(error), retryMilliseconds }, 'will be tried again');
    },
    firstRetryMilliseconds: retries.first,
    lastRetryMilliseconds: retries.last,
    random: options.random,
    signal,
  });

  const onChange = (kind: KindRef, change: Change<KubeObject>): void => {
    if (kindName(kind) === kindName(operator.kind)) {
      if (isNews(change)) queue.add(idOf(change.key));
    }
    if (parts === undefined) return;
    for (const id of concerned(parts, kind, change)) queue.add(id);
  };
  const watches = createWatches({
    client,
    namespace: options.watchNamespace,
    log,
    signal,
    onChange,
  });
  const events = createEventRecorder({
    client,
    controller: operator.name,
    instance: options.identity,
    now: options.now,
    onError: (error) => log.warn({ problems: problemsOf(error) }, 'event not written'),
    signal,
  });

  const start = async (): Promise<void> => {
    const resources = await watches.open(operator.kind);
    // The kinds that phases read are known before anything is decided: what is missing then is missing.
    await Promise.all(kindsOf(operator).map((kind) => watches.open(kind)));
    const git =
      options.git === undefined ? undefined : { ...options.git, waiting: createWaiting(watches, options.git.writer) };
    parts = {
      operator,
      client,
      resources,
      watches,
      ensure: createEnsure({ client, watches, manager: operator.name }),
      git,
      events,
      log,
      now: options.now,
      again: (id, milliseconds) => queue.addAfter(id, milliseconds),
      signal,
    };
    for (const { metadata } of resources.all()) queue.add(idOf(metadata));
  };
  const started = start();
  started.catch(() => undefined);
  const end = async (): Promise<void> => {
    await queue.ended;
    await Promise.all([watches.stop(), events.flush()]);
  };
  return { started, ended: end() };
}

function idOf({ namespace = '', name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Whether a change of a resource asks for a turn: what only the SDK itself has written about it does not. */
function isNews(change: Change<KubeObject>): boolean {
  if (change.type !== 'modified') return true;
  const [before, after] = [change.previous, change.value] as readonly Stored[];
  if (before === undefined || after === undefined) return true;
  const what = ({ metadata, status }: Stored): string => {
    const { generation, deletionTimestamp, labels, annotations, finalizers } = metadata;
    return JSON.stringify([
      generation,
      deletionTimestamp,
      labels,
      annotations,
      finalizers,
      status?.phase,
      status?.gitSync?.state,
    ]);
  };
  return what(before) !== what(after);
}

/** The resources that a change of another object may be about: those whose phase reads its kind, and those that wait for it. */
function concerned(parts: TurnParts, kind: KindRef, change: Change<KubeObject>): ReadonlySet<string> {
  const ids = new Set(parts.git?.waiting.waitingFor(formatKey(change.key)));
  for (const resource of parts.resources.inNamespace(change.key.namespace) as readonly CustomResource[]) {
    const phase = parts.operator.phases[resource.status?.phase ?? parts.operator.initialPhase];
    const reads = Object.values(phase?.inputs ?? {}).some(
      (input) =>
        input.kind !== undefined &&
        kindName(input.kind) === kindName(kind) &&
        (input.resourceOf === undefined || input.resourceOf(change.value) === resource.metadata.name),
    );
    if (reads) ids.add(idOf(resource.metadata));
  }
  return ids;
}

function kindsOf({ phases, finalize }: Operator): readonly KindRef[] {
  const all = [...Object.values(phases), ...(finalize === undefined ? [] : [finalize])];
  const kinds = all.flatMap(({ inputs }) =>
    Object.values(inputs).flatMap(({ kind }) => (kind === undefined ? [] : [kind])),
  );
  return [...new Map(kinds.map((kind) => [kindName(kind), kind])).values()];
}
