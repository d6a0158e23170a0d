import { PlumbError } from '../../errors.ts';
import { asCommitId, type CommitId, type Mirror } from '../../git/index.ts';
import { type KubeClient, watchCache } from '../../kube/index.ts';
import type { Json, KubeObject, ManagedFieldsEntry, ObjectKey } from '../../object.ts';
import { until } from '../gitops/listeners.ts';

/** So long the API server may take to store what it was told to let pass, in milliseconds. */
const storeMilliseconds = 10_000;

/**
 * Waits until the API server has stored a change that it was told to let pass.
 * @param before `resourceVersion` of the object before it; undefined where there was none
 * @returns the object, or undefined where it is gone; rejects with nothing: a change that fails after all is over in time
 */
export async function untilStored(
  { client, key, signal }: { readonly client: KubeClient; readonly key: ObjectKey; readonly signal: AbortSignal },
  wanted: { readonly isDeletion: boolean; readonly before: string | undefined },
): Promise<void> {
  const stop = new AbortController();
  const done = Promise.withResolvers<void>();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(storeMilliseconds)]);
  limit.addEventListener('abort', () => done.resolve(), { once: true });
  let seen: KubeObject | undefined;
  const look = (): void => {
    const { isDeletion, before } = wanted;
    const isDone = isDeletion
      ? seen === undefined || seen.metadata.deletionTimestamp !== undefined
      : seen !== undefined && seen.metadata.resourceVersion !== before;
    if (isDone) done.resolve();
  };
  const cache = watchCache<true>({
    client,
    resource: key,
    namespace: key.namespace,
    fieldSelector: `metadata.name=${key.name}`,
    metadataOnly: true,
    project: () => true,
    onChange(change) {
      seen = change.type === 'deleted' ? undefined : change.object;
      if (cache.live) look();
    },
    onSynced: look,
    signal: AbortSignal.any([stop.signal, limit]),
  });
  await done.promise;
  stop.abort();
  await cache.stop();
}

/** What a commit is waited for with. */
export interface RevisionOptions {
  readonly commit: string;
  readonly mirror: Pick<Mirror, 'isAncestor'>;
  /** The commit that is followed now; undefined where none is known. */
  readonly current: () => string | undefined;
  readonly listen: (tell: () => void) => () => void;
  readonly signal: AbortSignal;
}

const fetchMilliseconds = 20_000;

/** Waits until the commit, or one that has it, is what the Applications follow; not for ever. */
export async function untilFollowed({ commit, mirror, current, listen, signal }: RevisionOptions): Promise<void> {
  const wanted = asCommitId(commit);
  if (wanted === undefined) return;
  const look = async (): Promise<true | undefined> => {
    const now = asCommitId(current() ?? '');
    if (now === undefined) return undefined;
    return now === wanted || (await isIn(mirror, wanted, now)) ? true : undefined;
  };
  await until(look, { listen, milliseconds: fetchMilliseconds, signal });
}

async function isIn(mirror: RevisionOptions['mirror'], commit: CommitId, now: CommitId): Promise<boolean> {
  try {
    return await mirror.isAncestor(commit, now);
  } catch (error) {
    if (error instanceof PlumbError && error.code === 'git.ref-not-found') return false;
    throw error;
  }
}

const ownManager = 'plumbline';
const annotation = 'f:kubectl.kubernetes.io/last-applied-configuration';
const tries = 5;

/**
 * Takes from somebody the fields that he has written and that Git now has: else Git could change them, and never take one
 * away. What was new becomes Plumbline's; what Plumbline has applied before stays its own.
 */
export async function takeOver(
  client: KubeClient,
  key: ObjectKey & { readonly apiVersion: string },
  manager: string,
  signal: AbortSignal,
): Promise<void> {
  for (let number = 0; number < tries; number++) {
    const object = await client.get(key, { signal });
    const { managedFields = [], resourceVersion } = object?.metadata ?? {};
    const taken = withoutManager(managedFields, manager);
    if (taken === undefined) return;
    const patch = [
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: '/metadata/managedFields', value: taken },
    ];
    try {
      await client.patch(key, patch, { type: 'json', fieldManager: ownManager, signal });
      return;
    } catch (error) {
      if (!(error instanceof PlumbError) || !['kube.stale', 'kube.invalid', 'kube.conflict'].includes(error.code))
        throw error;
    }
  }
}

/** The entries without this manager's; undefined where there are none of it. */
export function withoutManager(
  entries: readonly ManagedFieldsEntry[],
  manager: string,
): readonly ManagedFieldsEntry[] | undefined {
  const isIts = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === manager && (entry.subresource === undefined || entry.subresource === '');
  const its = entries.filter(isIts);
  if (its.length === 0) return undefined;
  const others = entries.filter((entry) => !isIts(entry));
  const isOurs = others.some((entry) => entry.manager === ownManager && entry.operation === 'Apply');
  if (isOurs) return others;
  // An object that nobody has applied would be given to a manager of before, who never lets go.
  const [first] = its;
  return [...others, { ...first, ...withoutAnnotation(first), manager: ownManager, operation: 'Apply' }];
}

/** kubectl needs it to tell what was taken away from a file: it stays nobody's, so that no sync removes it. */
function withoutAnnotation({ fieldsV1 = {} }: ManagedFieldsEntry = {}): Pick<ManagedFieldsEntry, 'fieldsV1'> {
  const metadata = { ...(fieldsV1['f:metadata'] as Record<string, Json> | undefined) };
  const annotations = { ...(metadata['f:annotations'] as Record<string, Json> | undefined) };
  delete annotations[annotation];
  if (Object.keys(annotations).every((name) => name === '.')) delete metadata['f:annotations'];
  else metadata['f:annotations'] = annotations;
  return { fieldsV1: { ...fieldsV1, 'f:metadata': metadata } };
}
