import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type CliWorld, plumbInProcess } from '../../../test/support/cli.ts';
import { clusterAccess, kubeconfigPath, namespaceName } from '../../../test/support/cluster.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { connect, type SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { clusterClient, configMapOf, createNamespace, push } from '../../../test/support/sync-cluster.ts';

const examples = join(import.meta.dirname, '..', '..', '..', 'examples', 'k8s-apps');
const folder = mkdtempSync(join(tmpdir(), 'plumb-push-'));
const kube = connect(clusterAccess());
beforeAll(() => cpSync(examples, folder, { recursive: true }));
afterAll(() => {
  kube.close();
  rmSync(folder, { recursive: true, force: true });
});

const greeter = join(folder, 'charts', 'greeter');

function plumb(...args: string[]) {
  return plumbInProcess([...args, '--kubeconfig', kubeconfigPath(), '-q', '--root', folder], { cwd: folder });
}

test('a chart is synced from a folder, compared, changed and pruned, with no controller', async () => {
  const namespace = namespaceName('cli-push');
  const flags = ['--path', greeter, '-n', namespace];
  const refused = await plumb('sync', ...flags);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('(kube.namespace-not-found)');

  const tried = await plumb('sync', ...flags, '--create-namespace', '--dry-run');
  expect({ exitCode: tried.exitCode, stderr: tried.stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(tried.stdout).toContain('deployment.apps/greeter created (dry run)');
  await expect(kube.call('GET', `/api/v1/namespaces/${namespace}`)).rejects.toThrow('404');

  const first = await plumb(
    'sync',
    ...flags,
    '--create-namespace',
    '--healthy',
    '--set',
    'disruptionBudget.enabled=true',
  );
  expect({ exitCode: first.exitCode, stderr: first.stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(first.stdout.split('\n').toSorted()).toEqual([
    '',
    'configmap/greeter created',
    'deployment.apps/greeter created',
    'poddisruptionbudget.policy/greeter created',
    'service/greeter created',
  ]);
  const deployment = await kube.call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/greeter`);
  expect(deployment.status?.readyReplicas).toBe(1);

  const same = await plumb('diff', ...flags, '--set', 'disruptionBudget.enabled=true');
  expect(same).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const other = await plumb('diff', ...flags, '--set', 'replicas=2');
  expect(other.exitCode).toBe(1);
  expect(other.stdout.replace(/(?<=plumbline \(Apply, )[^)]+/, 'TIME')).toContain(
    `apps/Deployment ${namespace}/greeter would be changed\n@@ spec.replicas @@ set by plumbline (Apply, TIME)\n-1\n+2\n`,
  );
  expect(other.stdout).toContain(`policy/PodDisruptionBudget ${namespace}/greeter would be deleted`);
  const both = await plumb('sync', ...flags, '--set', 'replicas=2', '--dry-run', '--prune');
  expect({ exitCode: both.exitCode, stderr: both.stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(both.stdout).toContain('deployment.apps/greeter configured (dry run)\n');
  expect(both.stdout).toMatch(/^1 +policy\/PodDisruptionBudget \S+\/greeter +delete /m);
  expect(both.stdout).not.toContain('pruned');

  const second = await plumb('sync', ...flags, '--set', 'replicas=2', '-o', 'json');
  expect(second.exitCode).toBe(0);
  const { results } = JSON.parse(second.stdout) as { results: { kind: string; action: string }[] };
  expect(Object.fromEntries(results.map(({ kind, action }) => [kind, action]))).toEqual({
    ConfigMap: 'unchanged',
    Service: 'unchanged',
    Deployment: 'configured',
    PodDisruptionBudget: 'pruned',
  });
});

test('a prune above the limit waits for its token', async () => {
  const namespace = namespaceName('cli-limit');
  const overlay = join(folder, 'limit');
  cpSync(join(folder, 'base'), overlay, { recursive: true });
  const flags = ['--path', overlay, '-n', namespace, '--prune-limit', '10'];
  expect((await plumb('sync', ...flags, '--create-namespace')).exitCode).toBe(0);
  const kustomization = join(overlay, 'kustomization.yaml');
  writeFileSync(kustomization, readFileSync(kustomization, 'utf8').replace('  - service.yaml\n', ''));
  const held = await plumb('sync', ...flags);
  expect(held.exitCode).toBe(1);
  const token = /--approve (\S+?)\.?\n/.exec(held.stderr)?.[1] ?? '';
  expect(token).not.toBe('');
  await kube.call('GET', `/api/v1/namespaces/${namespace}/services/nginx`);
  expect((await plumb('sync', ...flags, '--approve', token)).stdout).toContain('service/nginx pruned');
});

test('values of Secrets stay hidden, and random ones stay what they are', async () => {
  const namespace = namespaceName('cli-secret');
  const chart = join(folder, 'charts', 'secret');
  cpSync(greeter, chart, { recursive: true });
  writeFileSync(
    join(chart, 'templates', 'secret.yaml'),
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: generated\nstringData:\n  password: {{ randAlphaNum 24 }}\n  given: {{ .Values.given | default "correct-horse" }}\n',
  );
  const flags = ['--path', chart, '-n', namespace];
  expect((await plumb('sync', ...flags, '--create-namespace')).exitCode).toBe(0);
  const before = await kube.call('GET', `/api/v1/namespaces/${namespace}/secrets/generated`);
  expect(Buffer.from(before.data?.['password'] ?? '', 'base64')).toHaveLength(24);
  expect(await plumb('diff', ...flags)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect((await plumb('sync', ...flags)).stdout).toContain('secret/generated unchanged');
  const changed = await plumb('diff', ...flags, '--set', 'given=battery-staple');
  expect(changed.exitCode).toBe(1);
  expect(changed.stdout).toContain('data.given');
  const given = Buffer.from('correct-horse').toString('base64');
  for (const value of ['correct-horse', 'battery-staple', given, before.data?.['password'] ?? '-']) {
    expect(changed.stdout + changed.stderr).not.toContain(value);
  }
});

test('what cannot be compared ends with 2, as diff(1) has it', async () => {
  const nowhere = await plumb('diff', '--path', join(folder, 'nowhere'), '-n', 'default');
  expect(nowhere.exitCode).toBe(2);
  expect(nowhere.stderr).toContain('cli.folder-unreadable');
  expect((await plumb('diff')).exitCode).toBe(2);
  const namespace = namespaceName('cli-claimed');
  const flags = ['-n', namespace, '--path', join(folder, 'base')];
  expect((await plumb('sync', ...flags, '--create-namespace')).exitCode).toBe(0);
  const claimed = await plumb('diff', ...flags, '--name', 'other');
  expect(claimed.exitCode).toBe(2);
  expect(claimed.stderr).toContain('(sync.claimed)');
});

/** A command of the page on options, for a namespace of this test. */
function ofPage(name: string, namespace: string, world: CliWorld = {}): ReturnType<typeof plumbInProcess> {
  const text = commandBlocks('docs/sync-options.md').find((block) => block.name === name)?.text ?? '';
  const args = text.trim().replace('shop', namespace).split(' ').slice(1);
  return plumbInProcess([...args, '--kubeconfig', kubeconfigPath(), '-q'], { cwd: folder, ...world });
}

/** As an operator brings its kind; it goes with the test. */
async function installWidgets(group: string): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const schema = { openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } } };
  await kube.call('POST', path, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}

const slow = (name: string, annotations: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, annotations },
  data: { slow: 'yes' },
});

const versionOf = ({ metadata }: SeenObject): bigint => BigInt(metadata.resourceVersion ?? 0);

test('a set is written, waited for, judged and pruned as the flags say', async () => {
  const client = await clusterClient();
  onTestFinished(() => client.close());
  const namespace = await createNamespace(client, namespaceName('cli-options'));
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const set = join(folder, 'set');
  mkdirSync(set);
  const write = (...objects: readonly object[]): void =>
    writeFileSync(join(set, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const own = { name: 'plumbline-set', options: { prune: false } };
  await push(client, namespace, [configMapOf('shared', 'theirs')]);
  await push(client, namespace, [{ ...configMapOf('fixed', 'a'), immutable: true }, configMapOf('loose', 'a')], own);
  await kube.call('PATCH', `${path}/loose`, { data: { extra: 'yes' } });

  const [fixed, loose] = [{ ...configMapOf('fixed', 'b'), immutable: true }, configMapOf('loose', 'b')];
  write(fixed, loose, configMapOf('shared', 'ours'));
  const shown = await ofPage('push-diff', namespace);
  expect([shown.exitCode, shown.stderr]).toEqual([
    1,
    expect.stringContaining('/shared: it belongs to another ApplySet'),
  ]);
  expect(shown.stdout).toContain(`ConfigMap ${namespace}/fixed would be deleted and made anew`);
  expect(shown.stdout).toContain(`ConfigMap ${namespace}/loose would be changed`);
  const written = await ofPage('push-write', namespace);
  expect([written.exitCode, written.stdout.split('\n').toSorted()]).toEqual([
    0,
    ['', 'configmap/fixed recreated', 'configmap/loose configured', 'configmap/shared left to its owner'],
  ]);
  expect((await kube.call('GET', `${path}/loose`)).data).toEqual({ value: 'b' });
  expect((await kube.call('GET', `${path}/shared`)).data).toEqual({ value: 'theirs' });

  // A hook, two waves and a kind that comes: each only after what the rules have it wait for.
  const group = `${namespace}.example.dev`;
  const widget = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one' } };
  const late = slow('late', { 'plumbline.dev/sync-wave': '1' });
  write(fixed, loose, slow('hook', { 'plumbline.dev/hook': 'PreSync' }), slow('early'), widget, late);
  writeFileSync(
    join(folder, 'health.yaml'),
    '- {kind: ConfigMap, progressing: "has(object.data.slow) && !has(object.data.done)", otherwise: Healthy}\n',
  );
  let ended = false;
  const syncing = ofPage('push-rules', namespace).finally(() => {
    ended = true;
  });
  const finish = async (name: string): Promise<bigint> => {
    await kube.until(path, ({ metadata }) => metadata.name === name, limit());
    return versionOf(await kube.call('PATCH', `${path}/${name}`, { data: { done: 'yes' } }));
  };
  const hooked = await finish('hook');
  const early = await kube.until(path, ({ metadata }) => metadata.name === 'early', limit());
  expect(versionOf(early)).toBeGreaterThan(hooked);
  const [first] = await Promise.all([finish('early'), installWidgets(group)]);
  onTestFinished(async () => {
    await kube.call('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`);
  });
  const last = await kube.until(path, ({ metadata }) => metadata.name === 'late', limit());
  expect(versionOf(last)).toBeGreaterThan(first);
  await kube.call('GET', `/apis/${group}/v1/namespaces/${namespace}/widgets/one`);
  expect(ended).toBe(false);
  await finish('late');
  const judged = await syncing;
  expect([judged.exitCode, judged.stderr]).toEqual([0, '']);

  // While the clock stands still, half of what a minute may see goes, and not one more.
  const many = Array.from({ length: 61 }, (_, index) => configMapOf(`one-${index}`, 'a'));
  await push(client, namespace, many, own);
  write(fixed, loose);
  let now = Date.now();
  ended = false;
  const pruning = ofPage('push-prune', namespace, { now: () => new Date(now) }).finally(() => {
    ended = true;
  });
  const left = async (): Promise<number> => {
    const kinds = [path, `/apis/${group}/v1/namespaces/${namespace}/widgets`];
    const lists = await Promise.all(kinds.map((kind) => kube.call('GET', kind)));
    return lists.flatMap(({ items = [] }) => items).filter(({ metadata }) => /^(one|early|late)/.test(metadata.name))
      .length;
  };
  await expect.poll(left).toBe(4);
  expect(await left()).toBe(4);
  expect(ended).toBe(false);
  now += 60_000;
  const pruned = await pruning;
  expect([pruned.exitCode, pruned.stderr, await left()]).toEqual([0, '', 0]);
  expect(pruned.stdout.match(/ pruned$/gm)).toHaveLength(64);
});
