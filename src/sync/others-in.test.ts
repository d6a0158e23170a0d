import { expect, test } from 'vitest';
import { syncModel } from '../../test/support/sync-model.ts';
import { plumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { memberOf } from './member.ts';
import { heldIn, holdMessage } from './others-in.ts';
import type { ListedResource, SyncCluster } from './ports.ts';
import type { StepContext } from './run-types.ts';

const applySet = 'applyset-a-v1';
const namespace = memberOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'n' } }, 'plumbline');
const kind = (group: string, name: string): ListedResource => ({
  group,
  version: 'v1',
  kind: name,
  plural: `${name.toLowerCase()}s`,
  namespaced: true,
  verbs: ['list', 'delete'],
  preferred: true,
});
const configMap = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PartialObjectMetadata',
  metadata: { name, namespace: 'shop', ...more },
});

/** A cluster of which nothing is known but what is listed of one kind, and what does not answer. */
function contextOf(
  list: () => AsyncIterable<KubeObject>,
  unavailable: readonly string[] = [],
  resources: readonly ListedResource[] = [kind('', 'ConfigMap')],
): StepContext {
  const context = syncModel().context();
  const { discovery } = context.cluster;
  const cluster: SyncCluster = {
    ...context.cluster,
    discovery: { ...discovery, unavailable, resources: () => Promise.resolve(resources) },
    list,
  };
  return { ...context, cluster };
}

async function* listed(...objects: readonly KubeObject[]): AsyncIterable<KubeObject> {
  yield* objects;
}

const going = { applySet, uids: new Set(['n']) };

test('what comes with every namespace, what is owned and what is leaving does not keep it', async () => {
  const objects = [
    configMap('kube-root-ca.crt'),
    configMap('owned', { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] }),
    configMap('leaving', { deletionTimestamp: '2026-11-22T00:00:00Z' }),
  ];
  const held = await heldIn(
    namespace,
    going,
    contextOf(() => listed(...objects)),
  );
  expect(held).toEqual({ others: [], holders: [], staying: [] });
  expect(holdMessage(held)).toBeUndefined();
});

test('an API that does not answer may have objects there: the namespace stays', async () => {
  const held = await heldIn(
    namespace,
    going,
    contextOf(() => listed(), ['metrics.example.org/v1']),
  );
  expect(holdMessage(held)).toBe(
    'it still holds objects of others: whatever is of metrics.example.org/v1, which does not answer',
  );
});

function failing(): never {
  throw plumbError('kube.unreachable', 'gone');
}

test('an API server that cannot be asked is an error, and no permission', async () => {
  await expect(heldIn(namespace, going, contextOf(failing))).rejects.toMatchObject({ code: 'kube.unreachable' });
});

test('three objects are named, and no more are asked for', async () => {
  let asked = 0;
  const many = async function* (): AsyncIterable<KubeObject> {
    for (;;) {
      asked += 1;
      yield configMap(`m${asked}`);
    }
  };
  const held = await heldIn(namespace, going, contextOf(many));
  expect(held.others).toEqual(['ConfigMap shop/m1', 'ConfigMap shop/m2', 'ConfigMap shop/m3']);
  expect(held.holders.map(({ name }) => name)).toEqual(['m1', 'm2', 'm3']);
  expect(asked).toBe(4);
});
