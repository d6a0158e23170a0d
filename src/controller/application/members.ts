import { PlumbError, type Problem } from '../../errors.ts';
import type { Health } from '../../health/index.ts';
import { type KubeClient, type WatchCache, watchCache } from '../../kube/index.ts';
import { formatKey, groupOf, keyOf, type KubeObject, type ObjectKey } from '../../object.ts';
import {
  applySetOf,
  createMemberIndex,
  downApiOf,
  hookSetOf,
  type KindRef,
  type Member,
  type ObjectIgnore,
  partOfLabel,
  type SyncView,
} from '../../sync/index.ts';

/** A live object of an ApplySet came, changed or went. */
export interface MemberChange {
  readonly applySet: string;
  readonly id: string;
  readonly previous: Member | undefined;
  /** Undefined where it is gone, or no longer carries the label of this ApplySet. */
  readonly current: Member | undefined;
}

/** What is known, without a call, of all live objects that belong to an ApplySet. */
export interface Members {
  /**
   * Begins to watch those of the kinds that are not watched yet; resolves when what is there is known, or cannot be
   * known for the moment: it answers with why, and tells `onKnown` of the Application once it is.
   * A kind that the API server does not serve (yet) is left out, and tried again at the next call.
   */
  watch(kinds: Iterable<KindRef>, application: string, signal: AbortSignal): Promise<readonly Problem[]>;
  /** The live objects as one ApplySet sees them. */
  view(applySet: string): SyncView;
  /**
   * Looks at the objects and hooks of an ApplySet anew, by the rules of health and of what is ignored, those of some
   * kinds: one list for each of these kinds that it has any of.
   */
  judgeAnew(applySet: string, isMeant: (group: string, kind: string) => boolean, signal: AbortSignal): Promise<void>;
  /** Takes the answer to a write as known, ahead of its watch event. */
  observe(object: KubeObject): void;
}

/** What `createMembers` needs. */
export interface MembersOptions {
  readonly client: KubeClient;
  readonly fieldManager: string;
  /** Tells the health of an object. */
  readonly judge?: (object: KubeObject) => Health;
  /** What is ignored of an object. */
  readonly ignoredOf?: (object: KubeObject) => ObjectIgnore | undefined;
  readonly onChange: (change: MemberChange) => void;
  readonly onError: (kind: KindRef, error: unknown) => void;
  /** Told of each Application that `watch` has left without knowledge of a kind, once that is there. */
  readonly onKnown: (application: string) => void;
  /** Told of each Application that has asked for a kind when its API is found not to answer any more. */
  readonly onDown: (application: string) => void;
  readonly signal: AbortSignal;
}

/** A kind that is watched, or is on its way to that. */
interface Watched {
  cache: WatchCache<true> | undefined;
  /** Resolves as soon as there is an answer, good or bad, or none for too long. */
  readonly answered: Promise<void>;
  /** Why what is there is not known; undefined where it is. */
  problems: readonly Problem[] | undefined;
  /** Ids of the Applications that cannot go on without it. */
  readonly waiting: Set<string>;
  /** Ids of the Applications that have asked for it. */
  readonly users: Set<string>;
}

/** How a watch fails whose API may be down. */
const mayBeDown: ReadonlySet<string> = new Set(['kube.unavailable', 'kube.api-unavailable']);

/** A turn waits so long for the first list of a kind; what comes later wakes the Application. */
const firstListMilliseconds = 10_000;

const kindId = (kind: { group: string; kind: string }): string => `${kind.kind}.${kind.group}`;

/** One watch per kind, over all namespaces, of the objects that carry the label of any ApplySet. */
export function createMembers(options: MembersOptions): Members {
  const index = createMemberIndex(options.fieldManager, options.judge, options.ignoredOf);
  const watched = new Map<string, Watched>();
  const find = (key: ObjectKey): Member | undefined => index.view('').find(key);

  const note = (key: ObjectKey, change: () => readonly string[]): void => {
    const previous = find(key);
    const sets = change();
    if (sets.length === 0) return;
    const current = find(key);
    for (const applySet of sets) {
      options.onChange({
        applySet,
        id: formatKey(key),
        previous: previous?.applySet === applySet ? previous : undefined,
        current: current?.applySet === applySet ? current : undefined,
      });
    }
  };

  const remove = (key: ObjectKey, resourceVersion: string | undefined): void =>
    note(key, () => index.remove(key, resourceVersion));

  const start = (id: string, kind: KindRef): Watched => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, firstListMilliseconds).unref();
    const unanswered: Problem = { code: 'kube.unavailable', message: `objects of ${id} have not been listed yet` };
    const entry: Watched = {
      cache: undefined,
      answered: promise,
      problems: [unanswered],
      waiting: new Set(),
      users: new Set(),
    };
    /** It is known what there is, or that there is nothing: whoever waited goes on. */
    const settle = (): void => {
      clearTimeout(late);
      resolve();
      for (const application of entry.waiting) options.onKnown(application);
      entry.waiting.clear();
    };
    entry.cache = watchCache<true>({
      client: options.client,
      resource: kind,
      labelSelector: partOfLabel,
      project: () => true,
      onChange: (change) => {
        if (change.type === 'deleted') remove(change.key, change.object?.metadata.resourceVersion);
        else note(keyOf(change.object), () => index.observe(change.object));
      },
      onSynced: () => {
        entry.problems = undefined;
        settle();
      },
      onError: (error) => {
        options.onError(kind, error);
        void tellWhereDown(kind, error, entry);
        if (entry.problems === undefined) return;
        entry.problems = error.problems;
        // It went between being found and being listed. Whoever wants it may be the one who brings it back.
        if (error.code === 'kube.no-such-kind' && watched.get(id) === entry) {
          watched.delete(id);
          entry.problems = [];
          void entry.cache?.stop();
          settle();
        }
        clearTimeout(late);
        resolve();
      },
      signal: options.signal,
    });
    entry.cache.synced.catch(() => resolve());
    return entry;
  };

  /** An API that is down tells it by the watches that it ends or refuses. What is known of its objects stays as it was last seen. */
  const tellWhereDown = async (kind: KindRef, error: PlumbError, { users }: Watched): Promise<void> => {
    const { discovery } = options.client;
    if (!mayBeDown.has(error.code) || !kind.group.includes('.') || downApiOf(kind, discovery) !== undefined) return;
    try {
      await discovery.refresh({ signal: options.signal });
    } catch {
      // The API server itself does not answer: the next failure of the watch asks again.
      return;
    }
    if (downApiOf(kind, discovery) === undefined) return;
    for (const application of users) options.onDown(application);
  };

  const knowledgeOf = async (kind: KindRef, application: string, signal: AbortSignal): Promise<readonly Problem[]> => {
    const id = kindId(kind);
    let entry = watched.get(id);
    entry?.users.add(application);
    if (entry === undefined) {
      const served = await isServed(options.client, kind, signal);
      if (served !== true) return served;
      entry = watched.get(id) ?? start(id, kind);
      entry.users.add(application);
      watched.set(id, entry);
    }
    await entry.answered;
    if (entry.problems === undefined) return [];
    if (watched.get(id) === entry) entry.waiting.add(application);
    return entry.problems;
  };

  return {
    async watch(kinds, application, signal) {
      const each = await Promise.all([...kinds].map((kind) => knowledgeOf(kind, application, signal)));
      return each.flat();
    },
    view: (applySet) => index.view(applySet),
    async judgeAnew(applySet, isMeant, signal) {
      const kinds = new Map<string, KindRef>();
      const view = index.view(applySet);
      for (const { key } of [...view.members(), ...(view.hooks?.() ?? [])]) {
        if (isMeant(key.group, key.kind)) kinds.set(kindId(key), { group: key.group, kind: key.kind });
      }
      const labelSelector = `${partOfLabel} in (${applySet},${hookSetOf(applySet)})`;
      for (const kind of kinds.values()) {
        const list = options.client.list(kind, { labelSelector, signal });
        for await (const object of list) note(keyOf(object), () => index.observe(object));
      }
    },
    observe(object) {
      // What lost its label is no member: its event says so, as the deletion that the watch makes of it.
      if (applySetOf(object) === undefined) return;
      watched.get(kindId({ group: groupOf(object.apiVersion), kind: object.kind }))?.cache?.observe(object);
    },
  };
}

/** Whether there is anything to watch; why that is not known, or nothing where the kind is not served. */
async function isServed(client: KubeClient, kind: KindRef, signal: AbortSignal): Promise<true | readonly Problem[]> {
  if (client.discovery.find(kind) !== undefined) return true;
  try {
    await client.discovery.resource(kind, { signal });
    return true;
  } catch (error) {
    if (error instanceof PlumbError && error.code === 'kube.no-such-kind') return [];
    if (error instanceof PlumbError && error.code === 'kube.api-unavailable') return error.problems;
    throw error;
  }
}
