import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { hasCondition, isReadyAt } from '../../../test/support/controller.ts';
import { openGitGate } from '../../../test/support/git-gate.ts';
import { newGiteaRepository } from '../../../test/support/gitea.ts';
import { hasValue } from '../../../test/support/gitops.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';
import { openSigning } from '../../../test/support/signing.ts';
import { limit } from '../../../test/support/limit.ts';

// One controller for all tests of the file, each of which has an Application of its own in one repository over HTTP.
const bench = gitOpsOfFile('back');
const api = apiOfFile(bench, () => bench.startPlain());
/** May edit the namespace, and go back. */
let keeper: string;

const group = '/apis/plumbline.dev/v1alpha1';
const map = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "${value}"}\n`;
const head = () => bench.git('rev-parse', 'main');
const show = (path: string) => bench.git('show', `main:${path}`);
const back = (
  name: string,
  verb: 'restore' | 'revert',
  body: { readonly hash: string; readonly dryRun?: boolean },
  { user = keeper, query = '' } = {},
) => api.call('POST', `/api/v1/applications/${bench.namespace}/${name}/git${verb}${query}`, user, body);

/** Makes an Application of what was pushed, and waits until it is synced. */
async function application(name: string, commit: string, spec: object = {}): Promise<void> {
  await bench.createApplication(name, { source: { repositoryRef: { name: 'apps' }, path: name }, ...spec });
  await bench.refresh(commit);
  await bench.application(name, isReadyAt(commit));
}

async function allow(name: string, user: string, rules: readonly object[]): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${bench.namespace}`;
  const own = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } };
  await bench.kube.call('POST', `${path}/roles`, { ...own, kind: 'Role', rules });
  await bench.kube.call('POST', `${path}/rolebindings`, {
    ...own,
    kind: 'RoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

/** Nothing was committed, and there is no Operation of it. */
async function untouched(name: string, before: string): Promise<void> {
  expect(await head()).toBe(before);
  expect((await bench.operations()).filter(({ spec }) => spec.application === name)).toEqual([]);
}

const goesBack = { apiGroups: ['plumbline.dev'], resources: ['applications'], verbs: ['get', 'restore', 'revert'] };

beforeAll(async () => {
  await bench.push({ 'README.md': 'apps\n' }, 'Begin');
  await bench.createRepository({ ref: { branch: 'main' } });
  keeper = bench.editor;
  await allow('keeper', keeper, [goesBack]);
});

test('what the API server refuses today is refused with all reasons, and nothing is committed', async () => {
  const bad = await bench.push(
    {
      'refused/a.yaml': `${map('refused', '1')}unknownField: true\n`,
      'refused/old.yaml': 'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: refused}\n',
      'refused/bad.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: refused}\nspec: {ports: [{port: 123456}]}\n',
    },
    'As it was',
  );
  const files = { 'refused/a.yaml': map('refused', '2'), 'refused/old.yaml': null, 'refused/bad.yaml': null };
  const good = await bench.push(files, 'As it is');
  await application('refused', good);
  for (const dryRun of [true, false]) {
    const refused = await back('refused', 'restore', { hash: bad, dryRun });
    expect([refused.status, dryRun]).toEqual([422, dryRun]);
    const told = JSON.stringify(refused.body['errors']);
    expect(told).toContain('unknownField');
    expect(told).toContain('PodDisruptionBudget');
    expect(told).toContain('spec.ports[0].port');
    expect(refused.body['errors']).toContainEqual(
      expect.objectContaining({ where: expect.objectContaining({ file: 'refused/bad.yaml' }) as unknown }),
    );
  }
  await untouched('refused', good);
});

test('a policy that came since is a reason', async () => {
  const { namespace } = bench;
  const loud = await bench.push({ 'policy/a.yaml': map('policy', 'loud') }, 'Loud');
  const quiet = await bench.push({ 'policy/a.yaml': map('policy', 'quiet') }, 'Quiet');
  await application('policy', quiet);
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const metadata = { name: `back-${namespace}` };
  await bench.kube.call('POST', `${admission}/validatingadmissionpolicies`, {
    metadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
        ],
      },
      validations: [{ expression: "!has(object.data.a) || object.data.a != 'loud'", message: 'nobody shouts here' }],
    },
  });
  await bench.kube.call('POST', `${admission}/validatingadmissionpolicybindings`, {
    metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  });
  try {
    const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' }, data: { a: 'loud' } };
    const isInForce = () =>
      bench.kube.call('POST', `${bench.configMaps()}?dryRun=All`, probe).then(
        () => '',
        (error: unknown) => String(error),
      );
    await expect.poll(isInForce).toContain('nobody shouts here');
    const refused = await back('policy', 'restore', { hash: loud });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(refused.body['errors'])).toContain('nobody shouts here');
    await untouched('policy', quiet);
  } finally {
    await bench.kube.call('DELETE', `${admission}/validatingadmissionpolicybindings/${metadata.name}`);
    await bench.kube.call('DELETE', `${admission}/validatingadmissionpolicies/${metadata.name}`);
  }
});

test('what would not render is refused with the file; what does not render now can be left', async () => {
  await bench.push({ 'kust/a.yaml': map('kust', '1'), 'kust/kustomization.yaml': 'resources: [a.yaml]\n' }, 'One');
  const added = await bench.push({ 'kust/b.yaml': map('kust-b', '1') }, 'A file');
  const used = await bench.push({ 'kust/kustomization.yaml': 'resources:\n  - a.yaml\n  - b.yaml\n' }, 'Its use');
  await application('kust', used);
  const refused = await back('kust', 'revert', { hash: added });
  expect([refused.status, refused.body]).toMatchObject([
    422,
    { errors: [{ where: { file: 'kust/kustomization.yaml', line: 3 } }] },
  ]);
  expect(JSON.stringify(refused.body['errors'])).toContain('b.yaml');
  await untouched('kust', used);

  const broken = await bench.push({ 'kust/kustomization.yaml': 'resources: [a.yaml, b.yaml, c.yaml]\n' }, 'Broken');
  await bench.refresh(broken);
  await bench.application('kust', hasCondition('Ready', 'False'));
  const done = await back('kust', 'revert', { hash: broken }, { query: '?wait=synced' });
  expect([done.status, done.body]).toMatchObject([200, { state: 'Committed', sync: { state: 'synced' } }]);
});

test('the verb alone is not enough: the user has to be let patch, and delete, what would change', async () => {
  const { namespace } = bench;
  const one = await bench.push({ 'rights/a.yaml': map('rights', '1') }, 'One');
  await bench.push({ 'rights/a.yaml': map('rights', '2') }, 'Two');
  const added = await bench.push({ 'rights/b.yaml': map('rights-b', '1') }, 'Added');
  await application('rights', added);
  const verbOnly = `verb-only-${namespace}`;
  await allow('verb-only', verbOnly, [goesBack]);
  const only = await back('rights', 'restore', { hash: one }, { user: verbOnly });
  expect([only.status, only.body['code']]).toEqual([403, 'kube.forbidden']);
  const told = JSON.stringify(only.body['errors']);
  expect(told).toContain('ConfigMap');
  for (const name of ['rights', 'rights-b']) expect(told).toContain(`${namespace}/${name}"`);

  const patcher = `patcher-${namespace}`;
  const patches = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch'] };
  await allow('patcher', patcher, [goesBack, patches]);
  const noDelete = await back('rights', 'revert', { hash: added }, { user: patcher });
  expect([noDelete.status, noDelete.body['code']]).toEqual([403, 'kube.forbidden']);
  await untouched('rights', added);

  const tried = await back('rights', 'revert', { hash: added, dryRun: true });
  expect([tried.status, tried.body['state']]).toEqual([200, 'Tried']);
  await untouched('rights', added);
  const done = await back('rights', 'restore', { hash: one }, { query: '?wait=synced' });
  expect([done.status, done.body]).toMatchObject([200, { state: 'Committed', sync: { state: 'synced' } }]);
  await bench.kube.untilGone(bench.configMaps(), 'rights-b', limit());
  await bench.kube.until(bench.configMaps(), hasValue('rights', 'a', '1'), limit());
});

test('a template is no YAML, and comes back as well; a Secret of a generator does not', async () => {
  const template = map('chart', '1').replace('\ndata:', '\n{{- if true }}\ndata:').concat('{{- end }}\n');
  const first = await bench.push(
    {
      'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
      'chart/templates/a.yaml': template,
      'secret/kustomization.yaml': 'secretGenerator:\n  - name: back\n    literals: [token=hunter2]\n',
    },
    'First',
  );
  const second = await bench.push(
    {
      'chart/templates/a.yaml': template.replace('"1"', '"2"'),
      'secret/kustomization.yaml': 'configMapGenerator:\n  - name: back\n    literals: [token=none]\n',
    },
    'Second',
  );
  await application('chart', second);
  await application('secret', second);
  const secret = await back('secret', 'restore', { hash: first });
  expect([secret.status, secret.body['code']]).toEqual([422, 'writeback.plain-secret']);
  expect(JSON.stringify(secret.body)).not.toContain('hunter2');
  await untouched('secret', second);
  const done = await back('chart', 'restore', { hash: first }, { query: '?wait=synced' });
  expect([done.status, done.body]).toMatchObject([200, { state: 'Committed', sync: { state: 'synced' } }]);
  expect(await show('chart/templates/a.yaml')).toBe(template.trimEnd());
});

test('a namespace and a kind that come back with what lies in them, and is of it, are no reason to refuse', async () => {
  const { namespace } = bench;
  const inside = `${namespace}-inside`;
  const kinds = `${namespace}.example.org`;
  const widget = (name: string, more = '') =>
    `apiVersion: ${kinds}/v1\nkind: Widget\nmetadata: {name: ${name}, namespace: ${inside}}\n${more}`;
  const schema = 'schema: {openAPIV3Schema: {type: object, properties: {size: {type: integer}}}}';
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.${kinds}}
spec:
  group: ${kinds}
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, ${schema}}]
`;
  const made = `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${inside}}\n---\n${map('inside', '1').replace('{name: inside}', `{name: inside, namespace: ${inside}}`)}---\n${definition}---\n${widget('one', 'size: 1\n')}`;
  const first = await bench.push({ 'inside/a.yaml': map('inside', '1'), 'inside/made.yaml': made }, 'All of it');
  const second = await bench.push({ 'inside/made.yaml': null }, 'None of it');
  await application('inside', second);
  const refused = await back('inside', 'restore', { hash: first });
  expect([refused.status, refused.body['code']]).toEqual([403, 'kube.forbidden']);
  const told = JSON.stringify(refused.body['errors']);
  for (const part of ['Namespace', `${inside}/inside`, 'CustomResourceDefinition']) expect(told).toContain(part);
  await untouched('inside', second);
  const admin = `admin-${namespace}`;
  await bench.kube.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: admin },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: admin }],
  });
  try {
    const done = await back('inside', 'restore', { hash: first }, { user: admin, query: '?wait=synced' });
    expect([done.status, done.body]).toMatchObject([200, { state: 'Committed', sync: { state: 'synced' } }]);
  } finally {
    await bench.kube.call('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${admin}`);
    await bench.kube.call('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${kinds}`);
    await bench.kube.call('DELETE', `/api/v1/namespaces/${inside}`);
  }
});

test('on a tip that has moved all is tried anew, and the Operation tells what was refused', async () => {
  const gate = await openGitGate(bench.server.port);
  const base = { 'moved-base/b.yaml': map('moved-b', '1'), 'moved-base/kustomization.yaml': 'resources: [b.yaml]\n' };
  const both = 'resources:\n  - a.yaml\n  - ../moved-base\n';
  const own = { 'moved/a.yaml': map('moved', '1'), 'moved/kustomization.yaml': both };
  const first = await bench.push({ ...base, ...own }, 'With the base');
  const second = await bench.push({ 'moved/kustomization.yaml': 'resources: [a.yaml]\n' }, 'Without it');
  const url = `http://127.0.0.1:${gate.port}${new URL(bench.url).pathname}`;
  await bench.createRepository({ url, ref: { branch: 'main' } }, 'gated');
  await application('moved', second, { source: { repositoryRef: { name: 'gated' }, path: 'moved' } });
  const pushed: string[] = [];
  gate.before = async ({ method, url: asked = '' }) => {
    if (method !== 'POST' || !asked.endsWith('/git-receive-pack') || pushed.length > 0) return;
    // Somebody is quicker, and takes away what the restore needs.
    const gone = { 'moved-base/b.yaml': null, 'moved-base/kustomization.yaml': null };
    pushed.push(await bench.push(gone, 'Nobody needs it'));
  };
  const refused = await back('moved', 'restore', { hash: first });
  expect(pushed).toHaveLength(1);
  expect([refused.status, refused.body]).toMatchObject([
    422,
    { errors: [{ where: { file: 'moved/kustomization.yaml', line: 3 } }] },
  ]);
  expect(await head()).toBe(pushed[0]);
  expect((await bench.operations()).filter(({ spec }) => spec.application === 'moved')).toMatchObject([
    { status: { state: 'Failed', problems: [{ message: expect.stringContaining('moved-base') as string }] } },
  ]);
});

test('where the Application says so, a pull request is opened in place of a commit', async () => {
  const { namespace } = bench;
  const gitea = await newGiteaRepository({ 'pr/a.yaml': map('pr', '1') });
  const first =
    (await gitea.call<readonly { readonly sha: string }[]>('GET', '/commits?sha=main&limit=1'))[0]?.sha ?? '';
  await gitea.commit('main', { 'pr/a.yaml': map('pr', '2') });
  await bench.kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'forge' },
    stringData: { token: gitea.access.token },
  });
  await bench.kube.call('POST', `${group}/namespaces/${namespace}/repositories`, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'forge' },
    spec: {
      url: gitea.url,
      interval: '1h',
      secretRef: { name: 'forge' },
      forge: { kind: 'Gitea', apiUrl: `${gitea.access.url}/api/v1`, secretRef: { name: 'forge' } },
    },
  });
  await bench.kube.call('POST', `${group}/namespaces/${namespace}/applications`, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'pr' },
    spec: { source: { repositoryRef: { name: 'forge' }, path: 'pr' }, writeBack: { mode: 'PullRequest' } },
  });
  await bench.application('pr', hasCondition('Ready', 'True'));
  const before = await gitea.call<object>('GET', '/branches/main');
  const refused = await back('pr', 'restore', { hash: first }, { user: `verb-only-${namespace}` });
  expect([refused.status, refused.body['code']]).toEqual([403, 'kube.forbidden']);
  expect(await gitea.call<readonly object[]>('GET', '/pulls?state=all')).toEqual([]);
  const done = await back('pr', 'restore', { hash: first });
  expect([done.status, done.body]).toMatchObject([200, { state: 'PullRequestOpen', pullRequest: { number: 1 } }]);
  expect(await gitea.call<object>('GET', '/branches/main')).toEqual(before);
  const [pull] = await gitea.call<readonly { readonly title: string; readonly body: string }[]>('GET', '/pulls');
  expect(pull?.title).toBe(`Restore application ${namespace}/pr to ${first.slice(0, 12)}`);
  expect(pull?.body).toContain(`Asked for by ${keeper}`);
  expect((await bench.operations()).filter(({ spec }) => spec.application === 'pr')).toMatchObject([
    { spec: { mode: 'pullRequest', repositoryRef: 'forge' }, status: { state: 'PullRequestOpen' } },
  ]);
});

test('where the Repository accepts signed commits alone, a commit that would not be signed is refused at once', async () => {
  const { kube, namespace } = bench;
  const signing = await openSigning();
  onTestFinished(() => signing.close());
  const signer = await signing.sshKey('maintainer');
  await kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name: 'signers' },
    stringData: { 'maintainer.pub': signer.publicKey },
  });
  const verify = { keysRef: { name: 'signers' } };
  await bench.createRepository({ ref: { branch: 'main' }, verify }, 'signed');
  const hash = await bench.push({ 'unsigned/a.yaml': map('unsigned', '1') }, 'One');
  const before = await bench.push({ 'unsigned/a.yaml': map('unsigned', '2') }, 'Two');
  await kube.call('POST', `${group}/namespaces/${namespace}/applications`, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'unsigned' },
    spec: { source: { repositoryRef: { name: 'signed' }, path: 'unsigned' } },
  });
  await bench.application('unsigned', hasCondition('Ready', 'False'));
  const refused = await back('unsigned', 'restore', { hash });
  expect([refused.status, refused.body['code']]).toEqual([422, 'controller.change-refused']);
  expect(JSON.stringify(refused.body)).toContain('signed commits');
  await untouched('unsigned', before);
});
