import { type Action, type MadeEffect, neededRight, touchesApplied } from '../../../actions/index.ts';
import { group as ownGroup } from '../../../api/index.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../../../object.ts';
import type { Right } from '../../auth/types.ts';
import type { ApiContext } from '../context.ts';
import type { Home } from './home.ts';

/** The field manager of syncs. */
const syncManager = 'plumbline';

/** Where an action takes place. */
export type Place = 'Git' | 'Cluster';

/** Whether a patch is of what Git says of the object: nothing of a status is. */
function isOfGit(patch: JsonObject, subresource: string | undefined, object: KubeObject): boolean {
  return subresource !== 'status' && touchesApplied(patch, object, syncManager);
}

/** Where an effect is to be made: in Git what Git says, or what the object is to be from now on. */
export function placeOf(made: MadeEffect, home: Home, object: KubeObject, live: boolean): Place {
  if (made.kind === 'create' || home.kind === 'cluster' || live) return 'Cluster';
  return made.belongs === 'Git' || isOfGit(made.patch, made.subresource, object) ? 'Git' : 'Cluster';
}

/** Whether what is done in the cluster would be put back at once. */
export function isFoughtOver(made: MadeEffect, home: Home, object: KubeObject): boolean {
  if (made.kind === 'create' || home.kind === 'cluster' || !home.reverts) return false;
  return isOfGit(made.patch, made.subresource, object);
}

/** The rights that somebody needs to do an action at a place. */
export async function rightsFor(
  { client }: Pick<ApiContext, 'client'>,
  action: Action,
  key: ObjectKey,
  { place, home }: { readonly place: Place; readonly home: Home },
  signal: AbortSignal,
): Promise<readonly Right[]> {
  const { verb, group, kind, subresource } = neededRight(action, key);
  const { plural: resource } = await client.discovery.resource({ group, kind }, { signal });
  const { namespace, name } = key;
  const named = verb === 'create' ? {} : { name };
  if (place === 'Cluster') {
    const below = subresource === undefined ? {} : { subresource };
    return [{ verb, group, resource, ...below, namespace, ...named }];
  }
  const inGit: Right = { verb, group, resource, namespace, ...named };
  if (home.kind !== 'application') return [inGit];
  return [
    inGit,
    { verb: 'change', group: ownGroup, resource: 'applications', namespace: home.namespace, name: home.name },
  ];
}
