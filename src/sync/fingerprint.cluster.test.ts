import { expect, test } from 'vitest';
import { clientOfFile, namespaceOfFile } from '../../test/support/kube-client.ts';
import { deployment } from '../../test/support/sync-cluster.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import { desiredDigest, fingerprint, fingerprintFrom, ownershipFingerprint } from './fingerprint.ts';

const own = 'plumbline';
const force = { fieldManager: own, force: true } as const;
const client = clientOfFile();
const namespace = namespaceOfFile('fingerprint');

/** A Deployment that was applied, with its fingerprint then. */
async function applied(name: string): Promise<{ key: ObjectKey; desired: KubeObject; before: string | undefined }> {
  const plain = deployment(name) as KubeObject;
  const metadata = { ...plain.metadata, namespace, labels: { own: 'x', other: 'y' } };
  const desired = { ...plain, metadata };
  const before = fingerprint(await client.apply(desired, force), own);
  expect(before).toBeDefined();
  return { key: { group: 'apps', kind: 'Deployment', namespace, name }, desired, before };
}

async function now(key: ObjectKey & { readonly apiVersion?: string }): Promise<string | undefined> {
  const live = await client.get(key);
  return live === undefined ? undefined : fingerprint(live, own);
}

const merge = { type: 'merge', fieldManager: 'kubectl-edit' } as const;

test('what was applied is read back as exactly what is desired', async () => {
  const { key, desired, before } = await applied('same');
  const live = await client.get(key);
  expect(before).toBe(fingerprintFrom(live?.metadata.uid ?? '', desiredDigest(desired)));
});

test('a changed value differs, and the next apply makes it the same again', async () => {
  const { key, desired, before } = await applied('changed');
  await client.patch(key, { spec: { replicas: 4 } }, merge);
  expect(await now(key)).not.toBe(before);
  expect(fingerprint(await client.apply(desired, force), own)).toBe(before);
});

test('a removed field differs', async () => {
  const { key, before } = await applied('removed');
  await client.patch(key, { metadata: { labels: { own: null } } }, merge);
  expect(await now(key)).not.toBe(before);
});

test('a field that is taken over by another apply differs', async () => {
  const { key, before } = await applied('taken');
  const theirs: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'taken', namespace, labels: { own: 'theirs' } },
  };
  await client.apply(theirs, { fieldManager: 'other', force: true });
  expect(await now(key)).not.toBe(before);
});

test('an item that is put into an owned list of items stays outside; one that is taken out differs', async () => {
  const { key, before } = await applied('items');
  const live = await client.get(key);
  const spec = live?.spec as { template: { spec: { containers: object[] } } };
  const containers = spec.template.spec.containers;
  const more = [...containers, { name: 'sidecar', image: 'envoy' }];
  await client.patch(key, { spec: { template: { spec: { containers: more } } } }, merge);
  expect(await now(key)).toBe(before);
  const others = [{ name: 'sidecar', image: 'envoy' }];
  await client.patch(key, { spec: { template: { spec: { containers: others } } } }, merge);
  expect(await now(key)).not.toBe(before);
});

test('status, foreign labels and annotations, and a scale to the same value stay the same', async () => {
  const { key, before } = await applied('quiet');
  const status = {
    observedGeneration: 1,
    conditions: [{ type: 'Available', status: 'True', reason: 'x', message: 'y' }],
  };
  await client.patch(key, { status }, { ...merge, subresource: 'status' });
  await client.patch(key, { metadata: { labels: { foreign: 'z' }, annotations: { note: 'w' } } }, merge);
  await client.patch(key, { spec: { replicas: 0, minReadySeconds: 3 } }, merge);
  expect(await now(key)).toBe(before);
  const live = await client.get(key);
  expect(live?.metadata.managedFields?.length).toBeGreaterThan(2);
});

test('an equal value that another manager applies stays the same', async () => {
  const { key, desired, before } = await applied('equal');
  await client.apply(desired, { fieldManager: 'other', force: false });
  expect(await now(key)).toBe(before);
});

test('an empty map of ours does not own what another manager puts into it', async () => {
  const plain = deployment('empty') as KubeObject & { spec: { template: { spec: object } } };
  const spec = {
    ...plain.spec,
    template: { ...plain.spec.template, spec: { ...plain.spec.template.spec, securityContext: {} } },
  };
  const desired = { ...plain, metadata: { ...plain.metadata, namespace }, spec };
  const before = fingerprint(await client.apply(desired, force), own);
  const key = { group: 'apps', kind: 'Deployment', namespace, name: 'empty' };
  await client.patch(key, { spec: { template: { spec: { securityContext: { runAsUser: 7 } } } } }, merge);
  expect(await now(key)).toBe(before);
});

test('an object that somebody replaced has none', async () => {
  const { key, desired } = await applied('replaced');
  const live = await client.get(key);
  await client.delete(key, { preconditions: { uid: live?.metadata.uid ?? '' }, propagation: 'Background' });
  await client.create(desired, { fieldManager: 'kubectl-create' });
  expect(await now(key)).toBeUndefined();
});

test('an object that is read at another version tells drift all the same', async () => {
  const metadata = { name: 'scaler', namespace };
  const spec = {
    minReplicas: 1,
    maxReplicas: 3,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
  };
  const scaler: KubeObject = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata, spec };
  const key = {
    group: 'autoscaling',
    kind: 'HorizontalPodAutoscaler',
    namespace,
    name: 'scaler',
    apiVersion: 'autoscaling/v2',
  };
  const before = ownershipFingerprint(await client.apply(scaler, force), own);
  expect(await now(key)).toBe(before);
  await client.patch(key, { metadata: { labels: { foreign: 'x' } } }, merge);
  expect(await now(key)).toBe(before);
  // An apply that changes nothing leaves it as it is.
  await client.apply(scaler, force);
  expect(await now(key)).toBe(before);
  await client.patch(key, { spec: { maxReplicas: 9 } }, merge);
  expect(await now(key)).not.toBe(before);
});

test('the text of a Secret that was turned into data is watched; as text it would not be', async () => {
  const metadata = { name: 'secret', namespace };
  const key = { group: '', kind: 'Secret', namespace, name: 'secret' };
  const data = { password: Buffer.from('one').toString('base64') };
  const before = fingerprint(await client.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data }, force), own);
  await client.patch(key, { data: { password: Buffer.from('two').toString('base64') } }, merge);
  expect(await now(key)).not.toBe(before);
});
