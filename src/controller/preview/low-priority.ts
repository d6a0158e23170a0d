import type { KubeClient } from '../../kube/index.ts';
import type { SyncCluster } from '../../sync/index.ts';

const priority = 'low';

/** A client for who only looks on: whatever a sync wants of the API server goes first. */
export function lowPriority(client: KubeClient): SyncCluster {
  return {
    discovery: client.discovery,
    get: (ref, options) => client.get(ref, { ...options, priority }),
    list: (kind, options) => client.list(kind, { ...options, priority }),
    apply: (object, options) => client.apply(object, { ...options, priority }),
    create: (object, options) => client.create(object, { ...options, priority }),
    update: (object, options) => client.update(object, { ...options, priority }),
    patch: (ref, patch, options) => client.patch(ref, patch, { ...options, priority }),
    delete: (ref, options) => client.delete(ref, { ...options, priority }),
  };
}
