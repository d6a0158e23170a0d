import { formatKey, type ObjectKey } from '../object.ts';
import { hasOnly } from './codes.ts';
import type { Member } from './member.ts';
import { fleetingKinds, kindName, mayHold } from './others-in.ts';
import type { ListedResource } from './ports.ts';
import type { StepContext } from './run-types.ts';
import { downApiOf } from './unreachable.ts';

/** An object that goes along with another. */
export interface Companion {
  /** `formatKey(key)`. */
  readonly id: string;
  readonly key: ObjectKey;
  /** Name of the kind in the words of RBAC: `pods`. */
  readonly resource: string;
}

/** What goes along with objects that are deleted. */
export interface Companions {
  /** By the id of the object that is deleted, sorted; without what is deleted by itself. */
  readonly takes: ReadonlyMap<string, readonly Companion[]>;
  /** Kinds that could not be looked at. */
  readonly unseen: readonly string[];
}

/** As much of a live object as says with what it goes. */
interface Seen extends Companion {
  readonly uid: string;
  readonly owners: readonly string[];
}

/** Groups of kinds that own nothing, though they live in no namespace: for them nobody has to look everywhere. */
const ownNothing: ReadonlySet<string> = new Set(['rbac.authorization.k8s.io', 'admissionregistration.k8s.io']);

/**
 * Finds what garbage collection takes along, by the owners of each object, and what lives in a namespace or is of a
 * definition that goes. Lists the metadata of what is in the namespaces concerned: for people who ask, not for a sync.
 */
export async function companionsOf(
  targets: readonly Member[],
  { cluster, signal }: Pick<StepContext, 'cluster' | 'signal'>,
): Promise<Companions> {
  if (targets.length === 0) return { takes: new Map(), unseen: [] };
  const resources = (await cluster.discovery.resources({ signal })).filter(
    (resource) =>
      resource.preferred &&
      downApiOf(resource, cluster.discovery) === undefined &&
      resource.verbs.includes('list') &&
      resource.verbs.includes('delete') &&
      !fleetingKinds.has(kindName(resource)),
  );
  const unseen = new Set(cluster.discovery.unavailable);
  const seen = new Map<string, Seen>();
  const look = async (resource: ListedResource, namespace: string | undefined): Promise<void> => {
    const where = namespace === undefined ? {} : { namespace };
    try {
      for await (const { metadata } of cluster.list(resource, { ...where, metadataOnly: true, signal })) {
        const { group, kind } = resource;
        const key = { group, kind, namespace: metadata.namespace ?? '', name: metadata.name };
        const owners = (metadata.ownerReferences ?? []).map(({ uid }) => uid);
        const id = formatKey(key);
        seen.set(id, { id, key, resource: resource.plural, uid: metadata.uid ?? '', owners });
      }
    } catch (error) {
      if (hasOnly(error, 'kube.not-found') || hasOnly(error, 'kube.no-such-kind')) return;
      if (!hasOnly(error, 'kube.forbidden')) throw error;
      unseen.add(kindName(resource));
    }
  };
  const isWide = targets.some(({ key }) => key.namespace === '' && !mayHold(key) && !ownNothing.has(key.group));
  const namespaces = new Set(targets.map(namespaceOf).filter((namespace) => namespace !== ''));
  const defined = new Set(targets.flatMap(({ key }) => definedBy(key)));
  await Promise.all(
    resources.flatMap((resource) => {
      const isDefined = defined.has(`${resource.plural}.${resource.group}`);
      if (isWide || isDefined) return [look(resource, undefined)];
      return resource.namespaced ? [...namespaces].map((namespace) => look(resource, namespace)) : [];
    }),
  );
  const plurals = new Map(resources.map((resource) => [kindName(resource), `${resource.plural}.${resource.group}`]));
  return { takes: takenBy(targets, [...seen.values()], plurals), unseen: [...unseen].toSorted() };
}

function takenBy(
  targets: readonly Member[],
  seen: readonly Seen[],
  plurals: ReadonlyMap<string, string>,
): Map<string, readonly Companion[]> {
  const byThemselves = new Set(targets.map(({ id }) => id));
  const byOwner = new Map<string, Seen[]>();
  for (const each of seen) for (const owner of each.owners) byOwner.set(owner, [...(byOwner.get(owner) ?? []), each]);
  const takes = new Map<string, readonly Companion[]>();
  for (const { id, key, uid } of targets) {
    const found = new Map<string, Companion>();
    const [definition] = definedBy(key);
    const within = seen.filter(
      (each) =>
        (mayHold(key) && definition === undefined && each.key.namespace === key.name) ||
        (definition !== undefined && plurals.get(kindName(each.key)) === definition),
    );
    const open: Seen[] = [...within, ...(byOwner.get(uid) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { id: known, key: taken, resource } = next;
      if (found.has(known) || byThemselves.has(known)) continue;
      found.set(known, { id: known, key: taken, resource });
      open.push(...(byOwner.get(next.uid) ?? []));
    }
    takes.set(
      id,
      [...found.keys()].toSorted().flatMap((each) => found.get(each) ?? []),
    );
  }
  return takes;
}

function namespaceOf({ key }: Member): string {
  return key.kind === 'Namespace' && key.group === '' ? key.name : key.namespace;
}

/** The kind that a definition defines, as its name says: `widgets.example.org`. */
function definedBy({ group, kind, name }: ObjectKey): readonly string[] {
  return kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io' ? [name] : [];
}
