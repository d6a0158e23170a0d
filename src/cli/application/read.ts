import type { PlumbAccess } from '../access/types.ts';
import type { KubeObject } from '../../object.ts';
import { notFound, type OwnKind } from './kinds.ts';
import { type ApplicationView, viewApplication } from './view.ts';

/** All objects of a kind of Plumbline's own, by namespace and name; of all namespaces where none is given. */
export async function listOwn(
  access: Pick<PlumbAccess, 'list'>,
  kind: OwnKind,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const objects = await access.list(kind, namespace, signal);
  return objects.toSorted(
    (a, b) =>
      (a.metadata.namespace ?? '').localeCompare(b.metadata.namespace ?? '') ||
      a.metadata.name.localeCompare(b.metadata.name),
  );
}

/** One object of a kind of Plumbline's own; `cli.not-found` names those that there are. */
export async function getOwn(
  access: Pick<PlumbAccess, 'list' | 'get' | 'namespace'>,
  kind: OwnKind,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { namespace } = access;
  const object = await access.get({ kind, namespace, name }, signal);
  if (object !== undefined) return object;
  const known = await listOwn(access, kind, namespace, signal);
  throw notFound(
    kind,
    namespace,
    name,
    known.map(({ metadata }) => metadata.name),
  );
}

/** One Application, as the commands show it. */
export async function getApplication(
  access: Pick<PlumbAccess, 'list' | 'get' | 'namespace'>,
  name: string,
  signal: AbortSignal,
): Promise<ApplicationView> {
  return viewApplication(await getOwn(access, 'Application', name, signal));
}
