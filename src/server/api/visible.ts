import type { FastifyRequest } from 'fastify';
import { inParallel } from '../../controller/index.ts';
import type { Right } from '../auth/types.ts';
import { userOf } from './caller.ts';
import type { ApiContext } from './context.ts';

/** Questions about rights that are asked at the same time for one request. */
const questionsAtOnce = 16;

/** A kind in the words of RBAC, and what is wanted of it. */
export type Wanted = Pick<Right, 'verb' | 'group' | 'resource'>;

/**
 * The namespaces in which somebody may do something: all where they may everywhere, else one question for each.
 * What cannot be asked counts as refused.
 */
export async function namespacesWith(
  { authorizer }: Pick<ApiContext, 'authorizer'>,
  request: FastifyRequest,
  wanted: Wanted,
  namespaces: Iterable<string>,
): Promise<(namespace: string) => boolean> {
  const user = userOf(request);
  if (await authorizer.allows(user, wanted, request.ending)) return () => true;
  const allowed = new Set<string>();
  await inParallel([...new Set(namespaces)], questionsAtOnce, async (namespace) => {
    if (await authorizer.allows(user, { ...wanted, namespace }, request.ending)) allowed.add(namespace);
  });
  return (namespace) => allowed.has(namespace);
}

/** What has a kind, as RBAC names it. */
export interface OfKind {
  readonly key: { readonly group: string; readonly namespace: string };
  /** Empty where the API server serves no such kind: nobody may see it then. */
  readonly resource: string;
}

/** The objects that somebody may get, or may `list`, asked once for each kind and namespace. */
export async function visibleObjects<Item extends OfKind>(
  { authorizer }: Pick<ApiContext, 'authorizer'>,
  request: FastifyRequest,
  objects: readonly Item[],
  verb: 'get' | 'list' = 'get',
): Promise<Item[]> {
  const user = userOf(request);
  const rights = new Map<string, Right>();
  for (const { key, resource } of objects) {
    if (resource === '') continue;
    const namespace = key.namespace === '' ? {} : { namespace: key.namespace };
    rights.set(rightId(key, resource), { verb, group: key.group, resource, ...namespace });
  }
  const allowed = new Set<string>();
  await inParallel([...rights], questionsAtOnce, async ([id, right]) => {
    if (await authorizer.allows(user, right, request.ending)) allowed.add(id);
  });
  return objects.filter(({ key, resource }) => allowed.has(rightId(key, resource)));
}

function rightId({ group, namespace }: OfKind['key'], resource: string): string {
  return `${group}/${resource} ${namespace}`;
}
