import type { Operation, OperationStatus } from '../../api/index.ts';
import { catalogue, type ErrorCode, PlumbError, type Problem, problemsOf } from '../../errors.ts';
import { checkSame, failedStatus, keyReused, type Operations } from './operations.ts';
import type { Asked, ChangeResult } from './types.ts';

/** An Operation that this process works on. */
export interface UnderWay {
  /** Of its request. */
  readonly digest: string;
  readonly result: Promise<ChangeResult>;
}

/** What the end of an Operation is told with. */
export interface FinishContext {
  readonly operations: Operations;
  /** Told of each Operation that has ended, and whether it is known how. */
  readonly onFinished: (namespace: string, isKnown: boolean) => void;
  /** The Operations that this process works on, so that nobody takes them for left behind: by `namespace/name`. */
  readonly underWay: Map<string, UnderWay>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends with the controller: what has begun is brought to its end though its caller has gone. */
  readonly signal: AbortSignal;
}

/** What work on an Operation came to. */
export type Ended = Omit<ChangeResult, 'operation'>;

/** What became of the request when it was sent before under the same key; undefined where it was not. */
export async function knownResult(
  request: Asked,
  digest: string,
  context: FinishContext,
  signal: AbortSignal,
): Promise<ChangeResult | undefined> {
  if (request.idempotencyKey === undefined || request.dryRun === true) return undefined;
  const { namespace } = request;
  const name = context.operations.nameFor(request);
  const id = `${namespace}/${name}`;
  const other = context.underWay.get(id);
  if (other !== undefined) return shared(other, digest, id);
  const operation = await context.operations.get(namespace, name, signal);
  if (operation === undefined) return undefined;
  checkSame(operation, digest);
  const late = context.underWay.get(id);
  return late === undefined ? resultOf(operation) : late.result;
}

async function shared({ digest, result }: UnderWay, wanted: string, id: string): Promise<ChangeResult> {
  if (digest !== wanted) throw keyReused(id);
  return result;
}

/**
 * What an Operation says of itself.
 * @throws PlumbError with what it failed with, where it did
 */
function resultOf({ metadata, status }: Operation): ChangeResult {
  const { state = 'Pending', commit, pullRequest, problems = [] } = status ?? {};
  if (state === 'Failed') throw failureOf(metadata, problems);
  return {
    operation: metadata.name,
    state,
    ...(commit === undefined ? {} : { commit }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    warnings: [],
  };
}

function failureOf(
  { namespace, name }: Operation['metadata'],
  problems: NonNullable<OperationStatus['problems']>,
): PlumbError {
  const told = problems.map(({ code, message, where, hint }): Problem => {
    const known: ErrorCode = Object.hasOwn(catalogue, code) ? (code as ErrorCode) : 'internal';
    return {
      code: known,
      message,
      ...(where === undefined ? {} : { where: { object: where } }),
      ...(hint === undefined ? {} : { hint }),
    };
  });
  const [first = { code: 'internal', message: `Operation ${namespace}/${name} failed` } as const, ...rest] = told;
  return new PlumbError([first, ...rest]);
}

/**
 * Makes the Operation, does the work, and says in the Operation what became of it. Who asks for the same one meanwhile
 * shares it.
 */
export function finishing(
  request: Asked,
  spec: Operation['spec'],
  context: FinishContext,
  signal: AbortSignal,
  work: (operation: string) => Promise<Ended>,
): Promise<ChangeResult> {
  const { namespace } = request;
  const name = context.operations.nameFor(request);
  const id = `${namespace}/${name}`;
  const other = context.underWay.get(id);
  if (other !== undefined) return shared(other, spec.digest, id);
  const wanted = { spec, isRepeated: request.operation !== undefined };
  const result = runOnce(namespace, name, wanted, context, signal, work).finally(() => context.underWay.delete(id));
  context.underWay.set(id, { digest: spec.digest, result });
  return result;
}

async function runOnce(
  namespace: string,
  name: string,
  { spec, isRepeated }: { readonly spec: Operation['spec']; readonly isRepeated: boolean },
  context: FinishContext,
  signal: AbortSignal,
  work: (operation: string) => Promise<Ended>,
): Promise<ChangeResult> {
  const { operations, now } = context;
  const { operation, isNew } = await operations.begin(namespace, name, spec, signal);
  if (!isNew) {
    checkSame(operation, spec.digest);
    if (isOver(operation) || !isRepeated) return resultOf(operation);
    await operations.hold(namespace, name, 'it is tried again', signal);
  }
  let status: OperationStatus | undefined;
  try {
    const ended = await work(name);
    status = statusOf(ended, now());
    return { operation: name, ...ended };
  } catch (error) {
    const problems = problemsOf(error);
    if (isOpen(problems)) await hold(namespace, name, problems[0].message, context);
    else if (!context.signal.aborted) status = failedStatus(problems, now());
    throw error;
  } finally {
    context.onFinished(namespace, await tell(namespace, name, status, context));
  }
}

/** Whether it is done; what failed, or was left behind, is not. */
function isOver({ status }: Operation): boolean {
  return status !== undefined && status.state !== 'Pending' && status.state !== 'Failed';
}

/** Where it is not told yet what has reached the server, the Operation stays under way, and Git is asked. */
function isOpen(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => code === 'git.push-unknown' || code === 'writeback.not-proposed');
}

/** Says why it is still under way. Where that cannot be said, it is under way all the same. */
async function hold(
  namespace: string,
  name: string,
  message: string,
  { operations, signal }: FinishContext,
): Promise<void> {
  try {
    await operations.hold(namespace, name, message, signal);
  } catch {
    // It is looked up later, and that tells.
  }
}

/** What is done is done, whether or not it can be written down now: then the Operation is looked up in Git later. */
async function tell(
  namespace: string,
  name: string,
  status: OperationStatus | undefined,
  { operations, signal }: FinishContext,
): Promise<boolean> {
  if (status === undefined) return false;
  try {
    await operations.finish(namespace, name, status, signal);
    return true;
  } catch {
    return false;
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
