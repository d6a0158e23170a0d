import type { PlumbError } from '../../errors.ts';
import { type KubeClient, watchCache, type WatchCache } from '../../kube/index.ts';
import { formatKey, type ObjectKey } from '../../object.ts';
import { belongsToOthers, selectorOfOthers } from '../../sync/index.ts';

/** Who waits for an object of others to go, and as whom it may be seen. */
export interface HeldBack {
  /** Id of the Application. */
  readonly id: string;
  readonly applySet: string;
  readonly client: KubeClient;
}

/** Objects of others that keep what is to be pruned: a namespace, a definition. */
export interface Holders {
  /** Looks at the Application again once one of these has gone; those of before are looked at no longer. */
  follow(who: HeldBack, holders: readonly ObjectKey[]): void;
  forget(id: string): void;
}

/** What `createHolders` needs. */
export interface HoldersOptions {
  /** Told of each Application one of whose holders has gone. */
  readonly onGone: (id: string) => void;
  readonly onError: (key: ObjectKey, error: PlumbError) => void;
  readonly signal: AbortSignal;
}

/** One watch for each of them, of that object alone: a held prune goes on by event, and nobody asks in between. */
export function createHolders({ onGone, onError, signal }: HoldersOptions): Holders {
  const watched = new Map<string, Map<string, WatchCache<boolean>>>();

  const start = ({ id, applySet, client }: HeldBack, key: ObjectKey): WatchCache<boolean> => {
    const { group, kind, namespace, name } = key;
    const end = (): void => {
      const watches = watched.get(id);
      if (watches?.get(formatKey(key)) !== cache) return;
      watches.delete(formatKey(key));
      void cache.stop();
    };
    const gone = (): void => {
      end();
      onGone(id);
    };
    const cache = watchCache<boolean>({
      client,
      resource: { group, kind },
      ...(namespace === '' ? {} : { namespace }),
      fieldSelector: `metadata.name=${name}`,
      labelSelector: selectorOfOthers(applySet),
      metadataOnly: true,
      project: ({ metadata }) => belongsToOthers(key, metadata),
      onChange: (change) => {
        if (change.type === 'deleted' || !change.value) gone();
      },
      // It may have gone before the watch began.
      onSynced: () => {
        if (cache.size === 0) gone();
      },
      onError: (error) => {
        onError(key, error);
        // Its kind has gone, and it with that. What may not be watched is asked for at the next sync.
        if (error.code === 'kube.no-such-kind') gone();
        else if (error.code === 'kube.forbidden') end();
      },
      signal,
    });
    return cache;
  };

  return {
    follow(who, holders) {
      const before = watched.get(who.id) ?? new Map<string, WatchCache<boolean>>();
      const now = new Map<string, WatchCache<boolean>>();
      watched.set(who.id, now);
      for (const key of holders) {
        const text = formatKey(key);
        now.set(text, before.get(text) ?? start(who, key));
        before.delete(text);
      }
      for (const watch of before.values()) void watch.stop();
      if (now.size === 0) watched.delete(who.id);
    },
    forget(id) {
      for (const watch of watched.get(id)?.values() ?? []) void watch.stop();
      watched.delete(id);
    },
  };
}
