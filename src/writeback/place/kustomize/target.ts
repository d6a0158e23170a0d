import type { Json, KubeObject } from '../../../object.ts';
import { fieldOf, isObject } from '../field-path.ts';
import { readText } from '../files.ts';
import { findInManifest, nameOf } from '../manifest.ts';
import type { PlaceContext, RenderedObject } from '../types.ts';
import { itemsOf, type Kustomization, readKustomization, textIn } from './kustomization.ts';
import { posix } from 'node:path';

/** An object as patches name it. */
export interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  /** What it may be called, best first: as its file has it, as it comes to this kustomization, as it is rendered. */
  readonly names: readonly [string, ...string[]];
  /** As its file has it. */
  readonly namespace: string | undefined;
}

/** What a rendered object is called before this kustomization has renamed it. */
export async function targetOf(
  { object, origin }: RenderedObject,
  root: Kustomization,
  context: PlaceContext,
): Promise<Target> {
  const written = await originalOf({ object, origin }, context).catch(() => undefined);
  const rendered = object.metadata.name;
  const original = written === undefined ? '' : nameOf(written);
  const before = withoutAffixes(rendered, root, context);
  const [first = rendered, ...others] = [...new Set([original, before, rendered])].filter((name) => name !== '');
  const metadata = isObject(written) ? written['metadata'] : undefined;
  const namespace = textIn(metadata, 'namespace');
  return { apiVersion: object.apiVersion, kind: object.kind, names: [first, ...others], namespace };
}

async function originalOf({ object, origin }: RenderedObject, { tree }: PlaceContext): Promise<Json | undefined> {
  const { file, document = 0, generator } = origin;
  if (file === undefined) return undefined;
  if (generator === undefined) return findInManifest((await readText(tree, file)).text, document, object).written;
  const kustomization = await readKustomization(tree, posix.dirname(file));
  const found = kustomization === undefined ? undefined : generatorFor(kustomization, object);
  return found === undefined ? undefined : { metadata: { name: textIn(found.entry, 'name') ?? '' } };
}

/** The entry of a generator, and where it stands in the kustomization. */
export interface GeneratorEntry {
  readonly list: string;
  readonly index: number;
  readonly entry: Json;
}

/** The generator that an object was made by: the one whose name is the longest within the object's. */
export function generatorFor(kustomization: Kustomization, { kind, metadata }: KubeObject): GeneratorEntry | undefined {
  const list = kind === 'ConfigMap' ? 'configMapGenerator' : kind === 'Secret' ? 'secretGenerator' : undefined;
  if (list === undefined) return undefined;
  const fitting = itemsOf(kustomization, list).flatMap((entry, index) => {
    const name = textIn(entry, 'name');
    return name !== undefined && metadata.name.includes(name) ? [{ list, index, entry, name }] : [];
  });
  return fitting.toSorted((a, b) => b.name.length - a.name.length)[0];
}

/** A rendered name without what this kustomization, and the Application over it, add to it. */
export function withoutAffixes(name: string, { fields }: Kustomization, { source }: PlaceContext): string {
  const over = source.kind === 'kustomize' ? source : undefined;
  const prefix = (over?.namePrefix ?? '') + textOf(fieldOf(fields, 'namePrefix'));
  const suffix = textOf(fieldOf(fields, 'nameSuffix')) + (over?.nameSuffix ?? '');
  const isAdded = name.startsWith(prefix) && name.endsWith(suffix) && name.length > prefix.length + suffix.length;
  return isAdded ? name.slice(prefix.length, name.length - suffix.length) : name;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
