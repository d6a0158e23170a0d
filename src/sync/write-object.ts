import { PlumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { hasOnly } from './codes.ts';
import { applyBeside } from './ignore/apply-beside.ts';
import { besideLive } from './ignore/without-ignored.ts';
import type { WriteMode } from './object-options.ts';
import type { SyncCluster } from './ports.ts';
import type { PreparedObject } from './prepare.ts';
import { replacementOf } from './replacement.ts';
import { defaultFieldManager, type SyncOptions } from './run-types.ts';
import { isUpdateOf, withKubectlFieldsOf } from './take-over.ts';

/** Somebody else may write between a read and the write that is made from it: so often it is begun anew. */
const attempts = 5;

/** How a write is made. */
export interface WriteCall {
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** How an object is written: as it says itself, or as all are. */
export function writeModeOf(
  { options }: Pick<PreparedObject, 'options'>,
  all: { readonly write?: WriteMode | undefined },
): WriteMode {
  return options?.write ?? all.write ?? 'Merge';
}

/**
 * Writes an object in its mode, or with dryRun asks the server what would come of it.
 *
 * @returns the object as it is then; undefined where it is there already and is only to be made where missing
 */
export async function writeObject(
  cluster: SyncCluster,
  desired: PreparedObject,
  options: SyncOptions,
  call: WriteCall,
): Promise<KubeObject | undefined> {
  const { object } = desired;
  const fieldManager = options.fieldManager ?? defaultFieldManager;
  const force =
    desired.options?.conflicts === undefined ? (options.force ?? true) : desired.options.conflicts === 'Force';
  const apply = (): Promise<KubeObject> =>
    applyBeside(cluster, desired, { fieldManager, force, fieldValidation: 'Strict', ...call });
  switch (writeModeOf(desired, options)) {
    case 'IfNotPresent':
    case 'Ignore':
      return make(cluster, object, fieldManager, call);
    case 'Override':
      if (!call.dryRun) await takeFromKubectl(cluster, desired, fieldManager, call);
      return apply();
    case 'Replace':
      return replace(cluster, desired, fieldManager, apply, call);
    case 'Merge':
      return apply();
  }
}

async function make(
  cluster: SyncCluster,
  object: KubeObject,
  fieldManager: string,
  call: WriteCall,
): Promise<KubeObject | undefined> {
  try {
    return await cluster.create(object, { fieldManager, fieldValidation: 'Strict', ...call });
  } catch (error) {
    if (hasOnly(error, 'kube.already-exists')) return undefined;
    throw error;
  }
}

/** Begins anew where somebody else has written in between. */
async function untilFresh<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === attempts || !(error instanceof PlumbError) || error.code !== 'kube.stale') throw error;
    }
  }
}

async function takeFromKubectl(
  cluster: SyncCluster,
  { key, object }: PreparedObject,
  fieldManager: string,
  { signal }: WriteCall,
): Promise<void> {
  const ref = { ...key, apiVersion: object.apiVersion };
  await untilFresh(async () => {
    const live = await cluster.get(ref, { signal });
    if (live === undefined) return;
    const managedFields = withKubectlFieldsOf(live, fieldManager, object.apiVersion);
    if (managedFields === undefined) return;
    const { resourceVersion } = live.metadata;
    await cluster.patch(ref, { metadata: { resourceVersion, managedFields } }, { type: 'merge', signal });
  });
}

/**
 * First a PUT, which takes away what Git does not say; then an apply, which owns what Git says, so that drift is
 * seen as with any other object. What the PUT owns besides is let go of.
 */
async function replace(
  cluster: SyncCluster,
  desired: PreparedObject,
  fieldManager: string,
  apply: () => Promise<KubeObject>,
  call: WriteCall,
): Promise<KubeObject> {
  const ref = { ...desired.key, apiVersion: desired.object.apiVersion };
  const put = await untilFresh(async () => {
    const live = await cluster.get(ref, { signal: call.signal });
    if (live === undefined) return undefined;
    const replacement = replacementOf(besideLive(desired.object, live, desired.ignored, fieldManager), live);
    return cluster.update(replacement, { fieldManager, fieldValidation: 'Strict', ...call });
  });
  if (put === undefined) return apply();
  if (!call.dryRun) return withoutUpdates(cluster, desired, fieldManager, await apply(), call);
  // The apply is tried on what is there before the PUT, which may be what it does not fit.
  return apply().catch((error: unknown) => {
    call.signal.throwIfAborted();
    if (hasOnly(error, 'kube.invalid')) return put;
    throw error;
  });
}

/** What the PUT owns is owned by the apply as well: only so does a field go that goes from Git. */
async function withoutUpdates(
  cluster: SyncCluster,
  { key, object }: PreparedObject,
  fieldManager: string,
  applied: KubeObject,
  { signal }: WriteCall,
): Promise<KubeObject> {
  const ref = { ...key, apiVersion: object.apiVersion };
  let current = applied;
  return untilFresh(async () => {
    const { resourceVersion, managedFields = [] } = current.metadata;
    const others = managedFields.filter((entry) => !isUpdateOf(entry, fieldManager));
    if (others.length === managedFields.length) return current;
    try {
      return await cluster.patch(
        ref,
        { metadata: { resourceVersion, managedFields: others } },
        { type: 'merge', signal },
      );
    } catch (error) {
      if (hasOnly(error, 'kube.stale')) current = (await cluster.get(ref, { signal })) ?? current;
      throw error;
    }
  });
}
