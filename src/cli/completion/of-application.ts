import { groupOf, type KubeObject } from '../../object.ts';
import type { PlumbAccess } from '../access/types.ts';
import { viewApplication } from '../application/view.ts';

/** The Application that the words name first; without one there is nothing to offer. */
async function named(
  access: Pick<PlumbAccess, 'get' | 'namespace'>,
  given: readonly string[],
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const [name] = given;
  return name === undefined
    ? undefined
    : access.get({ kind: 'Application', namespace: access.namespace, name }, signal);
}

/** Its objects, as `--resource` names them: in short where that means one of them only. */
export async function objectsOf(
  access: Pick<PlumbAccess, 'get' | 'namespace' | 'tree'>,
  given: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const application = await named(access, given, signal);
  if (application === undefined) return [];
  // The schemas that come with it are loaded only where somebody asks.
  const [[nodes], { formatSelector }] = await Promise.all([
    access.tree(application, signal),
    import('../../sync-request.ts'),
  ]);
  const objects = nodes.map(({ object }) => object);
  const short = ({ kind, metadata }: KubeObject) => formatSelector({ kind, name: metadata.name });
  const counts = Map.groupBy(objects, short);
  return objects.map((object) => {
    if (counts.get(short(object))?.length === 1) return short(object);
    const { namespace = '', name } = object.metadata;
    return formatSelector({ group: groupOf(object.apiVersion), kind: object.kind, namespace, name });
  });
}

/** The commits of its history, the newest first. */
export async function revisionsOf(
  access: Pick<PlumbAccess, 'get' | 'namespace'>,
  given: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const application = await named(access, given, signal);
  if (application === undefined) return [];
  return [...new Set(viewApplication(application).history.map(({ revision }) => revision))];
}
