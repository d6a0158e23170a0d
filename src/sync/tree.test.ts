import { expect, test } from 'vitest';
import type { KindRef, KubeClient, ObjectList } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';
import { buildTree } from './tree.ts';

const made = (kind: string, name: string, owner: string | undefined, rest: object): KubeObject => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  metadata: {
    name,
    namespace: 'shop',
    uid: name,
    ...(owner === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'x', name: owner, uid: owner }] }),
  },
  ...rest,
});
const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'has timed out' };
const pulling = { waiting: { reason: 'ErrImagePull', message: 'no such tag' } };
const objects = [
  made('Deployment', 'web', undefined, { status: { observedGeneration: 1, conditions: [late] } }),
  made('ReplicaSet', 'web-1', 'web', { status: { observedGeneration: 1, availableReplicas: 0 } }),
  made('Pod', 'web-1-a', 'web-1', { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
  made('Pod', 'web-1-b', 'web-1', {
    status: { phase: 'Pending', containerStatuses: [{ name: 'main', state: pulling }] },
  }),
];

async function* ofKind(kind: string): AsyncGenerator<KubeObject> {
  yield* objects.filter((object) => object.kind === kind);
}

const client = {
  list: ({ kind }: KindRef): ObjectList => Object.assign(ofKind(kind), { resourceVersion: '1' }),
} as unknown as KubeClient;
const application = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'shop' },
};
const scopes = [{ group: 'apps', kind: 'Deployment' }];
const { signal } = new AbortController();

test('what is not well says what below it fails, at every level', async () => {
  const [deployment] = await buildTree(client, application, { scopes, signal });
  const why = 'Pod web-1-b: container main waits with ErrImagePull: no such tag';
  expect(deployment?.health).toEqual({ status: 'Degraded', message: `has timed out; ${why}` });
  expect(deployment?.children[0]?.health).toEqual({
    status: 'Progressing',
    message: `0 of 1 replicas are available; ${why}`,
  });
  expect(deployment?.children[0]?.children.map(({ health }) => health.status)).toEqual(['Healthy', 'Degraded']);
});

const allWell = () => ({ status: 'Healthy', message: '' }) as const;

test('the health is told by whoever is given for it', async () => {
  const [deployment] = await buildTree(client, application, { scopes, judge: allWell, signal });
  expect(deployment?.health).toEqual({ status: 'Healthy', message: '' });
});
