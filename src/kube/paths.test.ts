import { expect, test } from 'vitest';
import { collectionPath, objectPath, queryString } from './paths.ts';
import type { Resource } from './types.ts';

const common = { version: 'v1', verbs: [], subresources: [], preferred: true };
const deployment: Resource = {
  ...common,
  group: 'apps',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  apiVersion: 'apps/v1',
};
const namespaceKind: Resource = {
  ...common,
  group: '',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  apiVersion: 'v1',
};
const key = (namespace: string, name: string) => ({ group: '', kind: 'Pod', namespace, name });

test('paths of collections and objects', () => {
  expect(collectionPath(deployment, 'prod')).toBe('/apis/apps/v1/namespaces/prod/deployments');
  expect(collectionPath(deployment, undefined)).toBe('/apis/apps/v1/deployments');
  expect(collectionPath(namespaceKind, undefined)).toBe('/api/v1/namespaces');
  expect(objectPath(deployment, key('prod', 'web'), 'status')).toBe(
    '/apis/apps/v1/namespaces/prod/deployments/web/status',
  );
  expect(objectPath(namespaceKind, key('', 'prod'))).toBe('/api/v1/namespaces/prod');
});

test('an object of the whole cluster is found whatever namespace stands in its key', () => {
  expect(objectPath(namespaceKind, key('other', 'prod'))).toBe('/api/v1/namespaces/prod');
});

test.each(['..', '.', 'a/b', '../web', 'a%2Fb', ''])('%j is no name, and leads to no other object', (name) => {
  const refused = {
    problems: [expect.objectContaining({ where: { object: `Pod prod/${name}`, field: 'metadata.name' } })],
  };
  expect(() => objectPath(deployment, key('prod', name))).toThrow(expect.objectContaining(refused));
  if (name !== '') expect(() => objectPath(deployment, key(name, 'web'))).toThrow(/kube\.invalid/);
});

test.each(['a?b', 'a#b', 'a b', 'system:é', '...', 'a\\b'])('%j stays in its place', (name) => {
  const { pathname, search, hash } = new URL(objectPath(deployment, key('prod', name)), 'https://server');
  expect([pathname.split('/').length, search, hash]).toEqual([8, '', '']);
  expect(decodeURIComponent(pathname.split('/').at(-1) ?? '')).toBe(name);
});

test('an object of a namespace needs one', () => {
  expect(() => objectPath(deployment, key('', 'web'))).toThrow(/kube\.namespace-required/);
});

test('queries leave out what is not set', () => {
  expect(queryString(undefined)).toBe('');
  expect(queryString({ a: undefined })).toBe('');
  expect(queryString({ labelSelector: 'a in (b,c)', watch: true, limit: 5, none: undefined })).toBe(
    '?labelSelector=a%20in%20(b%2Cc)&watch=true&limit=5',
  );
});
