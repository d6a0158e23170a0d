import type { Operation, OperationStatus } from '../../api/index.ts';
import { problemsOf } from '../../errors.ts';
import { requestDigest } from './check.ts';
import { checkSame, failedStatus, type Operations } from './operations.ts';
import type { ChangeRequest, ChangeResult } from './types.ts';

/** What the end of an Operation is told with. */
export interface FinishContext {
  readonly operations: Operations;
  /** Told of each Operation that has ended, and whether it is known how. */
  readonly onFinished: (namespace: string, isKnown: boolean) => void;
  /** The Operations that this process works on, so that nobody takes them for left behind: by `namespace/name`. */
  readonly underWay: Map<string, Promise<ChangeResult>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends with the controller: what has begun is brought to its end though its caller has gone. */
  readonly signal: AbortSignal;
}

/** What work on an Operation came to. */
export type Ended = Omit<ChangeResult, 'operation'>;

/** What became of the request when it was sent before under the same key; undefined where it was not. */
export async function knownResult(
  request: ChangeRequest,
  context: FinishContext,
  signal: AbortSignal,
  digest = requestDigest(request),
): Promise<ChangeResult | undefined> {
  if (request.idempotencyKey === undefined || request.dryRun === true) return undefined;
  const operation = await context.operations.get(request.namespace, context.operations.nameFor(request), signal);
  return operation === undefined ? undefined : repeated(operation, digest, context);
}

async function repeated(operation: Operation, digest: string, { underWay }: FinishContext): Promise<ChangeResult> {
  checkSame(operation, digest);
  const { namespace, name } = operation.metadata;
  return (await underWay.get(`${namespace}/${name}`)) ?? resultOf(operation);
}

/** What an Operation says of itself. */
function resultOf({ metadata, status }: Operation): ChangeResult {
  const { state = 'Pending', commit, pullRequest } = status ?? {};
  return {
    operation: metadata.name,
    state,
    ...(commit === undefined ? {} : { commit }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    warnings: [],
  };
}

/**
 * Makes the Operation, does the work, and says in the Operation what became of it. Who asks for the same one meanwhile
 * shares it.
 */
export async function finishing(
  request: ChangeRequest,
  spec: Operation['spec'],
  context: FinishContext,
  signal: AbortSignal,
  work: (operation: string) => Promise<Ended>,
): Promise<ChangeResult> {
  const { namespace } = request;
  const name = context.operations.nameFor(request);
  const id = `${namespace}/${name}`;
  const result = Promise.withResolvers<ChangeResult>();
  result.promise.catch(() => undefined);
  if (!context.underWay.has(id)) context.underWay.set(id, result.promise);
  const isFirst = context.underWay.get(id) === result.promise;
  let isKnown = true;
  try {
    const { operation, isNew } = await context.operations.begin(namespace, name, spec, signal);
    if (!isFirst) return await repeated(operation, spec.digest, context);
    if (!isNew) {
      checkSame(operation, spec.digest);
      result.resolve(resultOf(operation));
    } else {
      isKnown = false;
      result.resolve(await end(namespace, name, context, work));
      isKnown = true;
    }
  } catch (error) {
    isKnown ||= isKnownFailure(error, context.signal);
    result.reject(error);
  } finally {
    if (isFirst) context.underWay.delete(id);
    context.onFinished(namespace, isKnown);
  }
  return result.promise;
}

/** Where it is not told whether a push has reached the server, the Operation stays under way, and Git is asked. */
function isKnownFailure(error: unknown, signal: AbortSignal): boolean {
  return !signal.aborted && problemsOf(error).every(({ code }) => code !== 'git.push-unknown');
}

async function end(
  namespace: string,
  name: string,
  { operations, now, signal }: FinishContext,
  work: (operation: string) => Promise<Ended>,
): Promise<ChangeResult> {
  try {
    const ended = await work(name);
    await operations.finish(namespace, name, statusOf(ended, now()), signal);
    return { operation: name, ...ended };
  } catch (error) {
    if (isKnownFailure(error, signal))
      await operations.finish(namespace, name, failedStatus(problemsOf(error), now()), signal);
    throw error;
  }
}

function statusOf({ state, commit, pullRequest }: Ended, now: number): OperationStatus {
  return {
    state: state === 'Tried' ? 'Unchanged' : state,
    ...(commit === undefined ? {} : { commit }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    finishedAt: new Date(now).toISOString(),
  };
}
