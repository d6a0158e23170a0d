import { parseAllDocuments } from 'yaml';
import type { Json, JsonObject } from '../../src/object.ts';

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The objects of a real tool's output, in their order, with Lists taken apart. The YAML is read by a library that has
 * nothing in common with the renderer's, set to the rules of Kubernetes: YAML 1.1, but dates and base-60 numbers are
 * text, and of a key that stands twice the last counts.
 */
export function objectsOf(output: string): readonly JsonObject[] {
  const documents = parseAllDocuments(output, {
    version: '1.1',
    uniqueKeys: false,
    customTags: (tags) =>
      tags.filter(
        (tag) =>
          typeof tag === 'string' || !(tag.tag.endsWith(':timestamp') || ('format' in tag && tag.format === 'TIME')),
      ),
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`the tool's output is not YAML: ${document.errors[0]?.message}`);
    const value = document.toJS({ maxAliasCount: 10_000 }) as Json;
    return isObject(value) ? flatten(value) : [];
  });
}

function flatten(object: JsonObject): readonly JsonObject[] {
  const { kind, items } = object;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return items.filter(isObject).flatMap(flatten);
  return [object];
}

/** The objects inside the value of a Jsonnet file: itself, or those that its arrays and fields hold. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (!isObject(value)) return [];
  if (typeof value['kind'] === 'string') return flatten(value);
  return Object.keys(value)
    .toSorted()
    .flatMap((name) => objectsIn(value[name]));
}
