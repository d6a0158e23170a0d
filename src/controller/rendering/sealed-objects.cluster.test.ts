import { beforeAll, expect, test } from 'vitest';
import { installForeign } from '../../../test/support/definitions.ts';
import { type GitOpsBench } from '../../../test/support/gitops.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';
import { grant } from '../../../test/support/tokens.ts';

// Objects that stand for Secrets, of the definitions that their projects publish: these are what belongs in Git.
const bench = gitOpsOfFile('sealed');
let controller: Awaited<ReturnType<GitOpsBench['start']>>;

beforeAll(async () => {
  await installForeign(bench.kube, 'bitnami.com_sealedsecrets');
  await installForeign(bench.kube, 'external-secrets.io_externalsecrets');
  const user = { kind: 'User', name: bench.editor } as const;
  const verbs = ['get', 'create', 'update', 'patch', 'delete'];
  await grant(bench.client, bench.namespace, user, { group: 'bitnami.com', resource: 'sealedsecrets', verbs });
  await grant(bench.client, bench.namespace, user, {
    group: 'external-secrets.io',
    resource: 'externalsecrets',
    verbs,
  });
  controller = await bench.start();
});

const cipher = 'AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq';
const sealed = {
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  metadata: { name: 'database' },
  spec: { encryptedData: { password: cipher }, template: { metadata: { name: 'database' }, type: 'Opaque' } },
};
const external = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: 'registry' },
  spec: {
    refreshInterval: '1h0m0s',
    secretStoreRef: { name: 'vault', kind: 'SecretStore' },
    data: [{ secretKey: 'token', remoteRef: { key: 'registry', property: 'token' } }],
  },
};
const plain = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'plain' },
  stringData: { password: 'correct horse battery staple' },
};

test('sealed and external Secrets become a commit that the cluster follows', async () => {
  const changes = [sealed, external].map((object) => ({ verb: 'create', object }) as const);
  const result = await bench.submit(controller, changes, {}, { wait: 'synced' });
  expect(result).toMatchObject({ state: 'Committed', sync: { state: 'synced', revision: result.commit } });
  const { namespace, kube } = bench;
  expect(await bench.file(`${namespace}/SealedSecret/database/database.json`)).toEqual({
    ...sealed,
    metadata: { name: 'database', namespace },
  });
  expect(await bench.file(`${namespace}/ExternalSecret/registry/registry.json`)).toMatchObject({ spec: external.spec });
  const live = await kube.call('GET', `/apis/bitnami.com/v1alpha1/namespaces/${namespace}/sealedsecrets/database`);
  expect(live.spec).toMatchObject({ encryptedData: { password: cipher } });
  const other = await kube.call('GET', `/apis/external-secrets.io/v1/namespaces/${namespace}/externalsecrets/registry`);
  // What the definition has for default is the server's, and not in Git.
  expect(other.spec).toMatchObject({ data: [{ remoteRef: { conversionStrategy: 'Default' } }] });
});

test('a plain Secret is refused, also beside a sealed one, and nothing of it is told or kept', async () => {
  const before = await bench.git('for-each-ref');
  const another = { ...sealed, metadata: { name: 'another' } };
  for (const objects of [[plain], [another, plain]]) {
    const changes = objects.map((object) => ({ verb: 'create', object }) as const);
    const refused: unknown = await bench.submit(controller, changes).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      problems: [
        {
          code: 'writeback.plain-secret',
          where: { object: `Secret ${bench.namespace}/plain`, field: 'stringData.password' },
        },
      ],
    });
    expect(JSON.stringify(refused)).not.toContain('correct horse');
  }
  expect(await bench.git('for-each-ref')).toBe(before);
  const { items = [] } = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/secrets`);
  expect((items as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)).not.toContain(
    'plain',
  );
  expect(JSON.stringify([bench.logged, await bench.operations()])).not.toContain('correct horse');
});

test('a sealed Secret that its definition does not take is refused with the field', async () => {
  const object = { ...sealed, metadata: { name: 'odd' }, spec: { encrypted: { password: cipher } } };
  await expect(bench.submit(controller, [{ verb: 'create', object }])).rejects.toMatchObject({
    message: expect.stringContaining('spec.encrypted'),
  });
});
