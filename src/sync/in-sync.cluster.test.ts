import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installCertManager } from '../../test/support/cert-manager.ts';
import { namespaceName } from '../../test/support/cluster.ts';
import { corpusObjects, corpusRenderer, corpusSources, withoutTwins } from '../../test/support/corpus-objects.ts';
import { expectInSync } from '../../test/support/in-sync.ts';
import { clientOfFile, kubeOfFile, testNamespace } from '../../test/support/kube-client.ts';
import { limit } from '../../test/support/limit.ts';
import { spelledObjects } from '../../test/support/spelled-objects.ts';
import { push } from '../../test/support/sync-cluster.ts';
import { thingDefinition, things } from '../../test/support/things.ts';

// An object is never OutOfSync for a reason that a sync cannot remove.
const client = clientOfFile();
const kube = kubeOfFile();
const renderer = corpusRenderer();
beforeAll(() => installCertManager(kube));
afterAll(async () => {
  await renderer.close();
  await removeUnnamespaced();
});

/** What others would find in their way. */
async function removeUnnamespaced(): Promise<void> {
  const signal = limit();
  for (const [group, kind] of [
    ['networking.k8s.io', 'IngressClass'],
    ['admissionregistration.k8s.io', 'ValidatingWebhookConfiguration'],
  ] as const) {
    for await (const { metadata } of client.list({ group, kind }, { signal })) {
      const { name, uid = '' } = metadata;
      if (!/-corpus-[0-9a-f]{8}$/.test(name)) continue;
      const ref = { group, kind, namespace: '', name };
      await client.delete(ref, { propagation: 'Background', preconditions: { uid }, signal });
    }
  }
}

// Two ports of a container with the same number and protocol.
const twins = 'ingress-nginx/deploy/static/provider/aws/nlb-with-tls-termination';

describe('published configuration is in sync after one sync, and stays so', () => {
  test('all of it is tried', () => {
    expect(corpusSources.length).toBeGreaterThanOrEqual(35);
    expect(corpusSources.map(({ name }) => name)).toContain(twins);
  });

  test.each(corpusSources)('$name', async (source) => {
    const namespace = namespaceName('corpus');
    const written = await corpusObjects(renderer, source, namespace);
    const objects = written.map(withoutTwins);
    expect(objects.length).toBeGreaterThan(0);
    const changed = written.filter((object, index) => object !== objects[index]).map(({ kind }) => kind);
    expect(changed).toEqual(source.name === twins ? ['Deployment'] : []);
    await expectInSync(client, namespace, objects);
  });
});

test('a list with two items of one key is refused before anything is written, with the field and the key', async () => {
  const source = corpusSources.find(({ name }) => name === twins);
  if (source === undefined) throw new Error('it is not there');
  const namespace = await testNamespace(client, 'corpus');
  const objects = (await corpusObjects(renderer, source, namespace)).filter(({ kind }) => kind === 'Deployment');
  const report = await push(client, namespace, objects);
  expect(report.outcome).toBe('rejected');
  expect(report.problems).toEqual([
    {
      code: 'kube.invalid',
      message: 'duplicate entries for key [containerPort=80,protocol="TCP"]',
      where: expect.objectContaining({ field: 'spec.template.spec.containers[name="controller"].ports' }),
    },
  ]);
});

test('however the fields of an object are spelled, it is in sync after one sync, and stays so', async () => {
  await fc.assert(
    fc.asyncProperty(spelledObjects, async (objects) => expectInSync(client, namespaceName('spelled'), objects)),
    // The same ones each time; another seed tries others.
    { numRuns: 4, seed: Number(process.env['PLUMBLINE_TEST_SEED'] ?? 6), endOnFailure: true },
  );
});

test('a definition and objects of its kind, at each of its versions, are in sync after one sync, and stay so', async () => {
  const namespace = namespaceName('things');
  const group = `${namespace}.test`;
  await expectInSync(client, namespace, [thingDefinition(group), ...things(group, namespace)]);
});
