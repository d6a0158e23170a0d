import { expect, test } from 'vitest';
import {
  applySetId,
  foreignTool,
  formatGroupKind,
  parentAnnotations,
  parentRecordFor,
  parentRecordOf,
  parseGroupKind,
  sameParentRecord,
  unionOfParentRecords,
} from './apply-set.ts';
import type { KubeObject } from '../object.ts';

const configMap = { group: '', kind: 'ConfigMap', namespace: 'default', name: 'my-set' };

test('the id is that of KEP-3659, as kubectl makes it', () => {
  // printf 'my-set.default.ConfigMap.' | sha256sum, in base64url
  expect(applySetId(configMap)).toBe('applyset-DaObTxGT41gT7jz9wyulA3kuIrhUKfuOcjAfLI6wcmQ-v1');
  expect(applySetId(configMap)).toMatch(/^[A-Za-z0-9][\w.-]{0,61}[A-Za-z0-9]$/);
  expect(applySetId({ ...configMap, namespace: 'other' })).not.toBe(applySetId(configMap));
});

test('kinds are written with their group', () => {
  expect(formatGroupKind({ group: 'apps', kind: 'Deployment' })).toBe('Deployment.apps');
  expect(formatGroupKind({ group: '', kind: 'Service' })).toBe('Service');
  expect(parseGroupKind('Certificate.cert-manager.io')).toEqual({ kind: 'Certificate', group: 'cert-manager.io' });
  expect(parseGroupKind('Service')).toEqual({ kind: 'Service', group: '' });
});

test('the parent records kinds and namespaces, and gives back what it records', () => {
  const record = parentRecordFor(
    [
      { group: 'apps', kind: 'Deployment', namespace: 'b', name: 'x' },
      { group: '', kind: 'Service', namespace: 'a', name: 'x' },
      { group: '', kind: 'Service', namespace: 'own', name: 'y' },
      { group: '', kind: 'Namespace', namespace: '', name: 'a' },
    ],
    'own',
  );
  expect(record).toEqual({ groupKinds: ['Deployment.apps', 'Namespace', 'Service'], namespaces: ['a', 'b'] });
  const annotations = parentAnnotations(record, '1.2.3');
  expect(annotations).toEqual({
    'applyset.kubernetes.io/tooling': 'plumbline/v1.2.3',
    'applyset.kubernetes.io/contains-group-kinds': 'Deployment.apps,Namespace,Service',
    'applyset.kubernetes.io/additional-namespaces': 'a,b',
  });
  expect(parentRecordOf(parent(annotations))).toEqual(record);
  expect(parentRecordOf(parent({}))).toEqual({ groupKinds: [], namespaces: [] });
});

test('a union covers both', () => {
  const one = { groupKinds: ['A', 'B'], namespaces: ['x'] };
  const other = { groupKinds: ['B', 'C'], namespaces: [] };
  const union = unionOfParentRecords(one, other);
  expect(union).toEqual({ groupKinds: ['A', 'B', 'C'], namespaces: ['x'] });
  expect(sameParentRecord(union, unionOfParentRecords(union, other))).toBe(true);
  expect(sameParentRecord(union, one)).toBe(false);
});

test('the parent of another tool is recognised', () => {
  expect(foreignTool(parent({}))).toBeUndefined();
  expect(foreignTool(parent({ 'applyset.kubernetes.io/tooling': 'plumbline/v0.1.0' }))).toBeUndefined();
  expect(foreignTool(parent({ 'applyset.kubernetes.io/tooling': 'kubectl/v1.36' }))).toBe('kubectl/v1.36');
});

function parent(annotations: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'my-set', annotations } };
}
