import { expect, test } from 'vitest';
import type { KubeObject } from '../../object.ts';
import type { TreeNode } from '../../sync/index.ts';
import { parseSelector } from '../../sync-request.ts';
import { objectsOf, revisionsOf } from './of-application.ts';

const node = (apiVersion: string, kind: string, name: string, namespace?: string): TreeNode => ({
  object: { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
  health: { status: 'Healthy', message: '' },
  children: [],
});

const application = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop', namespace: 'team' },
  status: { history: [{ revision: 'b' }, { revision: 'a' }, { revision: 'b' }] },
} as unknown as KubeObject;

const tree: readonly TreeNode[] = [
  node('v1', 'Service', 'web', 'one'),
  node('v1', 'Service', 'web', 'two'),
  node('serving.knative.dev/v1', 'Service', 'api', 'one'),
  node('rbac.authorization.k8s.io/v1', 'ClusterRole', 'web'),
];

const access = {
  namespace: 'team',
  get: ({ name }: { readonly name: string }) => Promise.resolve(name === 'shop' ? application : undefined),
  tree: () => Promise.resolve([tree, []] as const),
};
const { signal } = new AbortController();

test('the objects of an Application are offered in short where that means one only, and each is read back', async () => {
  const offered = await objectsOf(access, ['shop'], signal);
  expect(offered).toEqual([':Service:one/web', ':Service:two/web', 'Service/api', 'ClusterRole/web']);
  expect(offered.map((text) => parseSelector(text)?.name)).toEqual(['web', 'web', 'api', 'web']);
});

test('each commit of the history is offered once, the newest first', async () => {
  expect(await revisionsOf(access, ['shop'], signal)).toEqual(['b', 'a']);
});

test('without an Application, or without one of this name, nothing is offered', async () => {
  for (const given of [[], ['none']]) {
    expect(await objectsOf(access, given, signal)).toEqual([]);
    expect(await revisionsOf(access, given, signal)).toEqual([]);
  }
});
