import { PlumbError, throwProblems, type Problem } from '../errors.ts';
import { groupOf, type KubeObject } from '../object.ts';
import { hasOnly } from './codes.ts';
import type { ApiResource, KindRef, SyncCluster } from './ports.ts';

/** Finds a kind; undefined where there is none. */
export type ResourceLookup = (kind: KindRef) => ApiResource | undefined;

/** The kind of an object, at the version that it is written in. */
export function kindRefOf(object: KubeObject): Required<KindRef> {
  const group = groupOf(object.apiVersion);
  const version = group === '' ? object.apiVersion : object.apiVersion.slice(group.length + 1);
  return { group, version, kind: object.kind };
}

function textOf(kind: KindRef): string {
  return `${kind.group}/${kind.version ?? ''}/${kind.kind}`;
}

/** What is known of the kinds of objects. */
export interface KnownKinds {
  readonly lookup: ResourceLookup;
  /** Whether the kind was not found because an API that may have it does not answer. */
  readonly isDown: (kind: KindRef) => boolean;
}

/**
 * Asks the server once for every kind that the objects have. Kinds that it does not serve are simply not
 * found by the lookup.
 *
 * @throws PlumbError where the server cannot tell, because it or one of its APIs is down.
 */
export async function lookupResources(
  objects: Iterable<KubeObject>,
  discovery: Pick<SyncCluster['discovery'], 'find' | 'resource'>,
  signal: AbortSignal,
): Promise<ResourceLookup> {
  const { lookup, down } = await askForKinds(objects, discovery, signal);
  throwProblems([...down.values()].flat());
  return lookup;
}

/**
 * The same, where what is of an API that is down is to be told from what is not served.
 *
 * @throws PlumbError where the server itself is down.
 */
export async function lookupKinds(
  objects: Iterable<KubeObject>,
  discovery: Pick<SyncCluster['discovery'], 'find' | 'resource'>,
  signal: AbortSignal,
): Promise<KnownKinds> {
  const { lookup, down } = await askForKinds(objects, discovery, signal);
  return { lookup, isDown: (kind) => down.has(textOf(kind)) };
}

async function askForKinds(
  objects: Iterable<KubeObject>,
  discovery: Pick<SyncCluster['discovery'], 'find' | 'resource'>,
  signal: AbortSignal,
): Promise<{ readonly lookup: ResourceLookup; readonly down: ReadonlyMap<string, readonly Problem[]> }> {
  const kinds = new Map<string, KindRef>();
  for (const object of objects) {
    if (typeof object.apiVersion !== 'string' || typeof object.kind !== 'string') continue;
    const kind = kindRefOf(object);
    kinds.set(textOf(kind), kind);
  }
  const problems: Problem[] = [];
  const down = new Map<string, readonly Problem[]>();
  const found = new Map<string, ApiResource>();
  await Promise.all(
    [...kinds].map(async ([text, kind]) => {
      try {
        found.set(text, discovery.find(kind) ?? (await discovery.resource(kind, { signal })));
      } catch (error) {
        if (hasOnly(error, 'kube.no-such-kind')) {
          // Another version of it tells at least whether it lives in namespaces.
          const { group, kind: name } = kind;
          const other = discovery.find({ group, kind: name });
          if (other !== undefined) found.set(textOf({ group, kind: name }), other);
          return;
        }
        if (!(error instanceof PlumbError)) throw error;
        if (hasOnly(error, 'kube.api-unavailable')) down.set(text, error.problems);
        else problems.push(...error.problems);
      }
    }),
  );
  throwProblems(problems);
  return { lookup: (kind) => found.get(textOf(kind)), down };
}

/** Finds the kinds that CustomResourceDefinitions among these objects define. */
export function resourcesDefinedBy(objects: Iterable<KubeObject>): ResourceLookup {
  const defined = new Map<string, ApiResource>();
  for (const object of objects) {
    if (object.kind !== 'CustomResourceDefinition') continue;
    for (const resource of resourcesOf(object)) defined.set(textOf(resource), resource);
  }
  return (kind) => defined.get(textOf(kind));
}

interface DefinitionSpec {
  readonly group?: unknown;
  readonly scope?: unknown;
  readonly names?: { readonly kind?: unknown; readonly plural?: unknown } | null;
  readonly versions?: unknown;
}

function resourcesOf(definition: KubeObject): ApiResource[] {
  const { group, scope, names, versions } = (definition.spec ?? {}) as DefinitionSpec;
  const kind = names?.kind;
  const plural = names?.plural;
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof plural !== 'string') return [];
  if (!Array.isArray(versions)) return [];
  return (versions as readonly ({ readonly name?: unknown; readonly served?: unknown } | null)[])
    .filter((version) => version?.served === true && typeof version.name === 'string')
    .map((version) => ({ group, version: String(version?.name), kind, plural, namespaced: scope !== 'Cluster' }));
}
