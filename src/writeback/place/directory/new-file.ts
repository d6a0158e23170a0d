import { posix } from 'node:path';
import { keyOf, type KubeObject, type ObjectKey } from '../../../object.ts';
import type { RenderedObject } from '../types.ts';

/** How people call the files of their objects, likeliest first. Without the ending, and relative to the folder of all. */
const patterns: readonly ((key: ObjectKey) => string)[] = [
  ({ name, kind }) => `${name}-${kind.toLowerCase()}`,
  ({ kind }) => kind.toLowerCase(),
  ({ name }) => name,
  ({ name, kind }) => `${kind.toLowerCase()}-${name}`,
  ({ name, kind }) => `${name}/${kind.toLowerCase()}`,
  ({ name, kind }) => `${kind.toLowerCase()}/${name}`,
  ({ name, kind }) => `${kind.toLowerCase()}s/${name}`,
  ({ namespace, name, kind }) => `${namespace}/${kind}/${name}/${name}`,
  ({ namespace, name, kind }) => `${namespace}/${kind}-${name}`,
];

interface Sibling {
  readonly key: ObjectKey;
  /** Relative to the folder that is rendered. */
  readonly file: string;
}

/** Where a new object can go, best first; paths from the root of the tree. */
export function newFiles(root: string, object: KubeObject, objects: readonly RenderedObject[]): readonly string[] {
  const key = keyOf(object);
  const siblings = siblingsIn(root, objects);
  const ending = mostFrequent(siblings.map(({ file }) => posix.extname(file))) ?? '.yaml';
  const ranked = patterns
    .map((pattern, index) => ({ pattern, index, votes: siblings.filter((each) => fits(pattern, each)).length }))
    .toSorted((a, b) => b.votes - a.votes || a.index - b.index);
  const names = ranked.map(({ pattern }) => pattern(key).replaceAll(/[^\w./-]/g, '-'));
  const folder = folderFor(key, siblings);
  const inFolder = names.map((name) => (name.includes('/') ? name : posix.join(folder, name)));
  return [...new Set(inFolder)].map((name) => posix.join(root, name + ending));
}

/** Objects with a file of their own, under the folder. */
function siblingsIn(root: string, objects: readonly RenderedObject[]): Sibling[] {
  const files = objects.flatMap(({ object, origin: { file, generator } }) =>
    file === undefined || generator !== undefined ? [] : [{ key: keyOf(object), file: posix.relative(root, file) }],
  );
  return files.filter(({ file }) => !file.startsWith('..') && files.filter((each) => each.file === file).length === 1);
}

function fits(pattern: (key: ObjectKey) => string, { key, file }: Sibling): boolean {
  const written = file.slice(0, file.length - posix.extname(file).length);
  const expected = pattern(key);
  return expected.includes('/') ? written === expected : posix.basename(written) === expected;
}

/** Beside the object of the same name, or else where most objects of its namespace are, or most of all. */
function folderFor({ name, namespace }: ObjectKey, siblings: readonly Sibling[]): string {
  const sameName = siblings.filter(({ key }) => key.name === name && key.namespace === namespace);
  const sameNamespace = siblings.filter(({ key }) => key.namespace === namespace);
  const around = [sameName, sameNamespace, siblings].find((found) => found.length > 0) ?? [];
  return mostFrequent(around.map(({ file }) => posix.dirname(file))) ?? '.';
}

function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** The only file that all objects lie in, where it is one and they are several. */
export function commonFile(objects: readonly RenderedObject[]): string | undefined {
  const files = new Set(objects.map(({ origin }) => origin.file));
  const [only] = files;
  return files.size === 1 && objects.length > 1 ? only : undefined;
}
