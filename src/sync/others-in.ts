import { healthOf } from '../health/index.ts';
import type { KubeObject } from '../object.ts';
import { formatObject } from '../object.ts';
import { applySetOf } from './apply-set.ts';
import { hasOnly } from './codes.ts';
import type { Member } from './member.ts';
import type { KindRef } from './ports.ts';
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
  const isDefinition = kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io';
  const isNamespace = kind === 'Namespace' && group === '';
  if (!isDefinition && !isNamespace) return [];
  // What is known of the server's kinds may be older than a definition that came since, and its objects.
  await context.cluster.discovery.refresh({ signal: context.signal });
  return isDefinition ? othersDefinedBy(member, applySet, context) : othersInNamespace(name, applySet, context);
}

async function othersDefinedBy(member: Member, applySet: string, context: StepContext): Promise<readonly string[]> {
  const { cluster, signal } = context;
  const definition = await cluster.get({ ...member.key, apiVersion: member.apiVersion }, { signal });
  if (definition === undefined) return [];
  const { group, names } = definition['spec'] as { readonly group: string; readonly names: { readonly kind: string } };
  const defined = { group, kind: names.kind };
  try {
    return await othersAmong([defined], undefined, applySet, context);
  } catch (error) {
    if (!hasOnly(error, 'kube.no-such-kind')) throw error;
    // Not served, as it never was established, or not yet: only the first is no danger.
    return healthOf(definition).status === 'Healthy' ? [`${names.kind}, which is not served yet`] : [];
  }
}

async function othersInNamespace(name: string, applySet: string, context: StepContext): Promise<readonly string[]> {
  const { discovery } = context.cluster;
  const { signal } = context;
  const resources = await discovery.resources({ signal });
  const listable = resources.filter(
    (resource) =>
      resource.namespaced &&
      resource.preferred &&
      resource.verbs.includes('list') &&
      resource.verbs.includes('delete') &&
      !fleeting.has(resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`),
  );
  const hidden = discovery.unavailable.map((apiVersion) => `whatever is of ${apiVersion}, which does not answer`);
  return [...(await othersAmong(listable, name, applySet, context)), ...hidden].slice(0, enough);
}

async function othersAmong(
  resources: readonly (KindRef & { readonly plural?: string })[],
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
        if (hasOnly(error, 'kube.not-found')) return;
        if (hasOnly(error, 'kube.no-such-kind') && namespace !== undefined) return;
        // What may not be seen is taken for there: a deletion is never a guess.
        if (!hasOnly(error, 'kube.forbidden')) throw error;
        found.push(`${resource.plural ?? resource.kind}, which may not be listed`);
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
