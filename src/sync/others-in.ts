import { healthOf } from '../health/index.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../object.ts';
import { hasOnly } from './codes.ts';
import { partOfLabel } from './apply-set.ts';
import { hookSetOf } from './hook.ts';
import type { Member } from './member.ts';
import type { KindRef } from './ports.ts';
import type { StepContext } from './run-types.ts';
import { downApiOf } from './unreachable.ts';

/** So many are named; one is enough to keep the namespace. */
const enough = 3;
/** Objects a page: the first page tells, unless all on it come and go by themselves. */
const pageSize = 20;

/** Kinds whose objects come and go by themselves in every namespace. */
export const fleetingKinds: ReadonlySet<string> = new Set([
  'Event',
  'Event.events.k8s.io',
  'Lease.coordination.k8s.io',
  'EndpointSlice.discovery.k8s.io',
  'Endpoints',
]);

/** `Deployment.apps`, `ConfigMap`. */
export function kindName({ group, kind }: Pick<ObjectKey, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** Whether others may live in it, which would go with it. */
export function mayHold({ group, kind }: Pick<ObjectKey, 'group' | 'kind'>): boolean {
  return isNamespace({ group, kind }) || isDefinition({ group, kind });
}

function isNamespace({ group, kind }: Pick<ObjectKey, 'group' | 'kind'>): boolean {
  return kind === 'Namespace' && group === '';
}

function isDefinition({ group, kind }: Pick<ObjectKey, 'group' | 'kind'>): boolean {
  return kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io';
}

/** What is about to go, and what of it is meant to. */
export interface Going {
  /** Id of the ApplySet. */
  readonly applySet: string;
  /** Uids of the members that go as well, or are gone. */
  readonly uids: ReadonlySet<string>;
}

/** What would go with a namespace or a definition that is to be deleted, and must not. */
export interface Held {
  /** Objects that are no members. */
  readonly others: readonly string[];
  /** Those of them that may be seen. */
  readonly holders: readonly ObjectKey[];
  /** Members that are to stay: desired still, kept, or waiting for approval. */
  readonly staying: readonly string[];
}

/** What keeps a namespace or a definition, as a sentence; undefined where nothing does. */
export function holdMessage({ others, staying }: Held): string | undefined {
  const parts = [
    others.length === 0 ? '' : `objects of others: ${others.join(', ')}`,
    staying.length === 0 ? '' : `objects of this set that stay: ${staying.join(', ')}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : `it still holds ${parts.join('; and ')}`;
}

/**
 * Names objects that would go with a namespace or a CustomResourceDefinition and must not. Nothing else holds
 * objects.
 */
export async function heldIn(member: Member, going: Going, context: StepContext): Promise<Held> {
  if (!mayHold(member.key)) return { others: [], holders: [], staying: [] };
  // What is known of the server's kinds may be older than a definition that came since, and its objects.
  await context.cluster.discovery.refresh({ signal: context.signal });
  if (isDefinition(member.key)) return heldByDefinition(member, going, context);
  const { name } = member.key;
  return {
    ...(await othersInNamespace(name, going, context)),
    staying: stayingAmong(context, going, ({ namespace }) => namespace === name),
  };
}

/** Members are known without a call. */
function stayingAmong({ view }: StepContext, going: Going, isWithin: (key: ObjectKey) => boolean): readonly string[] {
  const found: string[] = [];
  for (const { uid, key } of view.members()) {
    if (isWithin(key) && !going.uids.has(uid)) found.push(formatKey(key));
  }
  return found.toSorted().slice(0, enough);
}

async function heldByDefinition(member: Member, going: Going, context: StepContext): Promise<Held> {
  const { cluster, signal } = context;
  const definition = await cluster.get({ ...member.key, apiVersion: member.apiVersion }, { signal });
  if (definition === undefined) return { others: [], holders: [], staying: [] };
  const { group, names } = definition['spec'] as { readonly group: string; readonly names: { readonly kind: string } };
  const defined = { group, kind: names.kind };
  const staying = stayingAmong(context, going, (key) => key.group === group && key.kind === names.kind);
  try {
    return { staying, ...(await othersAmong([defined], undefined, going, context)) };
  } catch (error) {
    if (!hasOnly(error, 'kube.no-such-kind')) throw error;
    // Not served, as it never was established, or not yet: only the first is no danger.
    const others = healthOf(definition).status === 'Healthy' ? [`${names.kind}, which is not served yet`] : [];
    return { staying, others, holders: [] };
  }
}

/** What is there of others. */
type Others = Pick<Held, 'others' | 'holders'>;

async function othersInNamespace(name: string, going: Going, context: StepContext): Promise<Others> {
  const { discovery } = context.cluster;
  const { signal } = context;
  const resources = await discovery.resources({ signal });
  const listable = resources.filter(
    (resource) =>
      resource.namespaced &&
      resource.preferred &&
      downApiOf(resource, discovery) === undefined &&
      resource.verbs.includes('list') &&
      resource.verbs.includes('delete') &&
      !fleetingKinds.has(kindName(resource)),
  );
  const hidden = discovery.unavailable.map((apiVersion) => `whatever is of ${apiVersion}, which does not answer`);
  const found = await othersAmong(listable, name, going, context);
  return { ...found, others: [...found.others, ...hidden].slice(0, enough) };
}

async function othersAmong(
  resources: readonly (KindRef & { readonly plural?: string })[],
  namespace: string | undefined,
  { applySet }: Going,
  { cluster, signal }: StepContext,
): Promise<Others> {
  const found: string[] = [];
  const keys: ObjectKey[] = [];
  const where = {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: selectorOfOthers(applySet),
    metadataOnly: true,
    chunk: pageSize,
    signal,
  };
  await Promise.all(
    resources.map(async (resource) => {
      try {
        for await (const { metadata } of cluster.list(resource, where)) {
          if (found.length >= enough) return;
          const { group, kind } = resource;
          const key = { group, kind, namespace: metadata.namespace ?? '', name: metadata.name };
          if (!belongsToOthers(key, metadata)) continue;
          found.push(formatKey(key));
          keys.push(key);
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
  const others = found.toSorted().slice(0, enough);
  return { others, holders: keys.filter((key) => others.includes(formatKey(key))) };
}

/** Finds the objects that are not of this set. */
export function selectorOfOthers(applySet: string): string {
  return `${partOfLabel} notin (${applySet},${hookSetOf(applySet)})`;
}

/** Whether an object that is not of the set keeps the namespace that it is in. */
export function belongsToOthers({ kind, name }: ObjectKey, metadata: KubeObject['metadata']): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  // What has an owner goes and comes with it.
  if (metadata.ownerReferences !== undefined && metadata.ownerReferences.length > 0) return false;
  if (kind === 'ServiceAccount' && name === 'default') return false;
  return !(kind === 'ConfigMap' && name === 'kube-root-ca.crt');
}
