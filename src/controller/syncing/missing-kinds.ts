import { type KubeClient, type WatchCache, watchCache } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { downApiOf, type KindRef, resourcesDefinedBy } from '../../sync/index.ts';

/** Tells when kinds appear that Applications need and that the API server did not serve, or whose API did not answer. */
export interface MissingKinds {
  /** What an Application misses, in the place of what it missed before; nothing where it misses none. */
  want(application: string, kinds: readonly KindRef[]): void;
}

/** What `createMissingKinds` needs. */
export interface MissingKindsOptions {
  readonly client: KubeClient;
  /** Told of each Application when a kind that it misses is there: it is forgotten until it misses something again. */
  readonly onServed: (application: string) => void;
  readonly onError: (kind: KindRef, error: unknown) => void;
  /** Calls back after some milliseconds. */
  readonly schedule: (milliseconds: number, callback: () => void) => () => void;
  readonly signal: AbortSignal;
}

const definitions = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
const services = { group: 'apiregistration.k8s.io', kind: 'APIService' };

// The API server serves a kind a moment after it has said so, and tells of that by nothing.
const firstLookMilliseconds = 100;
const longestLookMilliseconds = 10_000;
const looksLimit = 16;

const idOf = ({ group, version, kind }: KindRef): string => `${group}/${version}/${kind}`;

/**
 * Watches definitions and APIs of other servers for as long as a kind is missing, their metadata alone: one of them that
 * may bring the kind is then read as a whole.
 */
export function createMissingKinds({ client, onServed, onError, schedule, signal }: MissingKindsOptions): MissingKinds {
  const wants = new Map<string, readonly KindRef[]>();
  /** Kinds that something in the cluster brings, and that are not served yet. */
  const promised = new Set<string>();
  /** Kinds whose API did not answer when they were wanted. */
  const down = new Set<string>();
  let watches: readonly { readonly of: KindRef; readonly cache: WatchCache<true> }[] = [];
  let looks = 0;
  let isLooking = false;
  let cancel: (() => void) | undefined;

  const wanted = (): readonly KindRef[] => [...wants.values()].flat();
  const isDown = (kind: KindRef): boolean => downApiOf(kind, client.discovery) !== undefined;
  /** Whether it is there now, or it has become clear that it is not. */
  const isSettled = (kind: KindRef): boolean =>
    !isDown(kind) && (client.discovery.find(kind) !== undefined || down.has(idOf(kind)));

  const tell = (): void => {
    for (const [application, kinds] of wants) {
      if (!kinds.some(isSettled)) continue;
      wants.delete(application);
      onServed(application);
    }
    const left = new Set(wanted().map(idOf));
    for (const ids of [promised, down]) for (const id of ids) if (!left.has(id)) ids.delete(id);
    if (wants.size === 0) stop();
  };
  const stop = (): void => {
    cancel?.();
    promised.clear();
    down.clear();
    for (const { cache } of watches) void cache.stop();
    watches = [];
  };
  const look = async (): Promise<void> => {
    isLooking = true;
    cancel = undefined;
    try {
      await client.discovery.refresh({ signal });
      tell();
    } catch (error) {
      if (!signal.aborted) onError(definitions, error);
    } finally {
      isLooking = false;
    }
    if (signal.aborted || promised.size === 0 || looks >= looksLimit) return;
    const pause = Math.min(firstLookMilliseconds * 2 ** looks, longestLookMilliseconds);
    looks += 1;
    cancel = schedule(pause, () => void look());
  };
  /** Looks at once, and then as often as it takes for what is promised to be served. */
  const begin = (): void => {
    looks = 0;
    cancel?.();
    if (!isLooking) void look();
  };

  const consider = async (of: KindRef, name: string, kinds: readonly KindRef[]): Promise<void> => {
    const group = name.slice(name.indexOf('.') + 1);
    if (!kinds.some((kind) => kind.group === group)) return;
    try {
      const found = await client.get({ ...of, namespace: '', name }, { signal });
      if (found === undefined) return;
      const defined = resourcesDefinedBy([found]);
      const spec = found.spec as { readonly service?: unknown; readonly version?: unknown } | undefined;
      const isAvailable = of === definitions || hasAnswered(found);
      const brings = (kind: KindRef): boolean =>
        of === definitions
          ? defined(kind) !== undefined
          : // Those of definitions are there as well, and name no other server.
            kind.group === group &&
            (kind.version ?? spec?.version) === spec?.version &&
            spec?.service !== undefined &&
            isAvailable;
      const coming = wanted().filter(brings);
      if (coming.length === 0) return;
      for (const kind of coming) promised.add(idOf(kind));
      begin();
    } catch (error) {
      if (!signal.aborted) onError(of, error);
    }
  };

  /** Whoever waits for an API that is announced no more learns that its kinds are gone. */
  const dismiss = (of: KindRef, name: string): void => {
    const lost = wanted().filter((kind) => of === services && name.endsWith(`.${kind.group}`) && down.has(idOf(kind)));
    if (lost.length === 0) return;
    for (const kind of lost) promised.add(idOf(kind));
    begin();
  };

  const start = (): void => {
    watches = [definitions, services].map((of) => ({
      of,
      cache: watchCache<true>({
        client,
        resource: of,
        metadataOnly: true,
        project: () => true,
        onChange: (change) => {
          if (change.type === 'deleted') dismiss(of, change.key.name);
          else void consider(of, change.object.metadata.name, wanted());
        },
        onError: (error) => onError(of, error),
        signal,
      }),
    }));
  };

  return {
    want(application, kinds) {
      const before = new Set((wants.get(application) ?? []).map(idOf));
      const news = kinds.filter((kind) => !before.has(idOf(kind)));
      for (const kind of kinds) if (isDown(kind)) down.add(idOf(kind));
      if (kinds.length === 0) wants.delete(application);
      else wants.set(application, kinds);
      if (wants.size === 0) stop();
      else if (watches.length === 0) start();
      // What is known already is told by no event again.
      else if (news.length > 0)
        for (const { of, cache } of watches) for (const [{ name }] of cache.entries()) void consider(of, name, news);
    },
  };
}

/** Whether the API server could reach the server of the API. */
function hasAnswered({ status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { type?: unknown; status?: unknown }[];
  };
  return conditions.some((condition) => condition.type === 'Available' && condition.status === 'True');
}
