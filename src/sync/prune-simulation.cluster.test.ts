import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { namespaceName } from '../../test/support/cluster.ts';
import { clientOfFile, testNamespace } from '../../test/support/kube-client.ts';
import { configMapOf, deployment, push, simulate } from '../../test/support/sync-cluster.ts';
import type { KubeObject } from '../object.ts';
import type { SyncOptions } from './run-types.ts';

const client = clientOfFile();

/** A ConfigMap with what keeps or orders its deletion. */
const wishes = {
  none: {},
  kept: { 'plumbline.dev/prune': 'disabled' },
  confirm: { 'argocd.argoproj.io/sync-options': 'Prune=confirm' },
  last: { 'plumbline.dev/prune-last': 'true' },
  wave: { 'argocd.argoproj.io/sync-wave': '3' },
} as const;

const told = (each: { readonly id: string; readonly reason: string; readonly message: string }) =>
  `${each.id} ${each.reason}: ${each.message}`;

const setOf = fc.record({
  members: fc.array(
    fc.record({
      wish: fc.constantFrom(...(Object.keys(wishes) as (keyof typeof wishes)[])),
      stays: fc.boolean(),
      inside: fc.boolean(),
    }),
    { minLength: 1, maxLength: 9 },
  ),
  namespaceStays: fc.boolean(),
  foreign: fc.boolean(),
  approves: fc.boolean(),
  options: fc.record({
    prune: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    pruneLast: fc.boolean(),
    allowEmpty: fc.boolean(),
    pruneLimit: fc.oneof(
      fc.constant({ percent: 100 }),
      fc.record({ objects: fc.nat(5) }),
      fc.record({ percent: fc.nat(80) }),
    ),
  }),
});

test('what is simulated is what a prune then does, for whatever set, guards and approvals', async () => {
  await fc.assert(
    fc.asyncProperty(setOf, async ({ members, namespaceStays, foreign, approves, options }) => {
      const home = await testNamespace(client, 'simulate');
      const other = namespaceName('simulate-in');
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } };
      const objects = members.map(({ wish, inside }, index) => ({
        ...configMapOf(`m${index}`, 'x'),
        metadata: { name: `m${index}`, annotations: wishes[wish], ...(inside ? { namespace: other } : {}) },
      }));
      await push(client, home, [namespace, ...objects]);
      const theirs = configMapOf('theirs', 'x') as KubeObject;
      if (foreign) await client.create({ ...theirs, metadata: { name: 'theirs', namespace: other } });
      const desired = [...(namespaceStays ? [namespace] : []), ...objects.filter((_object, at) => members[at]?.stays)];

      const asked = await simulate(client, home, desired, { options });
      const approval = approves ? asked.approval : undefined;
      const given: SyncOptions = approval === undefined ? options : { ...options, approval };
      const simulated = approval === undefined ? asked : await simulate(client, home, desired, { options: given });
      const report = await push(client, home, desired, { options: given });

      expect(report.problems).toEqual([]);
      const going = simulated.deletions.filter(({ outcome }) => outcome === 'delete');
      const pruned = report.results.filter(({ action }) => action === 'pruned').map(({ id }) => id);
      expect(pruned.toSorted()).toEqual(going.map(({ id }) => id).toSorted());
      const stepOf = new Map(going.map(({ id, step }) => [id, step ?? 0]));
      const steps = pruned.map((id) => stepOf.get(id) ?? 0);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      const kept = simulated.deletions.filter(({ outcome }) => outcome === 'blocked');
      expect(report.blocked.map(told).toSorted()).toEqual(kept.map(told).toSorted());
      expect(simulated.approval).toBe(report.approval);
    }),
    { numRuns: 8 },
  );
});

test('a simulation names what goes along: owned objects, what is in a namespace, what is of a definition', async () => {
  const home = await testNamespace(client, 'simulate');
  const other = namespaceName('simulate-along');
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } };
  const web = deployment('web', { replicas: 0 });
  await push(client, home, [configMapOf('a', 'x'), namespace, web]);
  onTestFinished(() =>
    client.delete({ group: '', kind: 'Namespace', namespace: '', name: other }).then(() => undefined),
  );
  const owner = await client.get({ group: 'apps', kind: 'Deployment', namespace: home, name: 'web' });
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner?.metadata.uid ?? '' }];
  const child = await client.create({
    ...(configMapOf('child', 'x') as KubeObject),
    metadata: { name: 'child', namespace: home, ownerReferences },
  });
  const grandchild = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'child', uid: child.metadata.uid ?? '' }];
  await client.create({
    ...(configMapOf('grandchild', 'x') as KubeObject),
    metadata: { name: 'grandchild', namespace: home, ownerReferences: grandchild },
  });
  const found = await simulate(client, home, [configMapOf('a', 'x')]);
  expect(found.problems).toEqual([]);
  const goes = found.deletions.map(({ id, outcome, step }) => [id, outcome, step]);
  expect(goes).toEqual([
    [`apps/Deployment ${home}/web`, 'delete', 1],
    [`Namespace ${other}`, 'delete', 2],
  ]);
  const takes = found.deletions.map((each) => each.takes.map(({ id, resource }) => `${resource} ${id}`));
  expect(takes[0]).toEqual(
    expect.arrayContaining([`configmaps ConfigMap ${home}/child`, `configmaps ConfigMap ${home}/grandchild`]),
  );
  // What Kubernetes itself puts into every namespace.
  for (const taken of takes[1] ?? []) expect(taken).toMatch(/kube-root-ca\.crt$|default$/);
  for (const name of ['child', 'grandchild'])
    expect(await client.get({ group: '', kind: 'ConfigMap', namespace: home, name })).toBeDefined();
});
