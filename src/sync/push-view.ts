import { PlumbError, throwProblems, type Problem } from '../errors.ts';
import type { Health } from '../health/index.ts';
import { watchCache, type KubeClient, type Resource, type WatchCache } from '../kube/index.ts';
import { formatKey, groupOf, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import { applySetOf, parseGroupKind, partOfLabel, type ParentRecord } from './apply-set.ts';
import { hasOnly } from './codes.ts';
import { createMemberIndex, isOlder, type MemberIndex } from './member-index.ts';
import type { PreparedSet } from './prepare.ts';
import type { SyncView } from './member.ts';
import type { Wait } from './run-types.ts';

/** A view of an ApplySet without a watch cache behind it: listed once, watched only where a sync waits. */
export interface PushView {
  readonly view: SyncView;
  /**
   * Notes an object as a write left it. The answer may come after the events of what happened to it since: where a
   * watch has told of those, it counts no more.
   */
  observe(object: KubeObject): void;
  /** How many events have come so far. */
  events(): number;
  /** Resolves when something may have come true of what is waited for: with the first event after so many. */
  changed(waits: readonly Wait[], since: number, signal: AbortSignal): Promise<void>;
  /** Ends the watches. */
  close(): Promise<void>;
}

/** What there is to list. */
export interface PushViewInput {
  readonly client: KubeClient;
  readonly applySet: string;
  /** Namespace of the parent. */
  readonly namespace: string;
  readonly desired: PreparedSet;
  /** What the parent says of earlier syncs. */
  readonly parent: ParentRecord;
  readonly fieldManager: string;
  /** By what is built in where left out. */
  readonly judge?: (object: KubeObject) => Health;
  readonly signal: AbortSignal;
}

interface Scope {
  readonly resource: Pick<Resource, 'group' | 'version' | 'kind' | 'namespaced'>;
  /** Undefined for objects that live in no namespace. */
  readonly namespace: string | undefined;
}

/** Lists all that carries the label of any ApplySet where this one has, had or gets members. */
export async function openPushView(input: PushViewInput): Promise<PushView> {
  const ignored = new Map(input.desired.objects.map((object) => [object.id, object.ignored]));
  const index = createMemberIndex(input.fieldManager, input.judge, (object) => ignored.get(formatKey(keyOf(object))));
  const scopes = await scopesOf(input);
  await listScopes(scopes, index, input);
  const watches = new Map<string, WatchCache<true>>();
  const waiters = new Set<() => void>();
  let count = 0;
  const wake = (): void => {
    count += 1;
    for (const waiter of waiters) waiter();
  };
  return {
    view: index.view(input.applySet),
    observe(object) {
      const { kind, apiVersion, metadata } = object;
      const watch = watches.get(watchName({ group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? '' }));
      if (watch === undefined || applySetOf(object) === undefined) index.observe(object);
      else watch.observe(object);
    },
    events: () => count,
    async changed(waits, since, signal) {
      const woken = Promise.withResolvers<void>();
      waiters.add(woken.resolve);
      const stop = (): void => woken.reject(signal.reason);
      signal.addEventListener('abort', stop);
      const soonest = Math.min(...waits.map(({ retryAfter = Infinity }) => retryAfter));
      const timer = Number.isFinite(soonest) ? setTimeout(woken.resolve, soonest) : undefined;
      try {
        signal.throwIfAborted();
        for (const { key } of waits) watchKind(key, input, index, watches, wake);
        // What came during the step was not waited for by anybody.
        if (count > since) return;
        await woken.promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        waiters.delete(woken.resolve);
      }
    },
    async close() {
      await Promise.all([...watches.values()].map((watch) => watch.stop()));
    },
  };
}

/** Each kind in each namespace: in all of them at once it could take rights that the user does not have. */
async function scopesOf(input: PushViewInput): Promise<readonly Scope[]> {
  const { client, desired, parent, signal } = input;
  const kinds = new Map<string, Scope['resource']>();
  for (const { resource, definedHere, awaited } of [...desired.objects, ...(desired.hooks ?? [])]) {
    if (!definedHere && awaited !== true) kinds.set(`${resource.kind}.${resource.group}`, resource);
  }
  const problems: Problem[] = [];
  await Promise.all(
    parent.groupKinds.map(parseGroupKind).map(async ({ group, kind }) => {
      const name = `${kind}.${group}`;
      if (kinds.has(name)) return;
      try {
        kinds.set(name, await client.discovery.resource({ group, kind }, { signal }));
      } catch (error) {
        // With the definition all its objects have gone.
        if (hasOnly(error, 'kube.no-such-kind')) return;
        if (!(error instanceof PlumbError)) throw error;
        problems.push(...error.problems);
      }
    }),
  );
  throwProblems(problems);
  const namespaces = new Set([input.namespace, ...parent.namespaces]);
  for (const { key } of [...desired.objects, ...(desired.hooks ?? [])])
    if (key.namespace !== '') namespaces.add(key.namespace);
  return [...kinds.values()].flatMap((resource): readonly Scope[] => {
    if (!resource.namespaced) return [{ resource, namespace: undefined }];
    return [...namespaces].map((namespace) => ({ resource, namespace }));
  });
}

async function listScopes(scopes: readonly Scope[], index: MemberIndex, input: PushViewInput): Promise<void> {
  const { client, signal } = input;
  await Promise.all(
    scopes.map(async ({ resource, namespace }) => {
      const where = namespace === undefined ? {} : { namespace };
      for await (const object of client.list(resource, { ...where, labelSelector: partOfLabel, signal })) {
        index.observe(object);
      }
    }),
  );
}

function watchName({ group, kind, namespace }: Omit<ObjectKey, 'name'>): string {
  return `${kind}.${group} ${namespace}`;
}

function watchKind(
  key: ObjectKey,
  input: PushViewInput,
  index: MemberIndex,
  watches: Map<string, WatchCache<true>>,
  wake: () => void,
): void {
  const { group, kind, namespace } = key;
  const name = watchName(key);
  if (watches.has(name)) return;
  const version = [...input.desired.objects, ...(input.desired.hooks ?? [])].find(
    (object) => object.key.kind === kind && object.key.group === group,
  )?.resource.version;
  const cache = watchCache<true>({
    client: input.client,
    resource: version === undefined ? { group, kind } : { group, kind, version },
    ...(namespace === '' ? {} : { namespace }),
    labelSelector: partOfLabel,
    project: () => true,
    onChange: (change) => {
      if (change.type === 'deleted') index.remove(change.key, change.object?.metadata.resourceVersion);
      else index.observe(change.object);
      wake();
    },
    onSynced: () => {
      forgetUnlisted(key, cache, index.view(input.applySet), index);
      wake();
    },
    signal: input.signal,
  });
  watches.set(name, cache);
}

/** What went before the watch began is told by no event. */
function forgetUnlisted(of: ObjectKey, cache: WatchCache<true>, view: SyncView, index: MemberIndex): void {
  const listedAt = cache.resourceVersion;
  for (const { key, resourceVersion } of [...view.members(), ...(view.hooks?.() ?? [])]) {
    if (key.kind !== of.kind || key.group !== of.group || key.namespace !== of.namespace) continue;
    // It was made after the list.
    if (isOlder(listedAt, resourceVersion)) continue;
    if (cache.get(key) === undefined) index.remove(key);
  }
}
