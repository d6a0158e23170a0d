import { group } from '../api/index.ts';
import { problemsOf } from '../errors.ts';
import { type KubeClient, watchCache } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';
import type { Log } from './log.ts';
import { leaned } from './application/renewed.ts';

/** How resources of ours are watched. */
export interface WatchOwnOptions {
  readonly client: KubeClient;
  /** Of this namespace alone; of all where left out. */
  readonly namespace: string | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Watches one kind of ours. Resolves when everything that there is has been shown.
 * @param onGone told `namespace/name`
 */
export function watchOwn(
  kind: string,
  onShown: (object: KubeObject) => void,
  onGone: (id: string) => void,
  { client, namespace, log, signal }: WatchOwnOptions,
): Promise<void> {
  const cache = watchCache<true>({
    client,
    resource: { group, kind },
    ...(namespace === undefined ? {} : { namespace }),
    project: () => true,
    onChange: ({ type, key, object }) => {
      if (type === 'deleted') onGone(`${key.namespace}/${key.name}`);
      else onShown(object);
    },
    onError: (error) => log.warn({ kind, problems: problemsOf(error) }, 'watch failed'),
    signal,
  });
  return cache.synced;
}

/** A resource of ours; undefined where it is not understood, which is logged. */
export function readOwn<T>(parse: (input: unknown) => T, object: KubeObject, log: Log): T | undefined {
  try {
    return parse(leaned(object));
  } catch (error) {
    log.error({ problems: problemsOf(error) }, 'resource not understood');
    return undefined;
  }
}
