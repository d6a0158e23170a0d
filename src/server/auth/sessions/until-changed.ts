import { setTimeout } from 'node:timers/promises';
import { type KubeClient, watchCache } from '../../../kube/index.ts';
import type { ObjectKey } from '../../../object.ts';
import type { StoredSession } from './record.ts';

/** Waits until a session was written anew or has ended, at most until whoever asks the issuer for it has had their time. */
export async function untilChanged(
  { client, now }: { readonly client: KubeClient; readonly now: () => number },
  { group, kind, namespace, name }: ObjectKey,
  { object, refreshingUntil }: StoredSession,
): Promise<void> {
  const known = object.metadata.resourceVersion;
  const changed = Promise.withResolvers<void>();
  const stop = new AbortController();
  const cache = watchCache({
    client,
    resource: { group, kind },
    namespace,
    fieldSelector: `metadata.name=${name}`,
    metadataOnly: true,
    project: ({ metadata }) => metadata.resourceVersion,
    onChange: ({ type, value }) => {
      if (type === 'deleted' || value !== known) changed.resolve();
    },
    signal: stop.signal,
  });
  const isGone = (): void => {
    if (cache.size === 0) changed.resolve();
  };
  cache.synced.then(isGone, () => undefined);
  try {
    const limit = setTimeout(Math.max(1, refreshingUntil - now()), undefined, { signal: stop.signal });
    await Promise.race([changed.promise, limit]);
  } finally {
    stop.abort();
    await cache.stop();
  }
}
