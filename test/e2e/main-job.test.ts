import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conditionOf, isWell, type SeenApplication, untilApplication } from '../support/applications.ts';
import { builtPlumb, type StartedPlumb, startBuilt, userEnvironment } from '../support/built.ts';
import { clusterAccess } from '../support/cluster.ts';
import { connect, type KubeCall, type SeenObject } from '../support/kube-call.ts';
import { kubectl } from '../support/kubectl.ts';
import { cloneWorkTree, type WorkTree } from '../support/work-tree.ts';

/**
 * The main job, as a user does it: with the built program, git and kubectl. The tests are one story and run in
 * order, each where the one before has left things.
 */
const folder = mkdtempSync(join(tmpdir(), 'plumb-main-job-'));
const corpus = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');
const overlay = 'overlays/prod/kustomization.yaml';
const deployments = '/apis/apps/v1/namespaces/prod/deployments';
const services = '/api/v1/namespaces/prod/services';

const budgets = (namespace: string) => `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;

/** Whether the Application says that it is not ready, for this reason. */
const isTold = (reason: RegExp) => (state: SeenApplication) => {
  const ready = conditionOf(state, 'Ready');
  return ready?.status === 'False' && reason.test(ready.message);
};

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

test('the chart of our own runs in both environments, each with its values', async ({ signal }) => {
  for (const name of ['greeter-staging', 'greeter-prod']) {
    await untilApplication(kube, 'default', name, (state) => isWell(state), signal);
  }
  const replicas = async (namespace: string) =>
    (await kube.call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/greeter`)).spec?.['replicas'];
  expect([await replicas('staging'), await replicas('prod')]).toEqual([1, 2]);
  expect((await kube.call('GET', budgets('staging'))).items).toEqual([]);
  expect((await kube.call('GET', budgets('prod'))).items).toHaveLength(1);
});

test('replicas that are changed in the overlay and pushed arrive by themselves', async ({ signal }) => {
  // From here on nothing arrives by polling: the Git server's word has to be enough.
  await kubectl(['patch', 'repository', 'k8s-apps', '--type=merge', '-p', '{"spec":{"interval":"24h"}}'], env);
  work.replace(overlay, 'count: 3', 'count: 5');
  const commit = work.push('Scale nginx to 5');
  const application = await nginx((state) => isWell(state, commit), signal);
  expect(application.status?.history?.[0]).toMatchObject({ revision: commit, by: 'automated', outcome: 'Succeeded' });
  expect((await deployment()).spec).toMatchObject({ replicas: 5 });
});

test('a Deployment that is edited in the cluster is put back', async ({ signal }) => {
  const { metadata } = await deployment();
  const editor = { KUBE_EDITOR: `sed -i 's/^  replicas: 5$/  replicas: 1/'` };
  const said = await kubectl(['edit', 'deployment', 'nginx', '-n', 'prod'], { ...env, ...editor });
  expect(said).toBe('deployment.apps/nginx edited\n');
  const reverted = await kube.until(
    deployments,
    (object) =>
      object.metadata.name === 'nginx' &&
      object.spec?.['replicas'] === 5 &&
      (object.metadata as unknown as { generation: number }).generation === metadata.generation + 2,
    signal,
  );
  expect(reverted.metadata.uid).toBe(metadata.uid);
  await nginx((state) => state.status?.history?.[0]?.by === 'drift' && isWell(state), signal);
});

test('a Service that is deleted comes back', async ({ signal }) => {
  const before = await kube.call('GET', `${services}/nginx`);
  await kubectl(['delete', 'service', 'nginx', '-n', 'prod'], env);
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

test('a sync that is asked for brings what was pushed, whether or not anybody has told of the push', async () => {
  // Past the Git server, so that it tells nothing.
  const bare = join(folder, 'state', 'plumbline', 'start', 'git', 'k8s-apps.git');
  const push = (message: string) => {
    work.git('commit', '--quiet', '--all', '--message', message);
    work.git('push', '--quiet', bare, 'HEAD:main');
  };
  work.replace(overlay, 'count: 3', 'count: 4');
  push('Scale nginx to 4');
  expect(await plumb('sync', 'nginx-prod', '--healthy')).toContain(work.git('rev-parse', 'HEAD').slice(0, 12));
  expect((await deployment()).spec).toMatchObject({ replicas: 4 });
  work.replace(overlay, 'count: 4', 'count: 3');
  push('Scale nginx back to 3');
  await plumb('sync', 'nginx-prod', '--healthy');
  work.git('fetch', '--quiet');
  expect((await deployment()).spec).toMatchObject({ replicas: 3 });
});

test('a rollback holds an earlier commit until it is released', async ({ signal }) => {
  const scaled = work.git('rev-parse', 'HEAD~3');
  await plumb('rollback', 'nginx-prod', scaled.slice(0, 10));
  await kube.until(
    deployments,
    (object) => object.metadata.name === 'nginx' && object.spec?.['replicas'] === 5,
    signal,
  );
  const unknown = await builtPlumb(['rollback', 'nginx-prod', '1'.repeat(40)], env);
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toContain(`holds no commit ${'1'.repeat(40)}`);
  expect((await deployment()).spec).toMatchObject({ replicas: 5 });
  await plumb('rollback', 'nginx-prod', '--release');
  await nginx((state) => isWell(state, work.git('rev-parse', 'HEAD')), signal);
  expect((await deployment()).spec).toMatchObject({ replicas: 3 });
});

test('a suspended Application is left alone, also by hand, and goes on afterwards', async ({ signal }) => {
  await plumb('suspend', 'nginx-prod');
  await kubectl(['scale', 'deployment', 'nginx', '-n', 'prod', '--replicas=1'], env);
  await nginx((state) => conditionOf(state, 'Synced')?.status === 'False', signal);
  const refused = await builtPlumb(['sync', 'nginx-prod'], env);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('cli.suspended');
  expect((await builtPlumb(['rollback', 'nginx-prod'], env)).stderr).toContain('cli.suspended');
  expect((await deployment()).spec).toMatchObject({ replicas: 1 });
  const differing = await builtPlumb(['diff', 'nginx-prod', '--no-color'], env);
  expect(differing.exitCode).toBe(1);
  expect(differing.stdout).toMatch(/@@ spec\.replicas @@.*\n-1\n\+3\n/);
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
  const remains = async () =>
    expect((await deployment()).metadata).toMatchObject({
      uid: before.metadata.uid,
      generation: before.metadata.generation,
    });
  work.remove('overlays');
  work.push('Delete everything');
  await nginx(isTold(/overlays\/prod/), signal);
  await remains();
  expect(await plumb('describe', 'nginx-prod', '--no-color')).toContain('there is no overlays/prod in the repository');
  // The folder is back, and holds nothing that is an object.
  work.write('overlays/prod/README.md', 'To be filled.\n');
  work.push('Leave an empty folder');
  await nginx(isTold(/no objects|empty|nothing/i), signal);
  await remains();
  work.git('revert', '--no-edit', 'HEAD', 'HEAD~1');
  work.git('push', '--quiet');
  await nginx((state) => isWell(state, work.git('rev-parse', 'HEAD')), signal);
});

test('podinfo works as it is published, as a kustomization and as a chart', async ({ signal }) => {
  cpSync(join(corpus, 'podinfo'), join(work.folder, 'podinfo'), { recursive: true });
  const commit = work.push('Add podinfo');
  const sources = { 'podinfo-kustomize': 'podinfo/kustomize', 'podinfo-chart': 'podinfo/charts/podinfo' };
  const file = join(folder, 'podinfo.yaml');
  writeFileSync(
    file,
    Object.entries(sources)
      .map(
        ([name, path]) => `apiVersion: plumbline.dev/v1alpha1
kind: Application
metadata: { name: ${name} }
spec:
  source: { repositoryRef: { name: k8s-apps }, path: ${path} }
  destination: { namespace: ${name} }
  sync: { createNamespace: true }
`,
      )
      .join('---\n'),
  );
  await kubectl(['apply', '-f', file], env);
  for (const name of Object.keys(sources)) {
    await untilApplication(kube, 'default', name, (state) => isWell(state, commit), signal);
  }
  expect(await kubectl(['get', 'deployments', '-n', 'podinfo-chart', '-o', 'name'], env)).toBe(
    'deployment.apps/podinfo-chart\n',
  );
  expect(await kubectl(['get', 'hpa,svc,deploy', '-n', 'podinfo-kustomize', '-o', 'name'], env)).toBe(
    'horizontalpodautoscaler.autoscaling/podinfo\nservice/podinfo\ndeployment.apps/podinfo\n',
  );
  expect(await plumb('get', 'podinfo-chart', 'podinfo-kustomize', '--no-color')).toMatch(
    /podinfo-chart\s+Synced\s+Healthy(.|\n)*podinfo-kustomize\s+Synced\s+Healthy/,
  );
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
