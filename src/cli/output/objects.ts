import type { KubeObject } from '../../object.ts';
import { groupOf } from '../../object.ts';
import { maskSecret } from './mask.ts';

/** `application.plumbline.dev/shop`, `service/web`: what `kubectl` takes as an argument. */
export function resourceName(object: KubeObject): string {
  const group = groupOf(object.apiVersion);
  const kind = object.kind.toLowerCase();
  return `${group === '' ? kind : `${kind}.${group}`}/${object.metadata.name}`;
}

/** The object without the bookkeeping of server-side apply, which says nothing to a reader. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Objects as YAML documents, Secrets masked. */
export async function formatYaml(objects: readonly KubeObject[]): Promise<string> {
  const { dump } = await import('js-yaml');
  return objects
    .map((object) => dump(withoutManagedFields(maskSecret(object)), { noRefs: true, lineWidth: -1 }))
    .join('---\n');
}

/** One object as JSON, or several as a List, Secrets masked. */
export function formatJson(objects: readonly KubeObject[], asList = objects.length !== 1): string {
  const shown = objects.map((object) => withoutManagedFields(maskSecret(object)));
  const value = asList ? { apiVersion: 'v1', kind: 'List', items: shown } : shown[0];
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Objects in a format that is the same for every kind.
 * @param asList print JSON as a List also where there is one object
 */
export async function formatObjects(
  objects: readonly KubeObject[],
  format: 'json' | 'yaml' | 'name',
  asList?: boolean,
): Promise<string> {
  if (format === 'json') return formatJson(objects, asList);
  if (format === 'yaml') return formatYaml(objects);
  return objects.map((object) => `${resourceName(object)}\n`).join('');
}
