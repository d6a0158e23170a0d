import { isDeepStrictEqual } from 'node:util';
import { type Problem, PlumbError } from '../../errors.ts';
import type { Discovery } from '../../kube/index.ts';
import { formatKey, groupOf, type KubeObject, type ObjectKey } from '../../object.ts';
import type { Rehearsal } from '../changes/rehearse.ts';
import { type AppWish, asSeen, type RenderedSources } from './app-objects.ts';

/** What is to be tried, and what cannot be as no kind of the cluster. */
export interface Differing {
  readonly rehearsals: readonly Rehearsal[];
  readonly problems: readonly Problem[];
}

/**
 * All objects that differ between what is rendered now and what will be, with the namespaces that they come into: what
 * follows from a wish is among them, such as the name of a generated ConfigMap and whatever refers to it.
 */
export async function rehearsalsBetween(
  before: RenderedSources,
  after: RenderedSources,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<Differing> {
  const [old, young] = [objectsOf(before), objectsOf(after)];
  const differing = [...new Set([...old.keys(), ...young.keys()])].filter(
    (id) => !isDeepStrictEqual(old.get(id), young.get(id)),
  );
  const definitions = new Set(differing.flatMap((id) => definedBy(young.get(id))));
  const rehearsals: Rehearsal[] = [];
  const problems: Problem[] = [];
  for (const id of differing) {
    const object = young.get(id);
    const named = object ?? old.get(id);
    if (named === undefined) continue;
    try {
      const key = await keyIn(named, object === undefined, after.namespace, discovery, signal);
      rehearsals.push({ key, object: object === undefined ? undefined : asSeen(object, key) });
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'kube.no-such-kind') throw error;
      // What goes and is of no kind that there is, is not there; a kind that comes along is there once it is made.
      if (object === undefined || definitions.has(kindIn(named))) continue;
      problems.push(...error.problems.map((problem) => ({ ...problem, where: { ...problem.where, object: id } })));
    }
  }
  return { rehearsals, problems };
}

/** The wishes themselves, as whoever asks has to be let make them whatever they come to. */
export function rehearsalsOf(wishes: readonly AppWish[]): readonly Rehearsal[] {
  return wishes.map(({ key, ours }) => ({ key, object: ours === undefined ? undefined : asSeen(ours, key) }));
}

function objectsOf({ sources }: RenderedSources): ReadonlyMap<string, KubeObject> {
  return new Map(
    sources.flatMap(({ objects }) =>
      objects.map(({ object }) => {
        const { apiVersion, kind, metadata } = object;
        const key = { group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? '', name: metadata.name };
        return [formatKey(key), object] as const;
      }),
    ),
  );
}

const kindIn = ({ apiVersion, kind }: KubeObject): string => `${kind}.${groupOf(apiVersion)}`;

/** The kind that an object defines. */
function definedBy(object: KubeObject | undefined): readonly string[] {
  if (object?.kind !== 'CustomResourceDefinition' || groupOf(object.apiVersion) !== 'apiextensions.k8s.io') return [];
  const { group, names } = (object['spec'] ?? {}) as { readonly group?: unknown; readonly names?: unknown };
  const { kind } = (names ?? {}) as { readonly kind?: unknown };
  return typeof group === 'string' && typeof kind === 'string' ? [`${kind}.${group}`] : [];
}

async function keyIn(
  { apiVersion, kind, metadata }: KubeObject,
  isGone: boolean,
  namespace: string,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<ObjectKey> {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const group = groupOf(apiVersion);
  const { namespaced } = await discovery.resource({ group, kind, ...(isGone ? {} : { version }) }, { signal });
  return { group, kind, namespace: namespaced ? metadata.namespace || namespace : '', name: metadata.name };
}
