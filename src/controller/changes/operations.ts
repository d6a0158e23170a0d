import { hash, randomBytes } from 'node:crypto';
import { apiVersion, group, type Operation, type OperationStatus, parseOperation } from '../../api/index.ts';
import { formatLocation, hintFor, plumbError, PlumbError, type Problem } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import type { Asked } from './types.ts';

/** The Operations of the cluster. */
export interface Operations {
  /** The name that the Operation of a request has or will have: of the same key always the same. */
  nameFor(request: Asked): string;
  /** The Operation, or undefined where there is none of that name. */
  get(namespace: string, name: string, signal: AbortSignal): Promise<Operation | undefined>;
  /** Makes it. Where it is there already, answers with that one. */
  begin(namespace: string, name: string, spec: Operation['spec'], signal: AbortSignal): Promise<Begun>;
  /** Says that it is under way, and why it still is. */
  hold(namespace: string, name: string, message: string, signal: AbortSignal): Promise<void>;
  /** Says what became of it. */
  finish(namespace: string, name: string, status: OperationStatus, signal: AbortSignal): Promise<void>;
  /** Those of a namespace, or of all, the newest first. */
  list(namespace: string | undefined, signal: AbortSignal): Promise<readonly Operation[]>;
  delete(operation: Operation, signal: AbortSignal): Promise<void>;
}

/** An Operation that was made, or had been before. */
export interface Begun {
  readonly operation: Operation;
  readonly isNew: boolean;
}

const fieldManager = 'plumbline';
const kind = 'Operation';
const mostProblems = 50;
const longestText = 2_000;

const ref = (namespace: string, name: string) => ({ apiVersion, group, kind, namespace, name });

/** The Operations as the API server keeps them. */
export function createOperations({
  client,
  now,
  onOperation,
}: {
  readonly client: KubeClient;
  readonly now: () => number;
  /** Told as one (`namespace/name`) is made, finished or let go. */
  readonly onOperation: (id: string, type: 'changed' | 'deleted') => void;
}): Operations {
  const get: Operations['get'] = async (namespace, name, signal) => {
    const found = await client.get(ref(namespace, name), { signal });
    return found === undefined ? undefined : parseOperation(found);
  };

  const write = async (namespace: string, name: string, status: object, signal: AbortSignal): Promise<void> => {
    try {
      await client.patch(
        ref(namespace, name),
        { status },
        { type: 'merge', subresource: 'status', fieldManager, priority: 'high', signal },
      );
      onOperation(`${namespace}/${name}`, 'changed');
    } catch (error) {
      // Whoever took it away does not want to know.
      if (!(error instanceof PlumbError && error.code === 'kube.not-found')) throw error;
    }
  };

  return {
    nameFor({ namespace, user, idempotencyKey, operation }) {
      if (operation !== undefined) return operation;
      if (idempotencyKey !== undefined)
        return `op-${hash('sha256', JSON.stringify([namespace, user.username, idempotencyKey]), 'hex').slice(0, 24)}`;
      // Names of later ones sort after those of earlier ones.
      return `op-${Math.max(0, now()).toString(36).padStart(9, '0')}-${randomBytes(5).toString('hex')}`;
    },
    get,
    async begin(namespace, name, spec, signal) {
      const wanted = { apiVersion, kind, metadata: { name, namespace }, spec } as unknown as KubeObject;
      try {
        const made = await client.create(wanted, { fieldManager, fieldValidation: 'Strict', signal });
        onOperation(`${namespace}/${name}`, 'changed');
        return { operation: parseOperation(made), isNew: true };
      } catch (error) {
        if (!(error instanceof PlumbError) || error.code !== 'kube.already-exists') throw error;
        const operation = await get(namespace, name, signal);
        if (operation === undefined) throw error;
        return { operation, isNew: false };
      }
    },
    hold: (namespace, name, message, signal) =>
      write(namespace, name, { state: 'Pending', message: cut(message), finishedAt: null, problems: null }, signal),
    // What was said while it was under way does not count any more.
    finish: (namespace, name, status, signal) => write(namespace, name, { message: null, ...status }, signal),
    async list(namespace, signal) {
      const found: Operation[] = [];
      const options = { signal, ...(namespace === undefined ? {} : { namespace }) };
      for await (const object of client.list({ group, kind }, options)) {
        found.push(parseOperation(object));
      }
      return found.toSorted((one, other) => (createdAt(one) < createdAt(other) ? 1 : -1));
    },
    async delete({ metadata }, signal) {
      const { namespace, name, uid } = metadata;
      await client.delete(ref(namespace, name), { signal, ...(uid === undefined ? {} : { preconditions: { uid } }) });
      onOperation(`${namespace}/${name}`, 'deleted');
    },
  };
}

/** When it was made, then by name: those of one second in the order in which they came. */
function createdAt({ metadata }: Operation): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
}

/** Sees that an Operation is of this request, and not of another one that was sent under the same key. */
export function checkSame({ spec, metadata }: Operation, digest: string): void {
  if (spec.digest !== digest) throw keyReused(`${metadata.namespace}/${metadata.name}`);
}

/** The error of a key that was sent with two requests. */
export function keyReused(id: string): PlumbError {
  return plumbError('writeback.key-reused', 'the idempotency key was sent before with another request', {
    where: { object: `${group}/Operation ${id}` },
  });
}

/** The status of an Operation that failed. */
export function failedStatus(problems: readonly Problem[], now: number): OperationStatus {
  return {
    state: 'Failed',
    finishedAt: new Date(now).toISOString(),
    message: cut(problems[0]?.message ?? ''),
    problems: problems.slice(0, mostProblems).map((problem) => ({
      code: problem.code,
      message: cut(problem.message),
      ...(problem.where === undefined ? {} : { where: cut(formatLocation(problem.where)) }),
      hint: hintFor(problem),
    })),
  };
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
