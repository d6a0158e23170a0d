import { plumbError } from '../errors.ts';
import { formatKey, type ObjectKey } from '../object.ts';
import type { RawRequest, Resource } from './types.ts';

const plain = /^[\w.~-]+$/;

/** Names are plain nearly always; encodeURIComponent would be the most expensive thing here. */
function segment(name: string): string {
  return plain.test(name) ? name : encodeURIComponent(name);
}

/**
 * True where Kubernetes could know an object by this name. Any other would lead to another place in the path, escaped
 * or not: without a name a deletion would be one of the whole collection.
 */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('%');
}

function named(name: string, field: 'name' | 'namespace', key: ObjectKey): string {
  if (isName(name)) return segment(name);
  throw plumbError('kube.invalid', `${JSON.stringify(name)} cannot be the ${field} of an object`, {
    where: { object: formatKey(key), field: `metadata.${field}` },
  });
}

/** `/apis/apps/v1/namespaces/prod/deployments`; all namespaces where none is given. */
export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  return resource.namespaced && namespace !== undefined && namespace !== ''
    ? `${root}/namespaces/${segment(namespace)}/${resource.plural}`
    : `${root}/${resource.plural}`;
}

/**
 * The path of one object. `kube.namespace-required` where its kind needs a namespace and it has none, `kube.invalid`
 * where no object can have its name.
 */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  const path = `${homePath(resource, key)}/${named(key.name, 'name', key)}`;
  return subresource === undefined ? path : `${path}/${segment(subresource)}`;
}

/** The path of the collection that the object belongs to. */
export function homePath(resource: Resource, key: ObjectKey): string {
  if (resource.namespaced && key.namespace === '') {
    throw plumbError('kube.namespace-required', `${resource.kind} lives in a namespace, and none is given`, {
      where: { object: formatKey(key), field: 'metadata.namespace' },
    });
  }
  if (resource.namespaced) named(key.namespace, 'namespace', key);
  return collectionPath(resource, key.namespace);
}

/** `?a=b&c=d`, or nothing. */
export function queryString(query: RawRequest['query']): string {
  let text = '';
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(String(value))}`;
  }
  return text;
}
