import { expect, test } from 'vitest';
import { replacementOf } from './replacement.ts';

const metadata = { name: 'web', namespace: 'prod' };
const live = { ...metadata, uid: 'u', resourceVersion: '7', labels: { theirs: 'x' }, finalizers: ['example.dev/held'] };

const deployment = (spec: object) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: live, spec });
const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: live, spec });

test('identity, owners, finalizers and status stay; labels that Git does not name go', () => {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'o' }];
  const replaced = replacementOf(
    { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { ...metadata, finalizers: ['git'] }, spec: { a: 1 } },
    {
      apiVersion: 'example.dev/v1',
      kind: 'Widget',
      metadata: { ...live, ownerReferences },
      spec: { a: 2, b: 3 },
      status: { ready: true },
    },
  );
  expect(replaced).toEqual({
    apiVersion: 'example.dev/v1',
    kind: 'Widget',
    metadata: { ...metadata, uid: 'u', resourceVersion: '7', ownerReferences, finalizers: ['example.dev/held', 'git'] },
    spec: { a: 1 },
    status: { ready: true },
  });
});

test('a number of replicas that Git does not name is not set back to 1', () => {
  expect(replacementOf(deployment({}), deployment({ replicas: 7, paused: true })).spec).toEqual({ replicas: 7 });
  expect(replacementOf(deployment({ replicas: 2 }), deployment({ replicas: 7 })).spec).toEqual({ replicas: 2 });
});

test('addresses of a Service stay while it is of the same type', () => {
  const there = service({
    type: 'ClusterIP',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    sessionAffinity: 'None',
  });
  expect(replacementOf(service({ ports: [] }), there).spec).toEqual({
    ports: [],
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
  });
  expect(replacementOf(service({ type: 'ExternalName', externalName: 'x' }), there).spec).toEqual({
    type: 'ExternalName',
    externalName: 'x',
  });
});

test('what has no spec gets none', () => {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: live, data: { a: 'b' } };
  expect(replacementOf(configMap, { ...configMap, data: { c: 'd' } })).not.toHaveProperty('spec');
});
