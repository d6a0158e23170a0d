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

/** How objects are printed. */
export interface PrintOptions {
  /** JSON: a List also where there is one object. */
  readonly asList?: boolean;
  /** Print the values of Secrets. */
  readonly showSecrets?: boolean;
}

/**
 * Objects in a format that is the same for every kind: YAML documents, JSON (one object, or several as a
 * List), or names. The values of Secrets are `***` unless they are asked for.
 */
export async function formatObjects(
  objects: readonly KubeObject[],
  format: 'json' | 'yaml' | 'name',
  options: PrintOptions = {},
): Promise<string> {
  if (format === 'name') return objects.map((object) => `${resourceName(object)}\n`).join('');
  const shown = objects.map((object) =>
    withoutManagedFields(options.showSecrets === true ? object : maskSecret(object)),
  );
  if (format === 'yaml') return formatYaml(shown);
  const value = (options.asList ?? shown.length !== 1) ? { apiVersion: 'v1', kind: 'List', items: shown } : shown[0];
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function formatYaml(objects: readonly KubeObject[]): Promise<string> {
  const { dump } = await import('js-yaml');
  return objects.map((object) => dump(object, { noRefs: true, lineWidth: -1 })).join('---\n');
}
