import { formatKey, keyOf, type KubeObject } from '../../src/object.ts';
import { partOfLabel, type Member, type PreparedObject, type SyncView } from '../../src/sync/index.ts';
import { desiredDigest, fingerprintFrom } from '../../src/sync/fingerprint.ts';

/** Plain values for tests of the sync room that need no cluster. */

export const ownSet = 'applyset-own-v1';

/** A ConfigMap in the namespace `n`. */
export function configMap(name: string, value = 'a'): KubeObject {
  const metadata = { name, namespace: 'n', labels: { [partOfLabel]: ownSet } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } };
}

/** An object as `prepare` gives it. */
export function preparedObject(object: KubeObject): PreparedObject {
  const key = keyOf(object);
  const plural = `${key.kind.toLowerCase()}s`;
  const version = object.apiVersion.split('/').at(-1) ?? '';
  const resource = { group: key.group, version, kind: key.kind, plural, namespaced: key.namespace !== '' };
  return { id: formatKey(key), key, object, digest: desiredDigest(object), resource, definedHere: false };
}

/** A live object that is exactly as desired, but for what is given. */
export function memberLike(object: KubeObject, changes: Partial<Member> = {}): Member {
  const key = keyOf(object);
  const uid = `uid-${key.kind}-${key.name}`;
  return {
    id: formatKey(key),
    key,
    apiVersion: object.apiVersion,
    uid,
    resourceVersion: '1',
    applySet: ownSet,
    fingerprint: fingerprintFrom(changes.uid ?? uid, desiredDigest(object)),
    health: { status: 'Healthy', message: '' },
    deletionTimestamp: undefined,
    finalizers: [],
    pruneWish: undefined,
    ...changes,
  };
}

/** A cluster that shows these objects. */
export function viewOf(members: readonly Member[], applySet = ownSet): SyncView {
  return {
    members: () => members.filter((member) => member.applySet === applySet),
    find: (key) => members.find(({ id }) => id === formatKey(key)),
  };
}
