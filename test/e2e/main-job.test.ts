import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  applicationsPath,
  conditionOf,
  isWell,
  type SeenApplication,
  untilApplication,
} from '../support/applications.ts';
import { builtPlumb, type StartedPlumb, startBuilt, userEnvironment } from '../support/built.ts';
import { clusterAccess } from '../support/cluster.ts';
import { connect, type KubeCall, type SeenObject } from '../support/kube-call.ts';
import { cloneWorkTree, type WorkTree } from '../support/work-tree.ts';

/**
 * The main job, as a user does it: the built program, git, and an API client in place of kubectl. The tests are
 * one story and run in order, each where the one before has left things.
 */
const folder = mkdtempSync(join(tmpdir(), 'plumb-main-job-'));
const corpus = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');
const overlay = 'overlays/prod/kustomization.yaml';
const deployments = '/apis/apps/v1/namespaces/prod/deployments';
const services = '/api/v1/namespaces/prod/services';

let started: StartedPlumb;
let kube: KubeCall;
let work: WorkTree;
let env: Record<string, string>;

beforeAll(async () => {
  env = userEnvironment({ XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache') });
  started = await startBuilt([], env);
  env = { ...env, KUBECONFIG: started.facts.kubeconfig };
  kube = connect(clusterAccess(started.facts.kubeconfig));
  work = cloneWorkTree(started.facts.cloneUrl, join(folder, 'work'));
});

afterAll(async () => {
  kube.close();
  started.child.kill('SIGKILL');
  await started.ended;
  rmSync(folder, { recursive: true, force: true });
});

const nginx = (isWanted: (application: SeenApplication) => boolean, signal: AbortSignal) =>
  untilApplication(kube, 'default', 'nginx-prod', isWanted, signal);

async function deployment(): Promise<SeenObject & { readonly metadata: { readonly generation: number } }> {
  const found = await kube.call('GET', `${deployments}/nginx`);
  return found as SeenObject & { readonly metadata: { readonly generation: number } };
}

async function plumb(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await builtPlumb(args, env);
  expect({ args, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, exitCode: 0, stderr: '' });
  return stdout;
}

test('after the start the production overlay is Synced and Healthy', async ({ signal }) => {
  const application = await nginx((state) => isWell(state), signal);
  expect(application.status?.revision).toBe(work.git('rev-parse', 'HEAD'));
  expect((await deployment()).spec).toMatchObject({
    replicas: 3,
    template: { spec: { containers: [{ name: 'nginx', image: 'nginx:1.29.3' }] } },
  });
  expect(await plumb('get', 'nginx-prod', '--no-color')).toMatch(/nginx-prod\s+Synced\s+Healthy/);
});

test('replicas that are changed in the overlay and pushed arrive by themselves', async ({ signal }) => {
  work.replace(overlay, 'count: 3', 'count: 5');
  const commit = work.push('Scale nginx to 5');
  const application = await nginx((state) => isWell(state, commit), signal);
  expect(application.status?.history?.[0]).toMatchObject({ revision: commit, by: 'automated', outcome: 'Succeeded' });
  expect((await deployment()).spec).toMatchObject({ replicas: 5 });
});

test('a Deployment that is edited in the cluster is put back', async ({ signal }) => {
  const edited = await kube.call('PATCH', `${deployments}/nginx?fieldManager=kubectl-edit`, { spec: { replicas: 1 } });
  const { generation } = edited.metadata as unknown as { generation: number };
  const reverted = await kube.until(
    deployments,
    (object) =>
      object.metadata.name === 'nginx' &&
      object.spec?.['replicas'] === 5 &&
      (object.metadata as unknown as { generation: number }).generation > generation,
    signal,
  );
  expect(reverted.metadata.uid).toBe(edited.metadata.uid);
  await nginx((state) => state.status?.history?.[0]?.by === 'drift' && isWell(state), signal);
});

test('a Service that is deleted comes back', async ({ signal }) => {
  const before = await kube.call('GET', `${services}/nginx`);
  await kube.call('DELETE', `${services}/nginx`);
  const after = await kube.until(
    services,
    (object) => object.metadata.name === 'nginx' && object.metadata.uid !== before.metadata.uid,
    signal,
  );
  expect(after.spec).toMatchObject({ ports: [{ port: 80 }] });
  await nginx((state) => isWell(state), signal);
});

test('git revert brings the old state back', async ({ signal }) => {
  work.git('revert', '--no-edit', 'HEAD');
  work.git('push', '--quiet');
  const commit = work.git('rev-parse', 'HEAD');
  await nginx((state) => isWell(state, commit), signal);
  expect((await deployment()).spec).toMatchObject({ replicas: 3 });
});

test('the commands show what has happened', async () => {
  expect(await plumb('tree', 'nginx-prod', '-o', 'name')).toMatch(
    /^deployment\.apps\/nginx\nreplicaset\.apps\/nginx-\w+\npod\//,
  );
  const history = JSON.parse(await plumb('history', 'nginx-prod', '-o', 'json')) as { by: string }[];
  expect(history.map(({ by }) => by)).toEqual(['automated', 'drift', 'drift', 'automated', 'automated']);
  expect(await plumb('diff', 'nginx-prod')).toBe('');
  expect(await plumb('describe', 'nginx-prod', '--no-color')).toContain('Health:       Healthy');
  expect(await plumb('logs', 'nginx-prod', '--no-color')).toContain('DriftReverted');
});

test('a rollback holds an earlier commit until it is released', async ({ signal }) => {
  const scaled = work.git('rev-parse', 'HEAD~1');
  await plumb('rollback', 'nginx-prod', scaled.slice(0, 10));
  await kube.until(
    deployments,
    (object) => object.metadata.name === 'nginx' && object.spec?.['replicas'] === 5,
    signal,
  );
  await plumb('rollback', 'nginx-prod', '--release');
  await nginx((state) => isWell(state, work.git('rev-parse', 'HEAD')), signal);
  expect((await deployment()).spec).toMatchObject({ replicas: 3 });
});

test('a suspended Application is left alone, also by hand, and goes on afterwards', async ({ signal }) => {
  await plumb('suspend', 'nginx-prod');
  await kube.call('PATCH', `${deployments}/nginx?fieldManager=kubectl-edit`, { spec: { replicas: 1 } });
  await nginx((state) => conditionOf(state, 'Synced')?.status === 'False', signal);
  const refused = await builtPlumb(['sync', 'nginx-prod'], env);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('cli.suspended');
  expect((await deployment()).spec).toMatchObject({ replicas: 1 });
  const differing = await builtPlumb(['diff', 'nginx-prod', '--no-color'], env);
  expect(differing.exitCode).toBe(1);
  expect(differing.stdout).toContain('@@ spec.replicas @@\n-1\n+3\n');
  await plumb('resume', 'nginx-prod');
  await kube.until(
    deployments,
    (object) => object.metadata.name === 'nginx' && object.spec?.['replicas'] === 3,
    signal,
  );
  await nginx((state) => isWell(state), signal);
});

test('an object whose file is removed is pruned', async ({ signal }) => {
  work.remove('base/service.yaml');
  work.replace('base/kustomization.yaml', '  - service.yaml\n', '');
  const commit = work.push('Do without the Service');
  await nginx((state) => isWell(state, commit), signal);
  await expect(kube.call('GET', `${services}/nginx`)).rejects.toThrow('404');
  expect((await deployment()).spec).toMatchObject({ replicas: 3 });
});

test('broken YAML is told with file, line and field, and the cluster stays as it was', async ({ signal }) => {
  const before = await deployment();
  // As the published example has it: image and ports stand beside the container.
  work.replace(
    'base/deployment.yaml',
    `          image: nginx:stable
          ports:
            - name: http
              containerPort: 80
`,
    `      image: nginx:stable
      ports:
        - name: http
          containerPort: 80
`,
  );
  const line =
    work
      .read('base/deployment.yaml')
      .split('\n')
      .findIndex((text) => text.trim() === 'image: nginx:stable') + 1;
  work.push('Indent it wrongly');
  const application = await nginx(
    (state) => conditionOf(state, 'Ready')?.message.includes('spec.template.spec.image') === true,
    signal,
  );
  expect(conditionOf(application, 'Ready')?.status).toBe('False');
  expect(conditionOf(application, 'Ready')?.message).toContain(`base/deployment.yaml:${line}`);
  expect(conditionOf(application, 'Ready')?.message).toContain('spec.template.spec.ports');
  expect(application.status?.revision).toBe(work.git('rev-parse', 'HEAD~1'));
  const after = await deployment();
  expect(after.metadata.generation).toBe(before.metadata.generation);
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect((await builtPlumb(['sync', 'nginx-prod'], env)).stderr).toContain(`base/deployment.yaml:${line}`);
  work.git('revert', '--no-edit', 'HEAD');
  work.git('push', '--quiet');
  await nginx((state) => isWell(state, work.git('rev-parse', 'HEAD')), signal);
});

test('when everything is deleted from the path nothing is pruned, and the reason is shown', async ({ signal }) => {
  const before = await deployment();
  work.remove('overlays');
  work.push('Delete everything');
  const application = await nginx(
    (state) => conditionOf(state, 'Ready')?.message.includes('overlays/prod') === true,
    signal,
  );
  expect(conditionOf(application, 'Ready')?.status).toBe('False');
  expect((await deployment()).metadata).toMatchObject({
    uid: before.metadata.uid,
    generation: before.metadata.generation,
  });
  expect(await plumb('describe', 'nginx-prod', '--no-color')).toContain('overlays/prod');
  work.git('revert', '--no-edit', 'HEAD');
  work.git('push', '--quiet');
  await nginx((state) => isWell(state, work.git('rev-parse', 'HEAD')), signal);
});

test('podinfo works as it is published, as a kustomization and as a chart', async ({ signal }) => {
  cpSync(join(corpus, 'podinfo'), join(work.folder, 'podinfo'), { recursive: true });
  work.git('add', '--all');
  const commit = work.push('Add podinfo');
  const source = { repositoryRef: { name: 'k8s-apps' } };
  const application = (name: string, own: object) => ({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: { source: { ...source, ...own }, destination: { namespace: name }, sync: { createNamespace: true } },
  });
  await kube.call('POST', applicationsPath('default'), application('podinfo-kustomize', { path: 'podinfo/kustomize' }));
  await kube.call(
    'POST',
    applicationsPath('default'),
    application('podinfo-chart', { path: 'podinfo/charts/podinfo' }),
  );
  for (const name of ['podinfo-kustomize', 'podinfo-chart']) {
    const state = await untilApplication(
      kube,
      'default',
      name,
      (seen) => conditionOf(seen, 'Synced')?.status === 'True',
      signal,
    );
    expect(state.status?.revision).toBe(commit);
  }
  const chart = await kube.call('GET', '/apis/apps/v1/namespaces/podinfo-chart/deployments');
  expect(chart.items?.map(({ metadata }) => metadata.name)).toEqual(['podinfo-chart']);
  expect(await plumb('get', 'podinfo-chart', 'podinfo-kustomize', '--no-color')).toMatch(/podinfo-chart\s+Synced/);
});

test('Ctrl-C ends it all, and what was pushed is there at the next start', async ({ signal }) => {
  const head = work.git('rev-parse', 'HEAD');
  started.child.kill('SIGINT');
  expect(await started.ended).toBe(130);
  await expect(kube.call('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
  const again = await startBuilt([], { ...env, KUBECONFIG: '' });
  try {
    const fresh = connect(clusterAccess(again.facts.kubeconfig));
    await untilApplication(fresh, 'default', 'nginx-prod', (state) => isWell(state, head), signal);
    fresh.close();
  } finally {
    again.child.kill('SIGTERM');
    expect(await again.ended).toBe(143);
  }
});
