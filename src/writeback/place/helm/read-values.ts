import { parse } from 'yaml';
import type { Json, JsonObject } from '../../../object.ts';
import type { FileTree, RenderSource } from '../../../render/index.ts';
import { isObject, valueAt } from '../field-path.ts';
import { parameterValues } from './parameters.ts';
import { mergeValues, type ValuePath } from './value-path.ts';

/** One place that sets values. */
export interface ValueLayer {
  /** `defaults`: a `values.yaml` of the chart or of one inside it; `inline`: `values` of the Application itself. */
  readonly kind: 'defaults' | 'file' | 'inline' | 'parameter';
  /** Path of the file, where it is one. */
  readonly file: string | undefined;
  readonly values: JsonObject;
}

/** All that a chart is rendered with. */
export interface ChartValues {
  /** Those that win come last. */
  readonly layers: readonly ValueLayer[];
  /** What comes of all layers. */
  readonly effective: JsonObject;
  /** The values that the templates read, as far as their text tells it: those that nothing sets are among them. */
  readonly read: readonly ValuePath[];
}

/** Charts lie no deeper in one another than this. */
const maximumDepth = 4;
/** So many files of templates are looked at. */
const maximumTemplates = 500;

const inFolder = (folder: string, name: string): string => (folder === '.' ? name : `${folder}/${name}`);

/** Reads the values of a chart from wherever they are set. */
export async function readChartValues(tree: FileTree, path: string, source: RenderSource): Promise<ChartValues> {
  const helm = source.kind === 'helm' ? source : undefined;
  const layers: ValueLayer[] = [...(await defaultsBelow(tree, path, 0))];
  for (const file of helm?.valueFiles ?? []) layers.push({ kind: 'file', file, values: await readValues(tree, file) });
  if (helm?.values !== undefined) layers.push({ kind: 'inline', file: undefined, values: helm.values });
  for (const values of parameterValues(helm?.parameters ?? [])) {
    layers.push({ kind: 'parameter', file: undefined, values });
  }
  const effective = layers.reduce<JsonObject>((below, { values }) => mergeValues(below, values), {});
  return { layers, effective, read: await valuesRead(tree, path) };
}

/** The values of one file; none where it cannot be read, which the render complains of. */
export async function readValues(tree: FileTree, file: string): Promise<JsonObject> {
  const content = await tree.read(file);
  if (content === undefined) return {};
  try {
    // As Helm reads it: `yes` is true.
    const value: unknown = parse(Buffer.from(content).toString('utf8'), {
      version: '1.1',
      uniqueKeys: false,
      logLevel: 'error',
    });
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** The defaults of the charts inside a chart, and then its own, which win. */
async function defaultsBelow(tree: FileTree, folder: string, depth: number): Promise<readonly ValueLayer[]> {
  const layers: ValueLayer[] = [];
  if (depth < maximumDepth) {
    for (const { name, kind } of (await tree.list(inFolder(folder, 'charts'))) ?? []) {
      if (kind !== 'directory') continue;
      const inner = inFolder(folder, `charts/${name}`);
      const names = await namesOf(tree, folder, inner, name);
      for (const layer of await defaultsBelow(tree, inner, depth + 1)) {
        for (const each of names) layers.push({ ...layer, values: { [each]: layer.values } });
      }
    }
  }
  const file = inFolder(folder, 'values.yaml');
  layers.push({ kind: 'defaults', file, values: await readValues(tree, file) });
  return layers;
}

/** Under which names the values of an inner chart stand: its own, or the aliases that the outer one gives it. */
async function namesOf(tree: FileTree, outer: string, inner: string, folder: string): Promise<readonly string[]> {
  const [chart, parent] = await Promise.all(
    [outer, inner].map((each) => readValues(tree, inFolder(each, 'Chart.yaml'))),
  );
  const name = parent?.['name'] ?? folder;
  const dependencies = chart?.['dependencies'];
  const list = Array.isArray(dependencies) ? (dependencies as readonly Json[]) : [];
  const aliases = list.flatMap((each) => (isObject(each) && each['name'] === name ? [each['alias'] ?? name] : []));
  return (aliases.length === 0 ? [name] : aliases).filter((each) => typeof each === 'string');
}

/** The paths that stand after `.Values` in the templates of the chart itself. */
async function valuesRead(tree: FileTree, folder: string): Promise<readonly ValuePath[]> {
  const paths = new Map<string, ValuePath>();
  const folders = [inFolder(folder, 'templates')];
  let files = 0;
  for (const each of folders) {
    for (const { name, kind } of (await tree.list(each)) ?? []) {
      const path = `${each}/${name}`;
      if (kind === 'directory') folders.push(path);
      else if (/\.(ya?ml|tpl)$/.test(name) && files++ < maximumTemplates) {
        const text = Buffer.from((await tree.read(path)) ?? []).toString('utf8');
        for (const [, dotted = ''] of text.matchAll(/\.Values((?:\.\w+)+)/g)) {
          paths.set(dotted, dotted.slice(1).split('.'));
        }
      }
    }
  }
  return [...paths.values()];
}

/** The last layer that decides what is at the path: it sets it, or something above it that is no map. */
export function deciderOf(layers: readonly ValueLayer[], path: ValuePath): ValueLayer | undefined {
  return layers.findLast(({ values }) => decides(values, path));
}

function decides(values: JsonObject, path: ValuePath): boolean {
  for (let length = 1; length <= path.length; length++) {
    const value = valueAt(values, path.slice(0, length));
    if (value === undefined) return false;
    if (!isObject(value)) return true;
  }
  return true;
}
