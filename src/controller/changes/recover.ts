import type { Operation, OperationStatus } from '../../api/index.ts';
import { PlumbError, type Problem } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { formatKey } from '../../object.ts';
import { type GitOpsNamespaces, settingsIn } from '../gitops/namespaces.ts';
import type { GitOpsRepositories } from '../gitops/repositories.ts';
import { failedStatus, type Operations } from './operations.ts';
import { endOf } from './submit-git.ts';

/** What Operations that were left behind are brought to their end with. */
export interface RecoverContext {
  readonly client: KubeClient;
  readonly namespaces: Pick<GitOpsNamespaces, 'get'>;
  readonly repositories: Pick<GitOpsRepositories, 'use'>;
  readonly operations: Pick<Operations, 'list' | 'finish'>;
  readonly underWay: ReadonlyMap<string, unknown>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A push of a process that was killed may reach the server so much later, in milliseconds. */
const settleMilliseconds = 20_000;

/**
 * Finds out what became of the Operations of a namespace that nobody works on, as after a restart: Git knows by the
 * trailer of the commit.
 * @returns milliseconds until it has to be looked again; undefined where all is known
 */
export async function recoverOperations(
  namespace: string,
  context: RecoverContext,
  signal: AbortSignal,
): Promise<number | undefined> {
  const all = await context.operations.list(namespace, signal);
  const waits: number[] = [];
  for (const operation of all) {
    if (!isPending(operation) || context.underWay.has(`${namespace}/${operation.metadata.name}`)) continue;
    const status = await endFor(operation, context, signal);
    if (typeof status === 'number') waits.push(status);
    else await context.operations.finish(namespace, operation.metadata.name, status, signal);
  }
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Whether nothing is known of it yet. */
export function isPending({ status }: Operation): boolean {
  return status === undefined || status.state === 'Pending';
}

async function endFor(
  operation: Operation,
  context: RecoverContext,
  signal: AbortSignal,
): Promise<OperationStatus | number> {
  if (operation.spec.mode === 'direct') return directEnd(operation, context, signal);
  const { namespace, name, creationTimestamp } = operation.metadata;
  const settings = settingsIn(context.namespaces, namespace);
  if (settings === undefined) {
    const message = 'Git does not maintain the namespace any more, so that its repository cannot be asked';
    return failedStatus([{ code: 'writeback.interrupted', message }], context.now());
  }
  const written = await context.repositories.use(
    settings,
    ({ writer }) => writer.findOperation(name, { signal }),
    signal,
  );
  if (written !== undefined) {
    return {
      ...endOf(written),
      finishedAt: new Date(context.now()).toISOString(),
      message: 'found in Git after a restart',
    };
  }
  const left = Date.parse(creationTimestamp ?? '') + settleMilliseconds - context.now();
  if (left > 0) return left;
  return failedStatus([{ code: 'writeback.interrupted', message: 'it is not in Git' }], context.now());
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

/** The finished Operations of one namespace that are let go: those too old, and of the others all but the newest. */
export function outdated(operations: readonly Operation[], now: number): readonly Operation[] {
  const finished = operations.filter((operation) => !isPending(operation));
  return finished.filter(({ status }, number) => {
    const age = now - Date.parse(status?.finishedAt ?? '');
    return number >= mostFinished || age > longestMilliseconds;
  });
}

/** Removes the Operations of a namespace that nobody needs any more. */
export async function removeOutdated(
  namespace: string,
  { operations, now }: { readonly operations: Pick<Operations, 'list' | 'delete'>; readonly now: () => number },
  signal: AbortSignal,
): Promise<void> {
  for (const operation of outdated(await operations.list(namespace, signal), now())) {
    try {
      await operations.delete(operation, signal);
    } catch (error) {
      if (!(error instanceof PlumbError && error.code === 'kube.stale')) throw error;
    }
  }
}
