import type { KubeObject } from '../../object.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { kindRef, notFound, type OwnKind, ownRef } from './kinds.ts';
import { type ApplicationView, viewApplication } from './view.ts';

/** All objects of a kind of Plumbline's own, by namespace and name; of all namespaces where none is given. */
export async function listOwn(
  client: KubeClient,
  kind: OwnKind,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  const options = namespace === undefined ? { signal } : { signal, namespace };
  for await (const object of client.list(kindRef(kind), options)) objects.push(object);
  return objects.toSorted(
    (a, b) =>
      (a.metadata.namespace ?? '').localeCompare(b.metadata.namespace ?? '') ||
      a.metadata.name.localeCompare(b.metadata.name),
  );
}

/** One object of a kind of Plumbline's own; `cli.not-found` names those that there are. */
export async function getOwn(
  { client, namespace }: ClusterAccess,
  kind: OwnKind,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  const object = await client.get(ownRef(kind, namespace, name), { signal });
  if (object !== undefined) return object;
  const known = await listOwn(client, kind, namespace, signal);
  throw notFound(
    kind,
    namespace,
    name,
    known.map(({ metadata }) => metadata.name),
  );
}

/** One Application, as the commands show it. */
export async function getApplication(
  access: ClusterAccess,
  name: string,
  signal: AbortSignal,
): Promise<ApplicationView> {
  return viewApplication(await getOwn(access, 'Application', name, signal));
}
