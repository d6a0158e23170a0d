import { expect, test } from 'vitest';
import { readSeed, seedOf } from './seed.ts';
import { clientOfFile, kubeOfFile, namespaceOfFile } from '../../test/support/kube-client.ts';
import { limit } from '../../test/support/limit.ts';

const kube = kubeOfFile();
const client = clientOfFile();
const namespace = namespaceOfFile('seed');
const secret = `/api/v1/namespaces/${namespace}/secrets/plumbline-render-seed`;

const read = () => readSeed(client, namespace, limit());

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
