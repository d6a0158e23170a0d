import type * as Yaml from 'yaml';
import type { Location } from '../errors.ts';
import { groupOf, type KubeObject } from '../object.ts';
import type { FileTree, Origin } from './types.ts';

/** The functions of `yaml` that tell where something stands; loaded on the first error only. */
type YamlLibrary = typeof Yaml;

/** A field of a rendered object, of which it is asked where it stands. */
export interface AskedField {
  /** Where the object came from. */
  readonly origin: Origin;
  /** As the API server writes it: `spec.template.spec.containers[0].image`. */
  readonly field: string;
  /** Tells which item is meant where the document is a List. */
  readonly object?: KubeObject;
}

type Located = Location | undefined;

/**
 * The line and column at which each of the fields stands in the file that its object came from, in their order. Where the
 * file does not hold the field itself, since a patch or a template made it, the nearest field above it is named. Undefined
 * where the origin has no YAML or JSON file, or the file cannot be read or no longer holds the document. Each file is read
 * and parsed once, and no more than one is held in its parts at a time.
 */
export async function locateFields(files: FileTree, asked: readonly AskedField[]): Promise<readonly Located[]> {
  const located = new Map<AskedField, Located>();
  for (const [file, fields] of Map.groupBy(asked, ({ origin }) => fileOf(origin))) {
    if (file === undefined) continue;
    const places = await placesIn(files, file, fields);
    for (const [index, one] of fields.entries()) located.set(one, places[index]);
  }
  return asked.map((one) => located.get(one));
}

/** The file in which the object can be found; undefined where there is none. */
function fileOf({ file, generator }: Origin): string | undefined {
  return file !== undefined && generator === undefined && /\.(ya?ml|json)$/.test(file) ? file : undefined;
}

async function placesIn(files: FileTree, file: string, fields: readonly AskedField[]): Promise<readonly Located[]> {
  try {
    const content = await files.read(file);
    if (content === undefined) return [];
    const library = await import('yaml');
    const lines = new library.LineCounter();
    const documents = documentsOf(library, Buffer.from(content).toString('utf8'), lines);
    return fields.map(({ origin, field, object }) => {
      const root = documents[origin.document ?? 0];
      if (root === undefined) return undefined;
      const start = object === undefined ? root : itemOf(library, root, object);
      const offset = offsetOf(library, start, parseFieldPath(field)) ?? start.range?.[0] ?? 0;
      const { line, col } = lines.linePos(offset);
      return { file, line, column: col, field };
    });
  } catch {
    // The place only helps: what is wrong has to be told all the same.
    return [];
  }
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

/** The documents with content. */
function documentsOf(library: YamlLibrary, text: string, lines: Yaml.LineCounter): readonly Yaml.Node[] {
  const documents = library.parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, version: '1.1' });
  if ('empty' in documents) return [];
  return documents.map(({ contents }) => contents).filter((node) => hasContent(library, node));
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
