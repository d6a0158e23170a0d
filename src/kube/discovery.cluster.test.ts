import { expect, test } from 'vitest';
import { namespaceName } from '../../test/support/cluster.ts';
import { clientOfFile, testClient } from '../../test/support/kube-client.ts';
import { recordWatch } from '../../test/support/watch-record.ts';
import { keyOf, type KubeObject } from '../object.ts';
import { limit } from '../../test/support/limit.ts';

const client = clientOfFile();

/** A kind that no other test has, served at two versions. */
function definition(group: string): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema,
    subresources: { status: {} },
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [version('v1beta1', false), version('v1', true)],
    },
  };
}

function isEstablished(object: KubeObject): boolean {
  const { conditions } = object['status'] as { conditions?: { type: string; status: string }[] };
  return conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
}

test('all kinds in two calls, at every version, with the preferred one', async () => {
  const deployment = await client.discovery.resource({ group: 'apps', kind: 'Deployment' });
  expect(deployment).toMatchObject({
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    plural: 'deployments',
    namespaced: true,
    preferred: true,
    apiVersion: 'apps/v1',
  });
  expect(deployment.verbs).toContain('watch');
  expect(deployment.subresources.toSorted()).toEqual(['scale', 'status']);
  expect(await client.discovery.resource({ group: '', kind: 'Namespace', version: 'v1' })).toMatchObject({
    namespaced: false,
  });
  const resources = await client.discovery.resources();
  expect(resources.filter(({ kind, preferred }) => kind === 'HorizontalPodAutoscaler' && preferred)).toHaveLength(1);
  expect(client.counters.requests).toEqual({ discovery: 2 });
  expect(client.discovery.find({ group: 'apps', kind: 'Deployment' })).toBe(deployment);
});

test('versions as Helm names them', async () => {
  const versions = await client.discovery.apiVersions();
  for (const version of [
    'v1',
    'v1/Pod',
    'apps/v1',
    'apps/v1/Deployment',
    'apps/v1/Scale',
    'networking.k8s.io/v1/Ingress',
  ]) {
    expect(versions).toContain(version);
  }
  expect(new Set(versions).size).toBe(versions.length);
});

test('a kind that is missing is asked for again, but not each time', async () => {
  const own = await testClient();
  const missing = { group: 'nobody.example.org', kind: 'Nothing' };
  await expect(own.discovery.resource(missing)).rejects.toThrow(/no kind nobody\.example\.org Nothing/);
  const asked = own.counters.requests['discovery'];
  await expect(own.discovery.resource(missing)).rejects.toThrow(/kube\.no-such-kind/);
  await expect(own.discovery.resource({ ...missing, version: 'v2' })).rejects.toThrow(
    /nobody\.example\.org\/v2 Nothing/,
  );
  expect(asked).toBe(2);
  // The second name was asked for once; the first one not again.
  expect(own.counters.requests['discovery']).toBe(4);
  await own.close();
});

test('a kind is found when its definition comes, and missed when it goes', async () => {
  const group = `${namespaceName('kinds')}.example.org`;
  const widget = { group, kind: 'Widget' };
  const crd = definition(group);
  await expect(client.discovery.resource(widget)).rejects.toThrow(/kube\.no-such-kind/);

  const established = Promise.withResolvers<void>();
  const seen = recordWatch({
    client,
    resource: { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
    fieldSelector: `metadata.name=${crd.metadata.name}`,
  });
  await seen.cache.synced;
  void seen
    .until(() => seen.changes.some(({ object }) => object !== undefined && isEstablished(object)), limit())
    .then(established.resolve, established.reject);
  await client.apply(crd, { fieldManager: 'plumbline' });
  await established.promise;
  await seen.cache.stop();

  // Established comes before the API server tells of the kind in its discovery.
  const found = async () => {
    await client.discovery.refresh();
    return client.discovery.resource(widget).catch(() => undefined);
  };
  await expect.poll(found).toMatchObject({ plural: 'widgets', version: 'v1', preferred: true });
  expect(await client.discovery.resource({ ...widget, version: 'v1beta1' })).toMatchObject({ preferred: false });
  const made = {
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { namespace: 'default', name: 'one' },
    spec: { size: 3 },
  };
  expect((await client.apply(made, { fieldManager: 'plumbline' }))['spec']).toEqual({ size: 3 });

  await client.delete(keyOf(crd));
  const gone = recordWatch({ client, resource: widget, namespace: 'default' });
  // While it goes, the server may answer for a moment longer, or that it is not ready.
  await gone.until(() => gone.errors.some(({ code }) => code === 'kube.no-such-kind'), limit());
  await gone.cache.stop();
  await expect(client.apply(made, { fieldManager: 'plumbline' })).rejects.toThrow(/kube\.no-such-kind/);
});
