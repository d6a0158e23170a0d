import type * as Yaml from 'yaml';
import type { Location } from '../errors.ts';
import { groupOf, type KubeObject } from '../object.ts';
import type { FileTree, Origin } from './types.ts';

/** The functions of `yaml` that tell where something stands; loaded on the first error only. */
type YamlLibrary = typeof Yaml;

/**
 * The line and column at which a field of a rendered object stands in the file that it came from. Where the file does
 * not hold the field itself, since a patch or a template made it, the nearest field above it is named. Undefined where
 * the origin has no YAML or JSON file, or the file no longer holds the document.
 * @param field as the API server writes it: `spec.template.spec.containers[0].image`
 * @param object tells which item is meant where the document is a List
 */
export async function locateField(
  files: FileTree,
  origin: Origin,
  field: string,
  object?: KubeObject,
): Promise<Location | undefined> {
  const { file, document = 0 } = origin;
  if (file === undefined || origin.generator !== undefined || !/\.(ya?ml|json)$/.test(file)) return undefined;
  const content = await files.read(file);
  if (content === undefined) return undefined;
  const library = await import('yaml');
  const lines = new library.LineCounter();
  const root = documentOf(library, Buffer.from(content).toString('utf8'), document, lines);
  if (root === undefined) return undefined;
  const start = object === undefined ? root : itemOf(library, root, object);
  const offset = offsetOf(library, start, parseFieldPath(field)) ?? start.range?.[0] ?? 0;
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col, field };
}

/** One step of a field path: a key, an index, or the item with such a value. */
export type FieldStep = string | number | { readonly key: string; readonly value: string };

/** Takes a field path apart: `a.b[0].c`, `a["x.y/z"]`, `a[name="web"]`, `a[name=web]`; a dot at its start is ignored. */
export function parseFieldPath(path: string): FieldStep[] {
  const steps: FieldStep[] = [];
  const pattern = /\[(?:(\d+)|"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\]=]+)=(?:"([^"]*)"|([^\]]*))|([^\]]*))\]|([^.[\]]+)/g;
  for (const [, index, double, single, key, quoted, plain, other, name] of path.matchAll(pattern)) {
    if (index !== undefined) steps.push(Number(index));
    else if (key !== undefined) steps.push({ key, value: quoted ?? plain ?? '' });
    else steps.push(double ?? single ?? other ?? name ?? '');
  }
  return steps;
}

function documentOf(library: YamlLibrary, text: string, index: number, lines: Yaml.LineCounter): Yaml.Node | undefined {
  const documents = library.parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, version: '1.1' });
  if ('empty' in documents) return undefined;
  return documents.map(({ contents }) => contents).filter((node) => hasContent(library, node))[index] ?? undefined;
}

function hasContent(library: YamlLibrary, node: unknown): node is Yaml.Node {
  return library.isNode(node) && !(library.isScalar(node) && node.value === null);
}

/** The item of a List that became the object; the document itself where it is no List. */
function itemOf(library: YamlLibrary, root: Yaml.Node, object: KubeObject): Yaml.Node {
  const items = library.isMap(root) ? root.get('items') : undefined;
  if (!library.isMap(root) || !library.isSeq(items) || !String(root.get('kind')).endsWith('List')) return root;
  const found = items.items.find(
    (item) =>
      library.isMap(item) &&
      item.getIn(['metadata', 'name']) === object.metadata.name &&
      (item.get('kind') ?? object.kind) === object.kind &&
      groupOf(textOf(item.get('apiVersion')) ?? object.apiVersion) === groupOf(object.apiVersion),
  );
  return library.isMap(found) ? found : root;
}

/** Where the deepest part of the path that is there begins. */
function offsetOf(library: YamlLibrary, root: Yaml.Node, steps: readonly FieldStep[]): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const step of steps) {
    if (library.isAlias(node)) return offset;
    if (library.isMap(node) && typeof step === 'string') {
      const pair = pairOf(library, node, step);
      if (pair === undefined) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (library.isSeq(node) && typeof step !== 'string') {
      const item = typeof step === 'number' ? node.items[step] : node.items.find((one) => matches(library, one, step));
      if (!library.isNode(item)) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

function pairOf(library: YamlLibrary, map: Yaml.YAMLMap, key: string): Yaml.Pair<Yaml.Scalar> | undefined {
  return map.items.find(
    (pair): pair is Yaml.Pair<Yaml.Scalar> => library.isScalar(pair.key) && String(pair.key.value) === key,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function matches(library: YamlLibrary, item: unknown, { key, value }: { key: string; value: string }): boolean {
  return library.isMap(item) && String(item.get(key)) === value;
}
