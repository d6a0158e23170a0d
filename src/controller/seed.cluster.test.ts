import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterAccess, kubeconfigPath, namespaceName } from '../../test/support/cluster.ts';
import { connect } from '../../test/support/kube-call.ts';
import { createKubeClient, type KubeClient, loadClusterConfig } from '../kube/index.ts';
import { readSeed, seedOf } from './seed.ts';
import { limit } from '../../test/support/limit.ts';

const kube = connect(clusterAccess());
const namespace = namespaceName('seed');
const secret = `/api/v1/namespaces/${namespace}/secrets/plumbline-render-seed`;
let client: KubeClient;

const read = () => readSeed(client, namespace, limit());

beforeAll(async () => {
  client = createKubeClient(await loadClusterConfig({ kubeconfig: kubeconfigPath() }));
  await kube.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

afterAll(async () => {
  await kube.call('DELETE', `/api/v1/namespaces/${namespace}`);
  await client.close();
});

test('many that start at once agree on one seed, which stays', async () => {
  const seeds = await Promise.all(Array.from({ length: 8 }, read));
  const values = new Set(seeds.map((seed) => Buffer.from(seed.reveal()).toString('hex')));
  expect(values.size).toBe(1);
  expect([...values][0]).toHaveLength(64);
  expect((await read()).reveal()).toEqual(seeds[0]?.reveal());
  expect(JSON.stringify(seeds[0])).not.toContain([...values][0]);
});

test('each Application has a seed of its own, the same each time', async () => {
  const seed = await read();
  expect(seedOf(seed, 'team/a')).toEqual(seedOf(seed, 'team/a'));
  expect(seedOf(seed, 'team/a')).not.toEqual(seedOf(seed, 'team/b'));
});

test('a Secret without a seed is refused and left as it is', async () => {
  await read();
  await kube.call('PATCH', secret, { data: { seed: Buffer.from('short').toString('base64') } });
  await expect(read()).rejects.toMatchObject({ code: 'controller.seed-invalid' });
  const { data } = (await kube.call('GET', secret)) as unknown as { data: { seed: string } };
  expect(Buffer.from(data.seed, 'base64').toString()).toBe('short');
});
