import { problemsOf, type Problem } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { ownershipFingerprint } from './fingerprint.ts';
import { memberOf, type Member } from './member.ts';
import type { PlannedApply } from './plan.ts';
import type { SyncCluster } from './ports.ts';
import type { PreparedObject } from './prepare.ts';
import { defaultFieldManager, type StepContext, type SyncOptions } from './run-types.ts';
import { withAllUndeclaredFields } from './undeclared-fields.ts';
import { writeModeOf, writeObject } from './write-object.ts';

/** What became of the rehearsal of one object. */
export type Rehearsal =
  /** The server accepts it; `result` is how it would be. */
  | {
      readonly kind: 'accepted';
      readonly result: KubeObject;
      readonly member: Member;
      readonly ownership: string | undefined;
    }
  /** It is there already, and is only made where it is missing. */
  | { readonly kind: 'exists' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** Writes an object, or with dryRun rehearses it. Problems name the object and where it comes from. */
export async function applyOne(
  cluster: SyncCluster,
  desired: PreparedObject,
  options: SyncOptions,
  call: {
    readonly dryRun: boolean;
    readonly judge?: StepContext['judge'] | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Rehearsal> {
  const fieldManager = options.fieldManager ?? defaultFieldManager;
  try {
    const result = await writeObject(cluster, desired, options, call);
    if (result === undefined) return { kind: 'exists' };
    const ownership = ownershipFingerprint(result, fieldManager);
    return { kind: 'accepted', result, member: memberOf(result, fieldManager, call.judge, desired.ignored), ownership };
  } catch (error) {
    call.signal.throwIfAborted();
    const asked = { fieldManager, signal: call.signal };
    const problems = await withAllUndeclaredFields(cluster, desired, problemsOf(error), asked);
    return { kind: 'refused', problems: placed(desired, problems) };
  }
}

/** The problems of a failed call, each with the object and the file that it is about. */
export function problemsAt(desired: Pick<PreparedObject, 'id' | 'origin'>, error: unknown): readonly Problem[] {
  return placed(desired, problemsOf(error));
}

function placed({ id, origin }: Pick<PreparedObject, 'id' | 'origin'>, problems: readonly Problem[]) {
  return problems.map((problem) => ({ ...problem, where: { ...origin, object: id, ...problem.where } }));
}

/**
 * Whether the server would leave the live object as it is: same fields owned, same values, and none of kubectl
 * that is to go.
 */
export function changesNothing(
  { desired, live }: PlannedApply,
  rehearsed: { readonly member: Member; readonly ownership: string | undefined },
  options: Pick<SyncOptions, 'write'>,
): boolean {
  if (live?.kubectl === true && writeModeOf(desired, options) === 'Override') return false;
  if (live?.fingerprint === undefined || live.uid !== rehearsed.member.uid) return false;
  return live.fingerprint === rehearsed.member.fingerprint || live.fingerprint === rehearsed.ownership;
}

/**
 * Whether an apply made the object: then nobody but our manager has a part in it, and it is as old as
 * that part. A rehearsal tells by the resourceVersion, which only a stored object has.
 */
export function wasCreated(planned: PlannedApply, result: KubeObject): boolean {
  if (planned.live !== undefined) return planned.live.uid !== result.metadata.uid;
  if ((result.metadata.resourceVersion ?? '') === '') return true;
  const [entry, ...others] = result.metadata.managedFields ?? [];
  if (others.length > 0) return false;
  // Both are in whole seconds, and taken one after the other.
  const age = Date.parse(entry?.time ?? '') - Date.parse(result.metadata.creationTimestamp ?? '');
  return Math.abs(age) <= 1000;
}
