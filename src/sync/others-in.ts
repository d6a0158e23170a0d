import type { KubeObject } from '../object.ts';
import { formatObject } from '../object.ts';
import { applySetOf } from './apply-set.ts';
import { hasOnly } from './codes.ts';
import type { Member } from './member.ts';
import type { ListedResource } from './ports.ts';
import type { StepContext } from './run-types.ts';

/** So many are named; one is enough to keep the namespace. */
const enough = 3;

/** Kinds whose objects come and go by themselves in every namespace. */
const fleeting = new Set([
  'Event',
  'Event.events.k8s.io',
  'Lease.coordination.k8s.io',
  'EndpointSlice.discovery.k8s.io',
  'Endpoints',
]);

/**
 * Names objects of others that would go with a namespace or a CustomResourceDefinition. Nothing else holds
 * objects.
 */
export async function othersIn(member: Member, applySet: string, context: StepContext): Promise<readonly string[]> {
  const { group, kind, name } = member.key;
  const { signal, cluster } = context;
  if (kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io') {
    const resources = await cluster.discovery.resources({ signal });
    const defined = resources.find((resource) => `${resource.plural}.${resource.group}` === name && resource.preferred);
    return defined === undefined ? [] : othersAmong([defined], undefined, applySet, context);
  }
  if (kind !== 'Namespace' || group !== '') return [];
  const resources = await cluster.discovery.resources({ signal });
  const listable = resources.filter(
    (resource) =>
      resource.namespaced &&
      resource.preferred &&
      resource.verbs.includes('list') &&
      resource.verbs.includes('delete') &&
      !fleeting.has(resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`),
  );
  return othersAmong(listable, name, applySet, context);
}

async function othersAmong(
  resources: readonly ListedResource[],
  namespace: string | undefined,
  applySet: string,
  { cluster, signal }: StepContext,
): Promise<readonly string[]> {
  const found: string[] = [];
  await Promise.all(
    resources.map(async (resource) => {
      const where = namespace === undefined ? {} : { namespace };
      try {
        for await (const object of cluster.list(resource, { ...where, signal })) {
          if (found.length >= enough) return;
          if (belongsToOthers(object, applySet)) found.push(formatObject(object));
        }
      } catch (error) {
        // Its definition has gone, and all its objects with it.
        if (hasOnly(error, 'kube.not-found') || hasOnly(error, 'kube.no-such-kind')) return;
        // What may not be seen is taken for there: a deletion is never a guess.
        if (!hasOnly(error, 'kube.forbidden')) throw error;
        found.push(`${resource.plural}, which may not be listed`);
      }
    }),
  );
  return found.toSorted().slice(0, enough);
}

function belongsToOthers(object: KubeObject, applySet: string): boolean {
  const { metadata, kind } = object;
  if (applySetOf(object) === applySet || metadata.deletionTimestamp !== undefined) return false;
  // What has an owner goes and comes with it.
  if (metadata.ownerReferences !== undefined && metadata.ownerReferences.length > 0) return false;
  if (kind === 'ServiceAccount' && metadata.name === 'default') return false;
  return !(kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt');
}
