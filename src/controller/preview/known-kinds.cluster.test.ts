import { expect, test } from 'vitest';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import { createKubeClient, loadClusterConfig } from '../../kube/index.ts';
import { kindsWithoutCluster, knownKinds, knownKubernetes } from './known-kinds.ts';
import { limit } from '../../../test/support/limit.ts';

test('what is known without a cluster is what the API server serves', async () => {
  const client = createKubeClient(await loadClusterConfig({ kubeconfig: kubeconfigPath() }));
  const signal = limit();
  expect((await client.version({ signal })).gitVersion).toMatch(new RegExp(`^${knownKubernetes}\\.`));
  const all = await client.discovery.resources({ signal });
  const line = ({ group, version, kind, namespaced }: (typeof all)[number] | ReturnType<typeof knownKinds>[number]) =>
    `${group}/${version} ${kind} ${namespaced ? 'in a namespace' : 'in none'}`;
  // Other tests define kinds of their own meanwhile; Kubernetes' own groups are those of its own kinds.
  const groups = new Set(knownKinds().map(({ group }) => group));
  const served = all.filter(({ group }) => groups.has(group) || !group.includes('.'));
  expect(knownKinds().map(line).toSorted()).toEqual(served.map(line).toSorted());
  await client.close();
});

test('kinds that Kubernetes has no more are refused, those of others taken as they are', async () => {
  const kinds = kindsWithoutCluster('v1.36.3');
  expect(kinds.find({ group: 'apps', version: 'v1', kind: 'Deployment' })).toMatchObject({ namespaced: true });
  expect(kinds.find({ group: 'apps', version: 'v1', kind: 'Deploymnet' })).toBeUndefined();
  expect(kinds.find({ group: 'policy', version: 'v1beta1', kind: 'PodDisruptionBudget' })).toBeUndefined();
  expect(kinds.find({ group: 'extensions', version: 'v1beta1', kind: 'Ingress' })).toBeUndefined();
  const issuer = { group: 'cert-manager.io', version: 'v1', kind: 'ClusterIssuer' };
  expect(kinds.find(issuer)).toMatchObject({ namespaced: false });
  expect(kinds.find({ ...issuer, kind: 'Issuer' })).toMatchObject({ namespaced: true });
  await expect(kinds.resource({ group: 'apps', version: 'v1', kind: 'Deploymnet' })).rejects.toMatchObject({
    code: 'kube.no-such-kind',
  });
  // An older cluster may still have it.
  const old = kindsWithoutCluster('v1.24.0');
  expect(old.find({ group: 'policy', version: 'v1beta1', kind: 'PodDisruptionBudget' })).toMatchObject({
    namespaced: true,
  });
});
