import type { Operation, OperationStatus } from '../../api/index.ts';
import { PlumbError, type Problem } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { formatKey } from '../../object.ts';
import type { PushWaits } from '../repository/open-branch.ts';
import type { BranchWriter } from '../../writeback/index.ts';
import { failedStatus, type Operations } from './operations.ts';
import { endOf } from './submit-git.ts';

/** Git, as somebody who asks what became of Operations needs it. */
export type OperationFinder = Pick<BranchWriter, 'findOperation'>;

/** What Operations that were left behind are brought to their end with. */
export interface RecoverContext {
  readonly client: KubeClient;
  /**
   * Opens the branch that Operations with this spec are written to, for as long as the work lasts; undefined where it is
   * not known any more.
   */
  readonly useBranch: (
    operation: Operation,
    work: (finder: OperationFinder) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void> | undefined;
  readonly operations: Pick<Operations, 'list' | 'finish'>;
  readonly underWay: ReadonlyMap<string, unknown>;
  /** When each Operation (by its uid) was first looked for in vain, by `elapsed`; kept from one call to the next. */
  readonly missed: Map<string, number>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets, as `performance.now`. */
  readonly elapsed: () => number;
  readonly pushWaits?: PushWaits | undefined;
}

const usualSettleMilliseconds = 20_000;

/**
 * Finds out what became of the Operations of a namespace that nobody works on, as after a restart: Git knows by the
 * trailer of the commit. One of which nothing can be told yet keeps the others from nothing.
 * @returns milliseconds until it has to be looked again; undefined where all is known
 * @throws PlumbError where a repository cannot be asked
 */
export async function recoverOperations(
  namespace: string,
  context: RecoverContext,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { operations, underWay } = context;
  const left = (await operations.list(namespace, signal)).filter(
    (operation) => isPending(operation) && !underWay.has(`${namespace}/${operation.metadata.name}`),
  );
  const waits: number[] = [];
  const errors: unknown[] = [];
  for (const group of Map.groupBy(left, placeOf).values()) {
    try {
      waits.push(...(await recoverGroup(group, context, signal)));
    } catch (error) {
      signal.throwIfAborted();
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Whether nothing is known of it yet. */
export function isPending({ status }: Operation): boolean {
  return status === undefined || status.state === 'Pending';
}

/** Operations of the same place are looked up together. */
function placeOf({ spec }: Operation): string {
  return JSON.stringify([spec.mode, spec.repositoryRef, spec.repository, spec.branch]);
}

/** @returns milliseconds until it has to be looked again, for each of which nothing can be told yet */
async function recoverGroup(
  group: readonly [Operation, ...Operation[]] | readonly Operation[],
  context: RecoverContext,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const [first] = group;
  const waits: number[] = [];
  const finish = async ({ metadata }: Operation, status: OperationStatus): Promise<void> => {
    await context.operations.finish(metadata.namespace, metadata.name, status, signal);
    context.missed.delete(metadata.uid ?? '');
  };
  if (first === undefined) return waits;
  if (first.spec.mode === 'direct') {
    for (const operation of group) await finish(operation, await directEnd(operation, context, signal));
    return waits;
  }
  const asked = context.useBranch(
    first,
    async (finder) => {
      for (const operation of group) {
        const end = await endInGit(operation, finder, context, signal);
        if (typeof end === 'number') waits.push(end);
        else await finish(operation, end);
      }
    },
    signal,
  );
  if (asked === undefined) for (const operation of group) await finish(operation, unknownEnd(operation, context));
  await asked;
  return waits;
}

function unknownEnd({ spec }: Operation, { now }: RecoverContext): OperationStatus {
  const message = `there is no Repository of ${spec.repository ?? 'it'} here any more, so that it cannot be asked`;
  return failedStatus([{ code: 'writeback.outcome-unknown', message }], now());
}

async function endInGit(
  operation: Operation,
  finder: OperationFinder,
  { missed, now, elapsed, pushWaits: { settleMilliseconds = usualSettleMilliseconds } = {} }: RecoverContext,
  signal: AbortSignal,
): Promise<OperationStatus | number> {
  const { name, uid = '' } = operation.metadata;
  const { proposedWith: on } = operation.spec;
  const find = (options: { readonly on?: string }) => finder.findOperation(name, { signal, ...options });
  const written = (on === undefined ? undefined : await find({ on })) ?? (await find({}));
  if (written !== undefined) {
    const finishedAt = new Date(now()).toISOString();
    return { ...endOf(written), finishedAt, message: 'found in Git after a restart' };
  }
  // Counted from the first look and by one clock alone: when it was made is told by that of another machine.
  const since = missed.get(uid) ?? elapsed();
  missed.set(uid, since);
  const left = since + settleMilliseconds - elapsed();
  if (left > 0) return left;
  const message = 'nothing was written: it is not in Git';
  return failedStatus([{ code: 'writeback.interrupted', message }], now());
}

/** What of a change of the cluster itself was made: what has another version than before was, or somebody else's change. */
async function directEnd(
  { spec, metadata }: Operation,
  { client, now }: RecoverContext,
  signal: AbortSignal,
): Promise<OperationStatus> {
  const problems: Problem[] = [];
  for (const { verb, group = '', kind, name, resourceVersion } of spec.changes) {
    const key = { group, kind, namespace: metadata.namespace, name };
    const there = (await client.get(key, { signal }))?.metadata.resourceVersion;
    const isDone = verb === 'delete' ? there === undefined : there !== undefined && there !== resourceVersion;
    if (isDone) continue;
    problems.push({ code: 'writeback.interrupted', message: 'it was not changed', where: { object: formatKey(key) } });
  }
  if (problems.length > 0) return failedStatus(problems, now());
  return {
    state: 'Applied',
    finishedAt: new Date(now()).toISOString(),
    message: 'found in the cluster after a restart',
  };
}

const mostFinished = 200;
const longestMilliseconds = 7 * 24 * 60 * 60 * 1_000;

/**
 * The finished Operations of one namespace that are let go: those made long before the newest one, and of the others all
 * but the newest. All times are those of the API server: a clock that is wrong lets nothing go.
 * @param operations the newest first
 */
export function outdated(operations: readonly Operation[]): readonly Operation[] {
  const [newest] = operations;
  const finished = operations.filter((operation) => !isPending(operation));
  return finished.filter((operation, number) => {
    const age = newest === undefined ? 0 : madeAt(newest) - madeAt(operation);
    return number >= mostFinished || age > longestMilliseconds;
  });
}

const madeAt = ({ metadata }: Operation): number => Date.parse(metadata.creationTimestamp ?? '');

/** Removes the Operations of a namespace that nobody needs any more. */
export async function removeOutdated(
  namespace: string,
  operations: Pick<Operations, 'list' | 'delete'>,
  signal: AbortSignal,
): Promise<void> {
  for (const operation of outdated(await operations.list(namespace, signal))) {
    try {
      await operations.delete(operation, signal);
    } catch (error) {
      if (!(error instanceof PlumbError && error.code === 'kube.stale')) throw error;
    }
  }
}
