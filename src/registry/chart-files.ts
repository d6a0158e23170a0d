import { createHash } from 'node:crypto';
import { load } from 'js-yaml';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { ReadableTree } from './layered-tree.ts';

const dependencySchema = Type.Object({
  name: Type.String(),
  version: Type.Optional(Type.String()),
  repository: Type.Optional(Type.String()),
  condition: Type.Optional(Type.String()),
  tags: Type.Optional(Type.Array(Type.String())),
  enabled: Type.Optional(Type.Boolean()),
  'import-values': Type.Optional(Type.Array(Type.Unknown())),
  alias: Type.Optional(Type.String()),
});

/** A chart that another one needs. */
export type Dependency = Static<typeof dependencySchema>;

const listSchema = Type.Object({ dependencies: Type.Optional(Type.Array(dependencySchema)) });
const chartSchema = Type.Object({
  apiVersion: Type.Optional(Type.String()),
  name: Type.String(),
  version: Type.String(),
});
const lockSchema = Type.Object({
  digest: Type.String(),
  dependencies: Type.Optional(Type.Array(dependencySchema)),
});

/** What a chart says of what it needs. */
export interface ChartNeeds {
  /** The file that the dependencies stand in. */
  readonly file: string;
  readonly dependencies: readonly Dependency[];
  readonly lock: Lock | undefined;
  /** The chart is of the form of Helm 2, whose lock files have another digest. */
  readonly legacy: boolean;
}

/** The versions that were chosen when the lock file was written. */
export interface Lock {
  readonly file: string;
  readonly digest: string;
  readonly dependencies: readonly Dependency[];
}

/** The name and version of the chart in a folder; undefined where there is none, or one that only Helm can complain of. */
export async function readChart(tree: ReadableTree, folder: string): Promise<Static<typeof chartSchema> | undefined> {
  const chart = await readYaml(tree, join(folder, 'Chart.yaml'));
  return Value.Check(chartSchema, chart) ? chart : undefined;
}

/**
 * What the chart in a folder needs; undefined where there is no chart, where it needs nothing, and where its files are
 * so wrong that the render will say what is wrong with them.
 */
export async function readNeeds(tree: ReadableTree, folder: string): Promise<ChartNeeds | undefined> {
  const chart = await readYaml(tree, join(folder, 'Chart.yaml'));
  if (!Value.Check(chartSchema, chart)) return undefined;
  const legacy = chart.apiVersion !== 'v2';
  // The way of Helm 2, which Helm still follows in charts of either form.
  const requirements = await readYaml(tree, join(folder, 'requirements.yaml'));
  const file = join(folder, requirements === undefined ? 'Chart.yaml' : 'requirements.yaml');
  const list = requirements ?? chart;
  if (!Value.Check(listSchema, list) || (list.dependencies ?? []).length === 0) return undefined;
  return { file, dependencies: list.dependencies ?? [], lock: await readLock(tree, folder), legacy };
}

async function readLock(tree: ReadableTree, folder: string): Promise<Lock | undefined> {
  for (const name of ['requirements.lock', 'Chart.lock']) {
    const file = join(folder, name);
    const lock = await readYaml(tree, file);
    if (Value.Check(lockSchema, lock)) return { file, digest: lock.digest, dependencies: lock.dependencies ?? [] };
  }
  return undefined;
}

async function readYaml(tree: ReadableTree, path: string): Promise<unknown> {
  const bytes = await tree.read(path);
  if (bytes === undefined) return undefined;
  try {
    return load(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/^\u{feff}/u, ''),
    );
  } catch {
    return undefined;
  }
}

/** Whether a lock file was written for these dependencies, by the digest that Helm gives it. */
export function isLockFor({ dependencies, lock, legacy }: ChartNeeds): boolean {
  if (lock === undefined) return false;
  const wanted = dependencies.map(inOrder);
  if (lock.digest === hashOf([wanted, lock.dependencies.map(inOrder)])) return true;
  return legacy && lock.digest === hashOf({ dependencies: wanted });
}

/** As Go writes it: the fields in the order of their type, and nothing for what is empty. */
function inOrder(dependency: Dependency): object {
  const { name, version = '', repository = '', condition = '', tags = [], enabled = false, alias = '' } = dependency;
  const values = dependency['import-values'] ?? [];
  return {
    name,
    ...(version === '' ? {} : { version }),
    repository,
    ...(condition === '' ? {} : { condition }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(enabled ? { enabled } : {}),
    ...(values.length === 0 ? {} : { 'import-values': values.map(sorted) }),
    ...(alias === '' ? {} : { alias }),
  };
}

/** Go writes the keys of a map in their order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function hashOf(value: unknown): string {
  // Go escapes what HTML would read as its own.
  const text = JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A path in a folder; `.` is the root. */
export function join(folder: string, name: string): string {
  return folder === '' || folder === '.' ? name : `${folder}/${name}`;
}
