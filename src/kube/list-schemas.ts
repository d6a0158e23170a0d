import { LRUCache } from 'lru-cache';
import type { KubeClient } from './types.ts';

/** How the items of a list belong together, as its schema says. */
export type ListSchema =
  | {
      readonly type: 'map';
      /** The fields that tell items apart, with what one has that is left out. */
      readonly keys: readonly { readonly name: string; readonly usual?: unknown }[];
    }
  | { readonly type: 'set' }
  | { readonly type: 'atomic' };

/** The lists of a kind, by their paths: `spec.template.spec.containers[].ports`. */
export type ListSchemas = ReadonlyMap<string, ListSchema>;

/** Finds the lists of kinds in what the API server says of itself. */
export interface ListSchemaReader {
  /** Undefined where the API server does not describe the kind. @throws PlumbError `kube.*` */
  of(apiVersion: string, kind: string, signal: AbortSignal): Promise<ListSchemas | undefined>;
}

interface Schema {
  readonly type?: unknown;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly default?: unknown;
  readonly 'x-kubernetes-group-version-kind'?: readonly { readonly kind?: string; readonly version?: string }[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
}

type Schemas = Readonly<Record<string, Schema>>;

/** A definition may be changed: what is known is asked for anew after so many milliseconds. */
const believedFor = 300_000;
const mostKinds = 200;
const deepest = 24;

/** Reads the OpenAPI document of a group when a kind of it is asked for; the paths of its lists are all that is kept. */
export function createListSchemas(client: Pick<KubeClient, 'request'>): ListSchemaReader {
  const known = new LRUCache<string, { readonly lists: ListSchemas | undefined }>({ max: mostKinds, ttl: believedFor });
  return {
    async of(apiVersion, kind, signal) {
      const id = `${apiVersion} ${kind}`;
      const there = known.get(id);
      if (there !== undefined) return there.lists;
      const path = `/openapi/v3/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`;
      const answer = await client.request({ method: 'GET', path, headers: { accept: 'application/json' }, signal });
      const { components } = answer.json() as { readonly components?: { readonly schemas?: Schemas } };
      const lists = listsIn(components?.schemas ?? {}, kind, apiVersion.split('/').at(-1) ?? '');
      known.set(id, { lists });
      return lists;
    },
  };
}

/** The lists of a kind in the schemas of its group; undefined where it is not among them. */
export function listsIn(schemas: Schemas, kind: string, version: string): ListSchemas | undefined {
  const root = Object.values(schemas).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some((each) => each.kind === kind && each.version === version),
  );
  if (root === undefined) return undefined;
  const found = new Map<string, ListSchema>();
  collect(schemas, root, '', [], found);
  return found;
}

/** @param under the schemas that this one is part of: some hold themselves */
function collect(
  schemas: Schemas,
  schema: Schema,
  path: string,
  under: readonly Schema[],
  into: Map<string, ListSchema>,
): void {
  const own = resolved(schemas, schema);
  if (own === undefined || under.includes(own) || under.length > deepest) return;
  const here = [...under, own];
  for (const [name, field] of Object.entries(own.properties ?? {})) {
    const at = path === '' ? name : `${path}.${name}`;
    const { items } = resolved(schemas, field) ?? field;
    if (items === undefined) collect(schemas, field, at, here, into);
    else {
      // What is said beside a reference holds for this place.
      const list = listOf({ ...resolved(schemas, field), ...field }, resolved(schemas, items));
      if (list !== undefined) into.set(at, list);
      collect(schemas, items, `${at}[]`, here, into);
    }
  }
}

function resolved(schemas: Schemas, { $ref, allOf, ...rest }: Schema): Schema | undefined {
  const reference = $ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined);
  return reference === undefined ? rest : schemas[reference.slice('#/components/schemas/'.length)];
}

function listOf(list: Schema, item: Schema | undefined): ListSchema | undefined {
  const type = list['x-kubernetes-list-type'];
  const mergeKey = list['x-kubernetes-patch-merge-key'];
  const keys = list['x-kubernetes-list-map-keys'] ?? (mergeKey === undefined ? [] : [mergeKey]);
  if (keys.length > 0) {
    return {
      type: 'map',
      keys: keys.map((name) => {
        const usual = item?.properties?.[name]?.default;
        // The zero values that are told of each field are none that the API server would fill in.
        return usual === undefined || usual === '' || usual === 0 ? { name } : { name, usual };
      }),
    };
  }
  if (type === 'set' || (type === undefined && list['x-kubernetes-patch-strategy'] === 'merge')) return { type: 'set' };
  return type === 'atomic' ? { type } : undefined;
}
