import type { KubeObject, ObjectKey } from '../object.ts';
import type { ApiResource } from './ports.ts';
import { kindRefOf, type ResourceLookup } from './resources.ts';
import { isText } from './shape.ts';

/** What an object that is not prepared would be known by; undefined where its kind is not there, so that it is not either. */
export function keyIn(object: KubeObject, lookup: ResourceLookup, elsewhere: string): ObjectKey | undefined {
  if (!isText(object.kind) || !isText(object.apiVersion) || !isText(object.metadata.name)) return undefined;
  const resource = lookup(kindRefOf(object));
  return resource === undefined ? undefined : keyFor(object, resource, elsewhere);
}

/** The key of an object of a kind; `elsewhere` is the namespace of those that name none. */
export function keyFor(
  { kind, metadata }: KubeObject,
  { group, namespaced }: ApiResource,
  elsewhere: string,
): ObjectKey {
  return { group, kind, namespace: namespaced ? metadata.namespace || elsewhere : '', name: metadata.name };
}
