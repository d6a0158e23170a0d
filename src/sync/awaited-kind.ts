import type { Location, Problem } from '../errors.ts';
import { formatKey, groupOf, type KubeObject } from '../object.ts';
import { sha256 } from './canonical.ts';
import { digestBeside, type ObjectIgnore } from './ignore/rules.ts';
import { objectOptionsOf } from './object-options.ts';
import type { ApiResource } from './ports.ts';
import { kindRefOf, type ResourceLookup } from './resources.ts';

// Objects of kinds that the API server does not serve yet, and that something else than their own source brings.

/** What becomes of an object whose kind is not there: nothing is synced, or all but that object until its kind comes. */
export type MissingKinds = 'Fail' | 'Wait';

/** Whether the object is waited for where its kind is missing: as it says itself, or as all of its set. */
export function waitsForKind({ metadata }: KubeObject, ofSet: MissingKinds = 'Fail'): boolean {
  return (objectOptionsOf(metadata).missingKind ?? ofSet) === 'Wait';
}

/**
 * What its kind is taken for until it is there. Whether it lives in namespaces is told by another version of it, by the
 * object itself, or taken for granted: most do.
 */
export function assumedResource(object: KubeObject, lookup: ResourceLookup): ApiResource {
  const kind = kindRefOf(object);
  const other = lookup({ group: kind.group, kind: kind.kind });
  return { ...kind, plural: other?.plural ?? '', namespaced: other?.namespaced ?? true };
}

/**
 * What stands for an object in the digest of its set, where it is waited for and names no namespace: the same before
 * and after it is known whether its kind has any, so that the sync that has waited for it is the one that goes on.
 */
export function contentWithoutScope(object: KubeObject, ignored: ObjectIgnore | undefined, namespace: string): string {
  const { namespace: _namespace, ...metadata } = object.metadata;
  const key = { group: groupOf(object.apiVersion), kind: object.kind, namespace: '', name: metadata.name };
  return sha256(`${formatKey(key)}\n${namespace}\n${digestBeside({ ...object, metadata }, ignored, [])}`);
}

/** That the API server has no such kind. */
export function unknownKind(object: KubeObject, origin: Location | undefined): Problem {
  const key = {
    group: groupOf(object.apiVersion),
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
  return {
    code: 'sync.unknown-kind',
    message: `the cluster has no kind ${object.kind} in ${object.apiVersion}`,
    where: { ...origin, object: formatKey(key) },
  };
}
