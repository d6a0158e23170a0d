import { PlumbError, plumbError } from '../errors.ts';
import { formatKey, keyOf, type KubeObject } from '../object.ts';
import { commit, follow } from './git-turn.ts';
import {
  arrive,
  type Decided,
  finalizerOf,
  finalizing,
  nameOf,
  put,
  putFinalizers,
  release,
  tell,
  type TurnParts,
} from './resource-writes.ts';
import { reasonOf } from './status.ts';
import type { Context, CustomResource, Phase, SyncResult } from './types.ts';
import { type Wish, wishesOf } from './wishes.ts';

/**
 * One step of one resource: does what its phase asks for, and writes down what came of it. Nothing is waited for but
 * calls: who has to wait returns, and has its next turn when something happens.
 * @returns false where there is no such resource any more
 */
export async function takeTurn(parts: TurnParts, id: string): Promise<boolean> {
  const stored = parts.resources.get(placeOf(id));
  if (stored === undefined) {
    parts.git?.waiting.forget(id);
    return false;
  }
  const resource = read(parts, stored);
  if (resource instanceof PlumbError) await fail(parts, stored as CustomResource, resource);
  else await stepOrTell(parts, id, resource);
  return true;
}

async function stepOrTell(parts: TurnParts, id: string, resource: CustomResource): Promise<void> {
  try {
    await step(parts, id, resource);
  } catch (error) {
    // Decided from what is not so any more: the change that came in between brings the next turn.
    if (error instanceof PlumbError && error.code === 'kube.stale') throw error;
    if (parts.signal.aborted) return;
    const told = error instanceof PlumbError ? error : workerFailed(error);
    await fail(parts, resource, told);
    if (told.transient || isElsewhere(told)) throw told;
  }
}

/** What a person mends without a change of the resource, such as a token: it is tried again, too, however it is told. */
function isElsewhere({ problems }: PlumbError): boolean {
  return problems.some(({ code }) => code.startsWith('git.') || code.startsWith('forge.'));
}

function placeOf(id: string): { readonly namespace: string; readonly name: string } {
  const slash = id.indexOf('/');
  return { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

function workerFailed(cause: unknown): PlumbError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return plumbError('operator.worker-failed', message, { cause });
}

function read({ operator }: TurnParts, stored: KubeObject): CustomResource | PlumbError {
  try {
    return operator.parse(stored);
  } catch (error) {
    if (error instanceof PlumbError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return plumbError('operator.resource-invalid', message, { cause: error });
  }
}

async function fail(parts: TurnParts, begun: CustomResource, error: PlumbError): Promise<void> {
  // The turn itself may have written the status before it failed.
  const newest = parts.resources.get(begun.metadata);
  const resource = newest?.metadata.uid === begun.metadata.uid ? (newest as CustomResource) : begun;
  tell(parts, resource, reasonOf(error.problems), error.message, 'Warning');
  parts.log.warn({ resource: nameOf(resource), problems: error.problems }, 'a turn failed');
  await put(parts, resource, { finding: { state: 'failed', problems: error.problems, retry: error.transient } });
}

async function step(parts: TurnParts, id: string, resource: CustomResource): Promise<void> {
  const { operator } = parts;
  const { deletionTimestamp, finalizers = [] } = resource.metadata;
  const finalizer = finalizerOf(operator);
  const isHeld = finalizers.includes(finalizer);
  if (deletionTimestamp !== undefined && !isHeld) return;
  if (deletionTimestamp === undefined && operator.finalize !== undefined && !isHeld) {
    await putFinalizers(parts, resource, [...finalizers, finalizer]);
    return;
  }
  const { gitSync } = resource.status ?? {};
  // What a resource that goes was waiting for does not hold it.
  const isMeant = deletionTimestamp === undefined || gitSync?.nextPhase === finalizing;
  if (gitSync !== undefined && gitSync.state !== 'Synced' && isMeant && parts.git !== undefined) {
    const goesOn = await follow(parts, id, resource, gitSync);
    if (!goesOn) return;
  }
  if (deletionTimestamp !== undefined) return finalize(parts, id, resource);
  await runPhase(parts, id, resource);
}

function phaseOf(
  { operator }: TurnParts,
  resource: CustomResource,
): { readonly name: string; readonly phase: Phase<CustomResource, string> } {
  const { phase: current, observedGeneration } = resource.status ?? {};
  const name = current ?? operator.initialPhase;
  const phase = operator.phases[name];
  if (phase === undefined) {
    throw plumbError('operator.phase-unknown', `there is no phase ${JSON.stringify(name)}`, {
      where: { object: nameOf(resource), field: 'status.phase' },
    });
  }
  const changed = observedGeneration !== undefined && observedGeneration !== resource.metadata.generation;
  const first = operator.phases[operator.initialPhase];
  return phase.final === true && changed && first !== undefined
    ? { name: operator.initialPhase, phase: first }
    : { name, phase };
}

async function runPhase(parts: TurnParts, id: string, resource: CustomResource): Promise<void> {
  const { name, phase } = phaseOf(parts, resource);
  if (phase.final === true) {
    await put(parts, resource, { phase: name, finding: { state: 'settled', message: phase.description ?? '' } });
    return;
  }
  const { result, wishes } = await ask(parts, resource, phase);
  const next: Decided = { id, resource, from: name, result };
  if (result.outputs?.syncToGit === true && parts.git !== undefined) return commit(parts, next, wishes);
  const written = await parts.ensure(wishes, resource, parts.signal);
  if (written.length > 0) tell(parts, resource, 'Written', `${name}: ${written.join(', ')}`);
  await arrive(parts, next, undefined);
}

/** Gives the worker of a phase its inputs. */
async function ask(
  parts: TurnParts,
  resource: CustomResource,
  phase: Phase<CustomResource, string>,
): Promise<{ readonly result: SyncResult; readonly wishes: readonly Wish[] }> {
  const given = new Map<string, KubeObject>();
  const { client, signal } = parts;
  const values = await Promise.all(
    Object.entries(phase.inputs).map(async ([name, input]) => {
      const watched = input.kind === undefined ? undefined : await parts.watches.open(input.kind);
      const objects = (_kind: unknown, namespace: string): readonly KubeObject[] => {
        const found = watched?.inNamespace(namespace) ?? [];
        for (const object of found) given.set(formatKey(keyOf(object)), object);
        return found;
      };
      return [name, await input.read(resource, { objects, signal })] as const;
    }),
  );
  const result = await phase.sync(contextFor(parts, resource), resource, Object.fromEntries(values));
  return { result, wishes: await wishesOf(result.outputs ?? {}, { client, resource, given, signal }) };
}

function contextFor(parts: TurnParts, resource: CustomResource): Context {
  const { signal, client, log, now } = parts;
  return {
    signal,
    client,
    log,
    now,
    event: (reason, message, type = 'Normal') => tell(parts, resource, reason, message, type),
  };
}

/** Does what has to be done before the resource goes, and lets it go. */
async function finalize(parts: TurnParts, id: string, resource: CustomResource): Promise<void> {
  const { finalize: phase } = parts.operator;
  if (phase === undefined) return release(parts, resource);
  const { result, wishes } = await ask(parts, resource, phase);
  const decided = { id, resource, from: finalizing, result: { ...result, nextPhase: finalizing } };
  if (result.outputs?.syncToGit === true && parts.git !== undefined) return commit(parts, decided, wishes);
  await parts.ensure(wishes, resource, parts.signal);
  await release(parts, resource);
}
