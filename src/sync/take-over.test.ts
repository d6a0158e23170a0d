import { expect, test } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../object.ts';
import { withKubectlFieldsOf } from './take-over.ts';

function objectOf(...managedFields: readonly ManagedFieldsEntry[]): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', managedFields } };
}

function entry(manager: string, operation: 'Apply' | 'Update', fields: object, more: object = {}): ManagedFieldsEntry {
  const fieldsV1 = fields as NonNullable<ManagedFieldsEntry['fieldsV1']>;
  return { manager, operation, apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1, ...more };
}

const own = entry('plumbline', 'Apply', { 'f:data': { '.': {}, 'f:a': {} } });
const controller = entry('controller', 'Update', { 'f:data': { 'f:c': {} } });
const scaled = entry('kubectl', 'Update', { 'f:spec': { 'f:replicas': {} } }, { subresource: 'scale' });
const edited = entry('kubectl-edit', 'Update', { 'f:data': { 'f:b': {}, 'f:a': {} } });
const take = (...entries: readonly ManagedFieldsEntry[]) =>
  withKubectlFieldsOf(objectOf(...entries), 'plumbline', 'v1');

test('what kubectl owns is added to what our applies own, and the entries of others stay', () => {
  expect(take(own, controller, scaled, edited)).toEqual([
    controller,
    scaled,
    { ...own, fieldsV1: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } } },
  ]);
  // Also before our first apply.
  expect(take(edited)).toEqual([{ ...edited, manager: 'plumbline', operation: 'Apply' }]);
});

test('where kubectl owns nothing of the object itself, nothing is taken', () => {
  expect(take(own, controller, scaled)).toBeUndefined();
  expect(take()).toBeUndefined();
});

test('fields at another version are let go of, since their paths mean nothing in this one', () => {
  expect(take(own, { ...edited, apiVersion: 'v2' })).toEqual([own]);
  const ownAtOther = { ...own, apiVersion: 'v2' };
  expect(take(ownAtOther, edited)).toEqual([ownAtOther]);
  expect(take({ ...edited, apiVersion: 'v2' }, controller)).toEqual([controller]);
});
