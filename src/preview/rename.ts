import { keyOf, type KubeObject } from '../object.ts';

/** An object that goes, and the one that comes in its place. */
export interface Renamed {
  readonly before: KubeObject;
  readonly after: KubeObject;
}

/** The end that Kustomize gives to the names of generated ConfigMaps and Secrets: a hash of what they hold. */
const contentHash = /-[2456789bcdfghkmt]{10}$/;

/** Whether the name of an object ends in a hash of its content, so that it changes with it. */
export function isNamedByContent(object: KubeObject): boolean {
  const { group, kind, name } = keyOf(object);
  return group === '' && (kind === 'ConfigMap' || kind === 'Secret') && contentHash.test(name);
}

/**
 * Pairs objects that go with objects that come where they are the same thing under another name or in another
 * namespace: those that are generated under the same name with another hash, and those that are equal but for
 * their name. What could be paired in two ways is left alone.
 * @param fingerprint of all of an object but its name and namespace; equal texts, equal content
 */
export function pairRenamed(
  gone: readonly KubeObject[],
  come: readonly KubeObject[],
  fingerprint: (object: KubeObject) => string,
): readonly Renamed[] {
  const pairs: Renamed[] = [];
  const left = new Set(gone);
  const right = new Set(come);
  for (const labelOf of [generatedName, (object: KubeObject) => `${kindOf(object)} ${fingerprint(object)}`]) {
    const before = groupBy(left, labelOf);
    const after = groupBy(right, labelOf);
    for (const [label, [first, ...others]] of before) {
      const [match, ...more] = after.get(label) ?? [];
      if (first === undefined || match === undefined || others.length > 0 || more.length > 0) continue;
      pairs.push({ before: first, after: match });
      left.delete(first);
      right.delete(match);
    }
  }
  return pairs;
}

function kindOf(object: KubeObject): string {
  const { group, kind } = keyOf(object);
  return `${kind}.${group}`;
}

function generatedName(object: KubeObject): string | undefined {
  if (!isNamedByContent(object)) return undefined;
  const { namespace, name } = keyOf(object);
  return `${kindOf(object)} ${namespace}/${name.replace(contentHash, '')}`;
}

function groupBy(
  objects: Iterable<KubeObject>,
  labelOf: (object: KubeObject) => string | undefined,
): ReadonlyMap<string, readonly KubeObject[]> {
  const groups = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const label = labelOf(object);
    if (label === undefined) continue;
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [object]);
    else group.push(object);
  }
  return groups;
}
