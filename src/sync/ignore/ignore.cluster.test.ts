import { expect, test } from 'vitest';
import { clientOfFile, testNamespace } from '../../../test/support/kube-client.ts';
import { actionsOf, deployment, push } from '../../../test/support/sync-cluster.ts';
import type { KubeObject } from '../../object.ts';
import { diffPush } from '../push.ts';
import { compileIgnore, type IgnoreRule, type IgnoreRules } from './rules.ts';
import { limit } from '../../../test/support/limit.ts';

const client = clientOfFile();

function rules(...written: readonly IgnoreRule[]): { readonly ignore: IgnoreRules } {
  return { ignore: compileIgnore(written, 'ignore').rules };
}

const ref = (namespace: string, kind: string, name: string, group: string) => ({ group, kind, namespace, name });

async function read(namespace: string, kind: string, name: string, group = ''): Promise<KubeObject> {
  const found = await client.get(ref(namespace, kind, name, group), { signal: limit() });
  if (found === undefined) throw new Error(`${kind} ${name} is not there`);
  return found;
}

async function specOf(namespace: string): Promise<Record<string, unknown>> {
  return (await read(namespace, 'Deployment', 'web', 'apps'))['spec'] as Record<string, unknown>;
}

function imageIn(spec: Record<string, unknown>): string {
  const { template } = spec as { template: { spec: { containers: { image: string }[] } } };
  return template.spec.containers[0]?.image ?? '';
}

function withImage(image: string, spec: object = {}): object {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } };
  return deployment('web', { template, ...spec });
}

/** Changes the object as another manager. */
function patch(
  namespace: string,
  kind: string,
  group: string,
  change: object,
  fieldManager: string,
  subresource?: 'scale',
) {
  const options = { type: 'merge', fieldManager, signal: limit() } as const;
  return client.patch(
    ref(namespace, kind, 'web', group),
    change,
    subresource === undefined ? options : { ...options, subresource },
  );
}

function applies(): number {
  return client.counters.requests['apply'] ?? 0;
}

test('replicas that somebody else scales are neither a difference nor put back, while the rest is synced', async () => {
  const namespace = await testNamespace(client, 'ignore');
  const ignore = rules({ kind: 'Deployment', fields: ['/spec/replicas'] });
  expect(actionsOf(await push(client, namespace, [withImage('nginx:1', { replicas: 0 })], ignore))).toEqual([
    'Deployment web created',
  ]);
  expect((await specOf(namespace))['replicas']).toBe(0);

  await patch(namespace, 'Deployment', 'apps', { spec: { replicas: 3 } }, 'kube-controller-manager', 'scale');
  const before = applies();
  expect(actionsOf(await push(client, namespace, [withImage('nginx:1', { replicas: 0 })], ignore))).toEqual([
    'Deployment web unchanged',
  ]);
  expect(applies()).toBe(before);

  expect(actionsOf(await push(client, namespace, [withImage('nginx:2', { replicas: 1 })], ignore))).toEqual([
    'Deployment web configured',
  ]);
  const scaled = await specOf(namespace);
  expect([scaled['replicas'], imageIn(scaled)]).toEqual([3, 'nginx:2']);
  const { metadata } = await read(namespace, 'Deployment', 'web', 'apps');
  const owners = (metadata.managedFields ?? []).filter(
    ({ fieldsV1 }) => (fieldsV1?.['f:spec'] as Record<string, unknown> | undefined)?.['f:replicas'] !== undefined,
  );
  expect(owners.map(({ manager }) => manager)).toEqual(['kube-controller-manager']);
});

test('replicas that are ours still stay when Git gives them up', async () => {
  const namespace = await testNamespace(client, 'ignore');
  const ignore = rules({ kind: '*', fields: ['/spec/replicas'] });
  await push(client, namespace, [withImage('nginx:1', { replicas: 4 })], ignore);
  const { replicas: _replicas, ...others } = (withImage('nginx:2') as { spec: Record<string, unknown> }).spec;
  const without = { ...withImage('nginx:2'), spec: others };
  expect(actionsOf(await push(client, namespace, [without], ignore))).toEqual(['Deployment web configured']);
  const spec = await specOf(namespace);
  expect([spec['replicas'], imageIn(spec)]).toEqual([4, 'nginx:2']);
  expect(actionsOf(await push(client, namespace, [without], ignore))).toEqual(['Deployment web unchanged']);
  // Without the rule, the server takes away what Git no longer has: that is what the rule is for.
  await push(client, namespace, [without]);
  expect((await specOf(namespace))['replicas']).toBe(1);
});

test('what a manager has taken is left to it', async () => {
  const namespace = await testNamespace(client, 'ignore');
  const ignore = rules({ kind: '*', managers: ['updater'] });
  await push(client, namespace, [withImage('nginx:1')], ignore);
  const template = { spec: { containers: [{ name: 'web', image: 'nginx:9' }] } };
  await patch(namespace, 'Deployment', 'apps', { spec: { template } }, 'updater');
  const input = [withImage('nginx:1')];
  expect(actionsOf(await push(client, namespace, input, ignore))).toEqual(['Deployment web unchanged']);
  const found = await diffPush({
    client,
    rendered: input.map((object) => ({ object: object as KubeObject })),
    namespace,
    name: 'set',
    version: '0.0.0',
    options: {},
    signal: limit(),
    ...ignore,
  });
  expect(found.diffs).toEqual([]);
  await push(client, namespace, [withImage('nginx:2', { paused: true })], ignore);
  const spec = await specOf(namespace);
  expect([imageIn(spec), spec['paused']]).toEqual(['nginx:9', true]);
});

function role(resource: string, labels: object = {}): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'web', labels },
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      { apiGroups: [''], resources: [resource], verbs: ['get'] },
    ],
  };
}

test('a part of a list that is owned as one whole is left to others by an expression', async () => {
  const namespace = await testNamespace(client, 'ignore');
  const ignore = rules({
    group: 'rbac.authorization.k8s.io',
    kind: 'Role',
    expressions: ['.rules[] | select(.resources | contains("pods")) | .verbs'],
  });
  const group = 'rbac.authorization.k8s.io';
  const verbsOf = async () =>
    ((await read(namespace, 'Role', 'web', group))['rules'] as { verbs: string[]; resources: string[] }[]).map(
      ({ resources, verbs }) => `${resources.join()}: ${verbs.join()}`,
    );
  await push(client, namespace, [role('services')], ignore);
  const widened = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };
  const others = { apiGroups: [''], resources: ['services'], verbs: ['get'] };
  await patch(namespace, 'Role', group, { rules: [widened, others] }, 'aggregator');
  await push(client, namespace, [role('services')], ignore);
  expect(await verbsOf()).toEqual(['pods: get,list', 'services: get']);
  expect(actionsOf(await push(client, namespace, [role('services')], ignore))).toEqual(['Role web unchanged']);
  await push(client, namespace, [role('secrets', { more: 'yes' })], ignore);
  expect(await verbsOf()).toEqual(['pods: get,list', 'secrets: get']);
});
