import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { PlumbError } from '../errors.ts';
import type { KubeClient, WriteOptions } from '../kube/index.ts';
import { formatKey, type KubeObject, type OwnerReference } from '../object.ts';
import type { CustomResource } from './types.ts';
import type { Watches } from './watches.ts';
import { mergePatch } from './merge-patch.ts';
import type { Wish } from './wishes.ts';

/** Brings wishes about in the cluster. */
export interface Ensure {
  /** Writes what is not so yet; answers with the objects that were written. */
  (wishes: readonly Wish[], owner: CustomResource, signal: AbortSignal): Promise<readonly string[]>;
}

/** What `ensure` works with. */
export interface EnsureParts {
  readonly client: KubeClient;
  readonly watches: Watches;
  /** The field manager: the name of the operator. */
  readonly manager: string;
}

/** Objects of which it is remembered how they were applied; any other is applied once more, which changes nothing. */
const remembered = 50_000;

/** What was applied last, and the fields that the server then said are ours. */
interface Applied {
  readonly wanted: string;
  readonly owned: string;
}

/**
 * Server-side apply of what workers made, with the resource as its owner; a patch of what they changed. An object whose
 * wanted form is the one last applied, and whose fields are all still ours, is not written again: whoever changes a
 * field takes it over.
 */
export function createEnsure(parts: EnsureParts): Ensure {
  const applied = new LRUCache<string, Applied>({ max: remembered });

  const apply = async (
    wish: Wish & { type: 'whole' },
    owner: CustomResource,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const { group, kind } = wish.key;
    const watched = await parts.watches.open({ group, kind });
    const live = watched.get(wish.key);
    const name = formatKey(wish.key);
    const object = withOwner(wish.object, owner);
    const wanted = digest(object);
    const before = applied.get(name);
    if (live !== undefined && before?.wanted === wanted && before.owned === ownedBy(parts.manager, live)) return false;
    const stored = await parts.client.apply(object, { fieldManager: parts.manager, force: true, signal });
    applied.set(name, { wanted, owned: ownedBy(parts.manager, stored) });
    watched.observe(stored);
    return stored.metadata.resourceVersion !== live?.metadata.resourceVersion;
  };

  const remove = async (wish: Wish & { type: 'removed' }, signal: AbortSignal): Promise<boolean> => {
    const watched = await parts.watches.open(wish.key);
    const uid = watched.get(wish.key)?.metadata.uid;
    if (uid === undefined) return false;
    applied.delete(formatKey(wish.key));
    await parts.client.delete({ ...wish.key, apiVersion: wish.apiVersion }, { preconditions: { uid }, signal });
    return true;
  };

  const patch = async (wish: Wish & { type: 'changed' }, signal: AbortSignal): Promise<boolean> => {
    const watched = await parts.watches.open(wish.key);
    watched.observe(await patchChanged(parts.client, wish, { fieldManager: parts.manager, signal }));
    return true;
  };

  return async (wishes, owner, signal) => {
    const written: string[] = [];
    for (const wish of wishes) {
      const did =
        wish.type === 'whole' ? await apply(wish, owner, signal)
        : wish.type === 'changed' ? await patch(wish, signal)
        : await remove(wish, signal); // prettier-ignore
      if (did) written.push(formatKey(wish.key));
    }
    return written;
  };
}

/** Patches what the worker changed, unless somebody else has written the object meanwhile. @throws PlumbError `kube.stale` */
function patchChanged(
  client: KubeClient,
  { key, base, object, read }: Wish & { type: 'changed' },
  options: WriteOptions,
): Promise<KubeObject> {
  const { resourceVersion } = read.metadata;
  const changes = mergePatch(base, object);
  const metadata = { ...(changes['metadata'] as object | undefined), resourceVersion };
  return client.patch({ ...key, apiVersion: read.apiVersion }, { ...changes, metadata }, { ...options, type: 'merge' });
}

/**
 * Tries wishes on the server, which stores nothing of it: before they become a commit that could not be applied. What
 * the operator may not write itself is not tried.
 * @throws PlumbError with every problem of every object
 */
export async function rehearse(
  client: KubeClient,
  wishes: readonly Wish[],
  manager: string,
  signal: AbortSignal,
): Promise<void> {
  const options = { fieldManager: manager, dryRun: true, fieldValidation: 'Strict', signal } as const;
  const outcomes = await Promise.allSettled(
    wishes.map(async (wish) => {
      if (wish.type === 'whole') await client.apply(wish.object, { ...options, force: true });
      if (wish.type === 'changed') await patchChanged(client, wish, options);
    }),
  );
  const problems = outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [];
    const error: unknown = outcome.reason;
    if (!(error instanceof PlumbError)) throw error;
    return error.problems.filter(({ code }) => code !== 'kube.forbidden');
  });
  const [first, ...rest] = problems;
  if (first !== undefined) throw new PlumbError([first, ...rest]);
}

function withOwner(object: KubeObject, owner: CustomResource): KubeObject {
  // The garbage collector takes an owner in another namespace for one that is gone.
  if (object.metadata.namespace !== owner.metadata.namespace) return object;
  const { apiVersion, kind, metadata } = owner;
  const reference: OwnerReference = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [reference] } };
}

function ownedBy(manager: string, { metadata }: KubeObject): string {
  const entry = metadata.managedFields?.find(
    (each) => each.manager === manager && each.operation === 'Apply' && each.subresource === undefined,
  );
  return digest(entry?.fieldsV1 ?? {});
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
