import { isDeepStrictEqual } from 'node:util';
import type { Discovery } from '../../kube/index.ts';
import { formatKey, groupOf, type KubeObject, type ObjectKey } from '../../object.ts';
import type { Rehearsal } from '../changes/rehearse.ts';
import { type AppWish, asSeen, type RenderedSources } from './app-objects.ts';

/**
 * All objects that differ between what is rendered now and what will be, with the namespaces that they come into: what
 * follows from a wish is among them, such as the name of a generated ConfigMap and whatever refers to it.
 */
export async function rehearsalsBetween(
  before: RenderedSources,
  after: RenderedSources,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<readonly Rehearsal[]> {
  const [old, young] = [objectsOf(before), objectsOf(after)];
  const differing = [...new Set([...old.keys(), ...young.keys()])].filter(
    (id) => !isDeepStrictEqual(old.get(id), young.get(id)),
  );
  const found: Rehearsal[] = [];
  for (const id of differing) {
    const object = young.get(id);
    const named = object ?? old.get(id);
    if (named === undefined) continue;
    const key = await keyIn(named, before.namespace, discovery, signal);
    found.push({ key, object: object === undefined ? undefined : asSeen(object, key) });
  }
  return found;
}

/** The wishes themselves, as whoever asks has to be let make them whatever they come to. */
export function rehearsalsOf(wishes: readonly AppWish[]): readonly Rehearsal[] {
  return wishes.map(({ key, ours }) => ({ key, object: ours === undefined ? undefined : asSeen(ours, key) }));
}

/** Those that were not tried as they are. */
export function untried(rehearsals: readonly Rehearsal[], tried: readonly Rehearsal[]): readonly Rehearsal[] {
  const before = new Map(tried.map((each) => [formatKey(each.key), each]));
  return rehearsals.filter((each) => !isDeepStrictEqual(before.get(formatKey(each.key)), each));
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

async function keyIn(
  { apiVersion, kind, metadata }: KubeObject,
  namespace: string,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<ObjectKey> {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const group = groupOf(apiVersion);
  const { namespaced } = await discovery.resource({ group, kind, version }, { signal });
  return { group, kind, namespace: namespaced ? metadata.namespace || namespace : '', name: metadata.name };
}
