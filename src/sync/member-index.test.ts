import { expect, test } from 'vitest';
import { configMap, ownSet } from '../../test/support/sync-objects.ts';
import type { KubeObject } from '../object.ts';
import { partOfLabel } from './apply-set.ts';
import { createMemberIndex, isOlder, type MemberIndex } from './member-index.ts';

const key = { group: '', kind: 'ConfigMap', namespace: 'n', name: 'a' };
const otherSet = 'applyset-other-v1';

function at(resourceVersion: string, applySet: string = ownSet): KubeObject {
  const object = configMap('a');
  const labels = applySet === '' ? {} : { [partOfLabel]: applySet };
  return { ...object, metadata: { ...object.metadata, labels, resourceVersion, uid: 'u' } };
}

function membersOf(index: MemberIndex, applySet = ownSet): readonly string[] {
  return [...index.view(applySet).members()].map(({ id, resourceVersion }) => `${id} ${resourceVersion}`);
}

test('objects are found by their set and by their key, and changes tell whose they are', () => {
  const index = createMemberIndex('plumbline');
  expect(index.observe(at('1'))).toEqual([ownSet]);
  expect(membersOf(index)).toEqual(['ConfigMap n/a 1']);
  expect(membersOf(index, otherSet)).toEqual([]);
  expect(index.view(otherSet).find(key)?.applySet).toBe(ownSet);
  expect(index.observe(at('2', otherSet))).toEqual([ownSet, otherSet]);
  expect([membersOf(index), membersOf(index, otherSet)]).toEqual([[], ['ConfigMap n/a 2']]);
  expect(index.remove(key, '3')).toEqual([otherSet]);
  expect(index.view(ownSet).find(key)).toBeUndefined();
  expect(index.remove(key)).toEqual([]);
});

test('an event that comes late changes nothing', () => {
  const index = createMemberIndex('plumbline');
  index.observe(at('10'));
  expect(index.observe(at('9'))).toEqual([]);
  expect(index.remove(key, '9')).toEqual([]);
  expect(membersOf(index)).toEqual(['ConfigMap n/a 10']);
});

test('an object that lost the label is forgotten', () => {
  const index = createMemberIndex('plumbline');
  index.observe(at('1'));
  expect(index.observe(at('2', ''))).toEqual([ownSet]);
  expect(index.view(ownSet).find(key)).toBeUndefined();
});

test('resourceVersions are compared as the numbers that they are', () => {
  expect(isOlder('9', '10')).toBe(true);
  expect(isOlder('10', '9')).toBe(false);
  expect(isOlder('10', '10')).toBe(false);
  expect(isOlder(undefined, '1')).toBe(false);
  expect(isOlder('opaque', '1')).toBe(false);
});
