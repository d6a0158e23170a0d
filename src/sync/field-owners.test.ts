import { expect, test } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../object.ts';
import { ownersOf } from './field-owners.ts';

const time = '2026-11-22T10:00:00Z';

function entry(manager: string, fieldsV1: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  return { manager, operation: 'Update', apiVersion: 'apps/v1', time, fieldsV1: fieldsV1 as never, ...more };
}

function deployment(spec: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'prod', ...metadata }, spec };
}

const web = 'k:{"name":"web"}';
const ours = entry(
  'plumbline',
  { 'f:spec': { 'f:paused': {}, 'f:containers': { [web]: { '.': {}, 'f:name': {}, 'f:volume': {}, 'f:ports': {} } } } },
  { operation: 'Apply' },
);

const listed = (desired: KubeObject, live: KubeObject) =>
  ownersOf(desired, live, 'plumbline').fields.map(({ path, state, owner }) => [path, state, owner?.manager]);

test('what Git gives and has is not listed; what others have is, by manager, and defaults come last', () => {
  const desired = deployment({ replicas: 1, paused: false, containers: [{ name: 'web', volume: {}, ports: 80 }] });
  const managedFields = [
    ours,
    entry('hpa', { 'f:spec': { 'f:replicas': {} } }, { subresource: 'scale' }),
    entry('mesh', {
      'f:metadata': { 'f:annotations': { 'f:mesh.io/on': {} } },
      'f:spec': {
        'f:paused': {},
        'f:containers': {
          [web]: { 'f:volume': { 'f:size': {} } },
          'k:{"name":"proxy"}': { '.': {}, 'f:name': {}, 'f:image': {} },
        },
      },
    }),
    entry('kubelet', { 'f:status': { 'f:ready': {} } }, { subresource: 'status' }),
  ];
  const live = {
    ...deployment(
      {
        strategy: 'Recreate',
        replicas: 3,
        paused: false,
        containers: [
          { name: 'web', volume: { size: 1 }, ports: 80 },
          { name: 'proxy', image: 'p' },
        ],
      },
      { managedFields, annotations: { 'mesh.io/on': 'yes' }, uid: 'u', resourceVersion: '5' },
    ),
    status: { ready: 1 },
  };
  expect(listed(desired, live)).toEqual([
    ['metadata.annotations["mesh.io/on"]', 'unmanaged', 'mesh'],
    ['spec.paused', 'shared', 'mesh'],
    ['spec.containers[name=web].volume.size', 'unmanaged', 'mesh'],
    ['spec.containers[name=proxy]', 'unmanaged', 'mesh'],
    ['spec.replicas', 'foreign', 'hpa'],
    ['spec.strategy', 'unmanaged', undefined],
  ]);
});

test('an item of which Git leaves out a key that the server fills in is the same item', () => {
  const key = 'k:{"containerPort":80,"protocol":"TCP"}';
  const fields = { 'f:spec': { 'f:ports': { [key]: { '.': {}, 'f:containerPort': {}, 'f:name': {} } } } };
  const live = deployment(
    { ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] },
    { managedFields: [entry('plumbline', fields, { operation: 'Apply' })] },
  );
  expect(listed(deployment({ ports: [{ containerPort: 80, name: 'http' }] }), live)).toEqual([
    ['spec.ports[containerPort=80,protocol=TCP].protocol', 'unmanaged', undefined],
  ]);
});

test('of an object that nobody is known to have, what Git does not give is listed', () => {
  expect(listed(deployment({ replicas: 1 }), deployment({ replicas: 1, paused: true }))).toEqual([
    ['spec.paused', 'unmanaged', undefined],
  ]);
});
