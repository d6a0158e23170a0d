import { describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../object.ts';
import { driftedFields } from './drifted-fields.ts';

const entry = (manager: string, fieldsV1: JsonObject, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'apps/v1',
  time: '2026-11-21T10:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const ours = (fieldsV1: JsonObject) => entry('plumbline', fieldsV1, { operation: 'Apply' });

const deployment = (
  spec: JsonObject,
  managedFields: readonly ManagedFieldsEntry[],
  rest: JsonObject = {},
): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod', managedFields },
  spec,
  ...rest,
});
const image = (value: string) => ({ containers: [{ name: 'web', image: value, terminationMessagePath: '/dev/null' }] });
const all = {
  'f:spec': { 'f:replicas': {}, 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:name': {}, 'f:image': {} } } },
};
const applied = deployment({ replicas: 2, ...image('nginx:1') }, [ours(all)]);

describe('what drifted', () => {
  test('is the fields that we would own and that hold something else, with who wrote them', () => {
    const live = deployment({ replicas: 5, paused: true, ...image('nginx:2') }, [
      ours({ 'f:spec': {} }),
      entry('kubectl-edit', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }),
      entry('bot', { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } }),
      entry('controller', { 'f:status': {} }, { subresource: 'status' }),
    ]);
    expect(
      driftedFields(live, applied, 'plumbline').map(({ path, before, after, writers }) => [
        path,
        before,
        after,
        writers.map(({ manager }) => manager),
      ]),
    ).toEqual([
      [['spec', 'replicas'], 2, 5, ['kubectl-edit']],
      [['spec', 'containers', { name: 'web' }, 'image'], 'nginx:1', 'nginx:2', ['bot']],
    ]);
  });

  test('is nothing where others own the same value, add fields, fill in defaults or write the status', () => {
    const live = deployment(
      { replicas: 2, paused: true, ...image('nginx:1') },
      [ours(all), entry('bot', { 'f:spec': { 'f:replicas': {} } })],
      { status: { replicas: 7 } },
    );
    expect(driftedFields(live, applied, 'plumbline')).toEqual([]);
  });

  test('is a field or an item that is gone; the last who wrote to the object is named', () => {
    const live = deployment({ containers: [] }, [
      ours({ 'f:spec': {} }),
      entry('earlier', { 'f:spec': { 'f:other': {} } }, { time: '2026-11-21T09:00:00Z' }),
      entry('kubectl-edit', { 'f:spec': { 'f:other': {} } }, { time: '2026-11-21T11:00:00Z' }),
    ]);
    const found = driftedFields(live, applied, 'plumbline');
    expect(found.map(({ path, after }) => [path, after])).toEqual([
      [['spec', 'replicas'], undefined],
      [['spec', 'containers', { name: 'web' }], undefined],
    ]);
    expect(found[0]?.writers.map(({ manager }) => manager)).toEqual(['kubectl-edit']);
  });

  test('is a field that was taken away where the server has filled in its default', () => {
    const live = deployment({ replicas: 1, ...image('nginx:1') }, [ours({ 'f:spec': {} })]);
    expect(driftedFields(live, applied, 'plumbline').map(({ path, after }) => [path, after])).toContainEqual([
      ['spec', 'replicas'],
      undefined,
    ]);
  });

  test('is a list of values without those that are gone, and an atomic value as a whole', () => {
    const set = { 'f:spec': { 'f:hosts': { 'v:"a"': {}, 'v:"b"': {} }, 'f:selector': {} } };
    const before = deployment({ hosts: ['a', 'b'], selector: { app: 'web' } }, [ours(set)]);
    const live = deployment({ hosts: ['b', 'mine'], selector: { app: 'web', tier: 'x' } }, [
      ours({}),
      entry('kubectl-edit', { 'f:spec': { 'f:hosts': { 'v:"mine"': {} }, 'f:selector': {} } }),
    ]);
    expect(driftedFields(live, before, 'plumbline').map(({ path, after }) => [path, after])).toEqual([
      [['spec', 'hosts'], ['b']],
      [['spec', 'selector'], { app: 'web', tier: 'x' }],
    ]);
  });

  test('is nothing in a map that was applied empty, nor the label of the set', () => {
    const set = {
      'f:metadata': { 'f:labels': { 'f:applyset.kubernetes.io/part-of': {} } },
      'f:spec': { 'f:template': {} },
    };
    const before = {
      ...deployment({ template: {} }, [ours(set)]),
      metadata: {
        name: 'web',
        labels: { 'applyset.kubernetes.io/part-of': 'mine' },
        managedFields: [ours(set)],
      },
    };
    const live = deployment({ template: { a: 1 } }, [ours({})]);
    expect(driftedFields({ ...live, metadata: { ...live.metadata, labels: {} } }, before, 'plumbline')).toEqual([]);
  });
});
