import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { clusterAccess, kubeconfigPath, namespaceName } from '../../../test/support/cluster.ts';
import { connect } from '../../../test/support/kube-call.ts';

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
