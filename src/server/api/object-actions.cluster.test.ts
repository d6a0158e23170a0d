import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ActionCase, requiredFields } from '../../../test/support/action-case.ts';
import { actionCases } from '../../../test/support/action-cases.ts';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { isReadyAt } from '../../../test/support/controller.ts';
import { anyDefinition, installDefinition } from '../../../test/support/crds.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';
import { groupOf, type JsonObject } from '../../object.ts';

// The table of actions at the real API server: each is refused to who lacks its right, and does what it says for who has it.
// Of the kinds of others, those are here that together do all that such actions do, in definitions that take anything.
const folder = folderOfFile();
const bench = gitOpsOfFile('object-actions');
const api = apiOfFile(bench, () => bench.startPlain());

const clusterKinds: ReadonlySet<string> = new Set(['Node', 'ClusterQueue', 'ClusterExternalSecret', 'Bucket']);
const custom: readonly string[] = [
  'argoproj.io/v1alpha1 Rollout',
  'argoproj.io/v1alpha1 CronWorkflow',
  'external-secrets.io/v1 ClusterExternalSecret',
  'helm.toolkit.fluxcd.io/v2 HelmRelease',
  'keda.sh/v1alpha1 ScaledObject',
  'kueue.x-k8s.io/v1beta1 ClusterQueue',
  'mlops.seldon.io/v1alpha1 Model',
  'numaplane.numaproj.io/v1alpha1 PipelineRollout',
  'postgresql.cnpg.io/v1 Cluster',
  's3.aws.crossplane.io/v1beta1 Bucket',
  'velero.io/v1 Schedule',
];
/** What is made of some of them. */
const made = ['argoproj.io/v1alpha1 Workflow', 'velero.io/v1 Backup'];
const builtIn = (text: string): boolean => /^(v1|apps\/v1|batch\/v1) /.test(text);
const tried = actionCases.flatMap(({ kinds, cases }) =>
  kinds.filter((text) => builtIn(text) || custom.includes(text)).map((text) => ({ text, cases })),
);
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function definitionOf(text: string) {
  const [apiVersion = '', kind = ''] = text.split(' ');
  const definition = anyDefinition(kind, groupOf(apiVersion), apiVersion.split('/')[1]);
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  const versions = definition.spec.versions.map((version) => ({ ...version, subresources: { status: {}, scale } }));
  const scope = clusterKinds.has(kind) ? 'Cluster' : 'Namespaced';
  return { ...definition, spec: { ...definition.spec, scope, versions } };
}

function pathOf(apiVersion: string, kind: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}/${clusterKinds.has(kind) ? '' : `namespaces/${bench.namespace}/`}${kind.toLowerCase()}s`;
}

async function grant(user: string, verbs: readonly string[]): Promise<void> {
  const name = `${user}-${bench.namespace}`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const own = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } };
  const groups = [...new Set([...tried.map(({ text }) => groupOf(text.split(' ')[0] ?? '')), 'plumbline.dev'])];
  await bench.kube.call('POST', `${rbac}/clusterroles`, {
    ...own,
    kind: 'ClusterRole',
    rules: [{ apiGroups: groups, resources: ['*'], verbs }],
  });
  await bench.kube.call('POST', `${rbac}/clusterrolebindings`, {
    ...own,
    kind: 'ClusterRoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  });
  await writeFile(join(folder, user), name, { mode: 0o600 });
}

const plumb = (user: string, ...args: readonly string[]) =>
  plumbInProcess([...args, '-q', '--token-file', join(folder, user), '-n', bench.namespace], {
    env: { PLUMB_SERVER: api.url },
  });

beforeAll(async () => {
  await Promise.all([...custom, ...made].map((text) => installDefinition(bench.kube, definitionOf(text))));
  await grant('reader', ['get']);
  await grant('operator', ['get', 'patch', 'create', 'change']);
});

afterAll(async () => {
  const inCluster = [...clusterKinds].flatMap((kind) => tried.filter(({ text }) => text.endsWith(` ${kind}`)));
  for (const { text } of inCluster) {
    const [apiVersion = '', kind = ''] = text.split(' ');
    const { items = [] } = await bench.kube.call('GET', pathOf(apiVersion, kind));
    const own = items.filter(({ metadata }) => metadata.name.endsWith(bench.namespace));
    for (const { metadata } of own) await bench.kube.call('DELETE', `${pathOf(apiVersion, kind)}/${metadata.name}`);
  }
  for (const text of [...custom, ...made]) {
    await bench.kube.call('DELETE', `${definitions}/${definitionOf(text).metadata.name}`);
  }
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  for (const user of ['reader', 'operator']) {
    await bench.kube.call('DELETE', `${rbac}/clusterrolebindings/${user}-${bench.namespace}`);
    await bench.kube.call('DELETE', `${rbac}/clusterroles/${user}-${bench.namespace}`);
  }
});

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Two objects of JSON as one; lists are taken whole. */
function merged(one: unknown, other: unknown): unknown {
  if (!isMap(one) || !isMap(other)) return other;
  const fields = Object.entries(other).map(([name, value]) => [name, merged(one[name], value)] as const);
  return { ...one, ...Object.fromEntries(fields) };
}

/** Where an object is not as a merge patch would have made it; what is false may be left out. */
function differences(live: unknown, patch: unknown, path = ''): readonly string[] {
  if (patch !== null && typeof patch === 'object' && !Array.isArray(patch)) {
    const within = (live ?? {}) as Readonly<Record<string, unknown>>;
    return Object.entries(patch).flatMap(([name, value]) => differences(within[name], value, `${path}.${name}`));
  }
  const isSo =
    patch === '<now>'
      ? typeof live === 'string' && Math.abs(Date.parse(live) - Date.now()) < 3_600_000
      : patch === null || patch === false
        ? live === undefined || live === patch
        : JSON.stringify(live) === JSON.stringify(patch);
  return isSo ? [] : [`${path}: ${JSON.stringify(live)} and not ${JSON.stringify(patch)}`];
}

/** An object for which the action is offered. */
async function objectFor(apiVersion: string, kind: string, name: string, { on = {} }: ActionCase): Promise<void> {
  const path = pathOf(apiVersion, kind);
  const own = builtIn(`${apiVersion} `) ? requiredFields[kind] : {};
  const { status, ...fields } = merged(own, on) as JsonObject;
  const metadata = { ...(fields['metadata'] as JsonObject | undefined), name };
  await bench.kube.call('POST', path, { apiVersion, kind, ...fields, metadata });
  // Kubernetes itself says how its own do.
  if (kind === 'Job' && status !== undefined) {
    const hasEnded = (seen: { metadata: { name: string }; status?: { conditions?: readonly { type: string }[] } }) =>
      seen.metadata.name === name && seen.status?.conditions?.some(({ type }) => type === 'Complete') === true;
    await bench.kube.until(path, hasEnded, limit());
  } else if (status !== undefined) await bench.kube.call('PATCH', `${path}/${name}/status`, { status });
}

test.each(tried)(
  '$text: each of its actions is refused without its right, and done with it',
  async ({ text, cases }) => {
    const [apiVersion = '', kind = ''] = text.split(' ');
    const group = groupOf(apiVersion);
    await Promise.all(
      cases.map(async (each, index) => {
        const name = `x${index}-${bench.namespace}`;
        await objectFor(apiVersion, kind, name, each);
        const live = async () => await bench.kube.call('GET', `${pathOf(apiVersion, kind)}/${name}`);
        const path = `/api/v1/namespaces/${bench.namespace}/objects/${kind}${group === '' ? '' : `.${group}`}/${name}`;
        const body = { parameters: each.values ?? {} };
        const as = (user: string) =>
          api.call('POST', `${path}/actions/${each.action}`, `${user}-${bench.namespace}`, body);

        const refused = await as('reader');
        expect(refused.status, each.action).toBe(403);
        expect(JSON.stringify(refused.body)).toContain(each.makes === undefined ? 'may not patch' : 'may not create');
        if (each.patch !== undefined) expect(differences(await live(), each.patch), each.action).not.toEqual([]);

        const done = await as('operator');
        expect(done.body, each.action).toMatchObject({ state: 'Applied', where: 'Cluster' });
        if (each.makes === undefined) {
          expect(differences(await live(), each.patch), each.action).toEqual([]);
        } else {
          const { kind: createdKind, name: createdName } = done.body['created'] as Record<string, string>;
          const of = typeof each.makes['apiVersion'] === 'string' ? each.makes['apiVersion'] : apiVersion;
          const created = await bench.kube.call('GET', `${pathOf(of, createdKind ?? '')}/${createdName}`);
          expect(created).toMatchObject(
            JSON.parse(JSON.stringify(each.makes).replaceAll('"x"', `"${name}"`)) as object,
          );
        }
      }),
    );
  },
);

test('a node is cordoned on the command line, whatever the namespace, and the Event about it lies in default', async () => {
  const name = `line-${bench.namespace}`;
  await objectFor('v1', 'Node', name, { action: 'cordon' });
  expect(await plumb('reader', 'action', 'cordon', `node/${name}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`may not patch nodes ${name}`),
  });
  const listed = await plumb('operator', 'actions', `no/${name}`);
  expect(listed.stdout).toMatch(/^cordon +Cluster +Place no new pods/m);
  expect(await plumb('operator', 'action', 'cordon', `node/${name}`)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('is done, in the cluster'),
  });
  expect((await bench.kube.call('GET', `/api/v1/nodes/${name}`)).spec).toMatchObject({ unschedulable: true });
  const isIt = (event: object): boolean => {
    const { reason, regarding } = event as { reason?: string; regarding?: { kind?: string; name?: string } };
    return reason === 'Action' && regarding?.kind === 'Node' && regarding.name === name;
  };
  await bench.kube.until('/apis/events.k8s.io/v1/namespaces/default/events', isIt, limit());
});

test('what an object of no namespace is to be from now on is changed in Git, where Git has it', async () => {
  const name = `queue-${bench.namespace}`;
  const file = `apiVersion: kueue.x-k8s.io/v1beta1\nkind: ClusterQueue\nmetadata: {name: ${name}}\nspec:\n  stopPolicy: None\n`;
  const first = await bench.push({ 'shop/queue.yaml': file }, 'Begin');
  await bench.createRepository();
  await bench.createApplication('shop', { source: { repositoryRef: { name: 'apps' }, path: 'shop' } });
  await bench.application('shop', isReadyAt(first));

  const paused = await plumb('operator', 'action', 'pause', `ClusterQueue.kueue.x-k8s.io/${name}`, '--wait');
  expect(paused).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('The cluster has it') });
  expect(await bench.git('show', 'main:shop/queue.yaml')).toContain('stopPolicy: Hold');
  const live = await bench.kube.call('GET', `/apis/kueue.x-k8s.io/v1beta1/clusterqueues/${name}`);
  expect(live.spec).toMatchObject({ stopPolicy: 'Hold' });
  expect(await plumb('operator', 'action', 'resume', `ClusterQueue.kueue.x-k8s.io/${name}`, '--live')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('actions.reverted'),
  });
});
