import { PlumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject, ObjectKey } from '../../object.ts';
import { partOfLabel } from '../../sync/index.ts';

/** An object that is in the namespace and was not synced from anywhere. */
export interface UnmanagedObject {
  readonly key: ObjectKey;
  readonly createdAt: string | undefined;
}

/** What the cluster makes by itself in every namespace, and what is about what happens and not about what is wanted. */
const ownKinds: ReadonlySet<string> = new Set([
  'Endpoints',
  'EndpointSlice.discovery.k8s.io',
  'Event',
  'Event.events.k8s.io',
  'Lease.coordination.k8s.io',
  'ControllerRevision.apps',
  'PodMetrics.metrics.k8s.io',
  'Application.plumbline.dev',
  'Repository.plumbline.dev',
  'Operation.plumbline.dev',
]);

const atATime = 8;
const mostObjects = 1_000;

/**
 * The objects of a namespace that no Application has made, as the user sees them: those that others own, and what the
 * cluster makes in every namespace, are left out, and so is what the user may not list.
 */
export async function unmanagedObjects(
  namespace: string,
  asUser: KubeClient,
  signal: AbortSignal,
): Promise<readonly UnmanagedObject[]> {
  const resources = (await asUser.discovery.resources({ signal })).filter(
    ({ namespaced, verbs, preferred, kind, group }) =>
      namespaced &&
      preferred &&
      verbs.includes('list') &&
      verbs.includes('delete') &&
      !ownKinds.has(nameOf(kind, group)),
  );
  const found: UnmanagedObject[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < resources.length; number = next++) {
      const resource = resources[number];
      if (resource === undefined || found.length >= mostObjects) return;
      const { group, kind, version } = resource;
      try {
        const options = { namespace, labelSelector: `!${partOfLabel}`, metadataOnly: true, signal } as const;
        for await (const { metadata } of asUser.list({ group, kind, version }, options)) {
          if (isLeftOut(kind, metadata)) continue;
          found.push({ key: { group, kind, namespace, name: metadata.name }, createdAt: metadata.creationTimestamp });
        }
      } catch (error) {
        if (!(error instanceof PlumbError) || !passedOver.has(error.code)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  const order = ({ key }: UnmanagedObject): string => `${nameOf(key.kind, key.group)}/${key.name}`;
  return found.toSorted((one, other) => (order(one) < order(other) ? -1 : 1)).slice(0, mostObjects);
}

/** What may not be listed, or cannot be just now, is not shown. */
const passedOver: ReadonlySet<string> = new Set([
  'kube.forbidden',
  'kube.not-found',
  'kube.no-such-kind',
  'kube.unsupported',
  'kube.api-unavailable',
]);

const nameOf = (kind: string, group: string): string => (group === '' ? kind : `${kind}.${group}`);

function isLeftOut(kind: string, metadata: KubeObject['metadata']): boolean {
  if (metadata.ownerReferences?.some(({ controller }) => controller === true) === true) return true;
  if (kind === 'ConfigMap') return metadata.name === 'kube-root-ca.crt';
  return kind === 'ServiceAccount' && metadata.name === 'default';
}
