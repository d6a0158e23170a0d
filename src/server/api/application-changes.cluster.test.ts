import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { hasCondition, isReadyAt } from '../../../test/support/controller.ts';
import { newGiteaRepository } from '../../../test/support/gitea.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';

// One controller for all tests of the file, each of which has an Application of its own in one repository over HTTP.
const bench = gitOpsOfFile('placed');
const api = apiOfFile(bench, () => bench.startPlain());

const plain = (name: string) => `# Who looks after it: team-a
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: &labels {app: ${name}} # shared
spec:
  replicas: 1 # enough for now
  selector: {matchLabels: *labels}
  template:
    metadata: {labels: *labels}
    spec:
      containers:
        - name: web
          image: "nginx:stable"   # pinned later
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}}
data: {a: "1", b: "1"}
`;
const map = (name: string, data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

const objectsOf = (name: string) => `/api/v1/applications/${bench.namespace}/${name}/objects`;
const deployment = (name: string) => `${objectsOf(name)}/Deployment.apps/${name}`;
const show = (path: string) => bench.git('show', `main:${path}`);
const head = () => bench.git('rev-parse', 'main');

/** Pushes files, makes an Application of them, and waits until it is synced. */
async function application(name: string, files: Readonly<Record<string, string>>, spec: object = {}): Promise<string> {
  const commit = await bench.push(files, `Files of ${name}`);
  await bench.createApplication(name, { source: { repositoryRef: { name: 'apps' }, path: name }, ...spec });
  await bench.refresh(commit);
  await bench.application(name, isReadyAt(commit));
  return commit;
}

beforeAll(async () => {
  await bench.push({ 'README.md': 'apps\n' }, 'Begin');
  await bench.createRepository({ ref: { branch: 'main' } });
  await bench.allow(bench.editor, ['applications', 'operations'], ['get', 'list', 'change', 'revert']);
});

test('a field of a plain manifest is changed in its line, and the cluster has it', async () => {
  const { editor } = bench;
  await application('web', { 'web/web.yaml': plain('web') });
  const path = deployment('web');
  const tried = await api.call('PATCH', `${path}?dryRun=true`, editor, { spec: { replicas: 2 } });
  expect([tried.status, tried.body]).toMatchObject([
    200,
    { state: 'Tried', explanation: expect.stringContaining('web/web.yaml'), objects: [{ change: 'changed' }] },
  ]);
  expect(JSON.stringify(tried.body['diffs'])).toContain('+  replicas: 2 # enough for now');
  expect(await show('web/web.yaml')).toBe(plain('web').trimEnd());
  const done = await api.call('PATCH', `${path}?wait=synced&message=More`, editor, { spec: { replicas: 2 } });
  expect([done.status, done.body]).toMatchObject([
    200,
    { state: 'Committed', commit: await head(), sync: { state: 'synced' }, branch: 'main', repository: bench.url },
  ]);
  expect(await show('web/web.yaml')).toBe(plain('web').replace('replicas: 1', 'replicas: 2').trimEnd());
  const live = await bench.kube.call('GET', `/apis/apps/v1/namespaces/${bench.namespace}/deployments/web`);
  expect(live.spec?.['replicas']).toBe(2);
  const message = await bench.git('log', '-1', '--format=%B', 'main');
  expect(JSON.parse(message.split('\n', 1)[0] ?? '')).toEqual({
    Action: 'update',
    Message: 'More',
    Author: editor,
    Email: `${editor}@example.org`,
  });
  expect(message).toContain(`Plumbline-Operation: ${String(done.body['operation'])}`);
  const operation = `/api/v1/operations/${bench.namespace}/${String(done.body['operation'])}`;
  expect((await api.call('GET', operation, editor)).body).toMatchObject({
    spec: { application: 'web', repositoryRef: 'apps', branch: 'main', mode: 'commit' },
    status: { state: 'Committed', commit: done.body['commit'] },
  });
  const nothing = await api.call('PATCH', path, editor, { spec: { replicas: 2 } });
  expect(nothing.body).toMatchObject({ state: 'Unchanged', objects: [{ change: 'unchanged' }] });
});

test('a JSON patch, a part to apply and a whole object are changes as well; all of one request are one commit', async () => {
  const { editor } = bench;
  await application('forms', { 'forms/all.yaml': plain('forms') });
  const path = `${objectsOf('forms')}/ConfigMap/forms`;
  const steps = [
    { op: 'test', path: '/data/a', value: '1' },
    { op: 'replace', path: '/data/a', value: '2' },
  ];
  expect((await api.call('PATCH', `${path}?type=json`, editor, steps)).status).toBe(200);
  const containers = [{ name: 'web', image: 'nginx:1.29' }];
  const part = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'forms' } };
  const applied = { ...part, spec: { template: { spec: { containers } } } };
  expect((await api.call('PATCH', `${deployment('forms')}?type=apply`, editor, applied)).status).toBe(200);
  expect(await show('forms/all.yaml')).toContain('image: "nginx:1.29"   # pinned later');

  const read = await api.call('GET', path, editor);
  const { data, ...rest } = read.body['live'] as { readonly data: Readonly<Record<string, string>> };
  // What somebody has read is put back with one field changed: that is all that is wished.
  expect((await api.call('PUT', path, editor, { ...rest, data: { ...data, b: '5' } })).status).toBe(200);
  expect(await show('forms/all.yaml')).toContain('data: {a: "2", b: "5"}');

  const before = await head();
  const set = {
    objects: [map('new', { x: '1' })],
    patches: [{ kind: 'ConfigMap', name: 'forms', patch: { data: { a: '9' } } }],
    deletions: [{ kind: 'Deployment.apps', name: 'forms' }],
    action: 'Tidied up',
  };
  const key = { 'idempotency-key': 'tidy' };
  const made = await api.call('POST', `${objectsOf('forms')}?wait=synced`, editor, set, key);
  expect([made.status, made.body]).toMatchObject([
    200,
    {
      state: 'Committed',
      sync: { state: 'synced' },
      objects: [{ change: 'created' }, { change: 'changed' }, { change: 'deleted' }],
    },
  ]);
  expect(await bench.git('rev-list', '--count', `${before}..main`)).toBe('1');
  expect(await show('forms/all.yaml')).not.toContain('Deployment');
  await bench.kube.untilGone(`/apis/apps/v1/namespaces/${bench.namespace}/deployments`, 'forms', limit());
  expect((await bench.kube.call('GET', `${bench.configMaps()}/new`)).data).toEqual({ x: '1' });
  const again = await api.call('POST', objectsOf('forms'), editor, set, key);
  expect(again.body).toMatchObject({ operation: made.body['operation'], commit: made.body['commit'] });
  expect(await head()).toBe(made.body['commit']);
});

test('in an overlay of kustomize a patch is made and extended; images and replicas have their own places', async () => {
  const { editor } = bench;
  const files = {
    'kust-base/web.yaml': plain('kust'),
    'kust-base/kustomization.yaml': 'resources: [web.yaml]\n',
    'kust/kustomization.yaml': '# production\nresources: [../kust-base]\n',
  };
  await application('kust', files);
  const path = deployment('kust');
  const patch = (body: object) => api.call('PATCH', path, editor, body);
  expect((await patch({ spec: { replicas: 3 } })).status).toBe(200);
  expect((await patch({ spec: { minReadySeconds: 5 } })).status).toBe(200);
  expect((await patch({ spec: { revisionHistoryLimit: 3 } })).status).toBe(200);
  const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'nginx:1.29' }];
  const last = await api.call('PATCH', `${path}?type=json&wait=synced`, editor, image);
  expect(last.body).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  const overlay = await show('kust/kustomization.yaml');
  expect(overlay).toMatch(/^# production\n/);
  expect(overlay).toMatch(/images:\n\s*- name: nginx\n\s*newTag: "?1\.29"?/);
  expect(overlay).toMatch(/replicas:\n\s*- name: kust\n\s*count: 3|replicas:\n\s*- count: 3/);
  expect(overlay.match(/- patch:/g)).toHaveLength(1);
  expect(await show('kust-base/web.yaml')).toBe(plain('kust').trimEnd());
  const live = await bench.kube.call('GET', `/apis/apps/v1/namespaces/${bench.namespace}/deployments/kust`);
  expect(live.spec).toMatchObject({ replicas: 3, minReadySeconds: 5, revisionHistoryLimit: 3 });
});

test('of a chart the value is set; what no value leads to, and a deletion, is refused with the reason', async () => {
  const { editor } = bench;
  const template = plain('chart').replace('replicas: 1', 'replicas: {{ .Values.web.size }}');
  const files = {
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/values.yaml': '# Values\nweb:\n  size: 1 # small\n',
    'chart/templates/web.yaml': template,
  };
  await application('chart', files);
  const path = deployment('chart');
  const done = await api.call('PATCH', `${path}?wait=synced`, editor, { spec: { replicas: 4 } });
  expect(done.body).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  expect(await show('chart/values.yaml')).toBe('# Values\nweb:\n  size: 4 # small');
  const before = await head();
  const refused = await api.call('PATCH', path, editor, { spec: { minReadySeconds: 5 } });
  expect([refused.status, refused.body['code']]).toEqual([422, 'writeback.cannot-place']);
  expect(JSON.stringify(refused.body['errors'])).toContain('spec.minReadySeconds');
  const deleted = await api.call('DELETE', path, editor);
  expect([deleted.status, deleted.body['code']]).toEqual([422, 'writeback.cannot-place']);
  expect(await head()).toBe(before);
});

test('two who have seen the same: other fields stay, the same field is a conflict with both sides', async () => {
  const { editor } = bench;
  await application('both', { 'both/all.yaml': plain('both') });
  const path = `${objectsOf('both')}/ConfigMap/both`;
  const etag = (await api.call('GET', path, editor)).headers.get('etag') ?? '';
  expect(etag).toContain(await head());
  expect((await api.call('PATCH', path, editor, { data: { a: '2' } })).status).toBe(200);
  const match = { 'if-match': etag };
  expect((await api.call('PATCH', path, editor, { data: { b: '3' } }, match)).status).toBe(200);
  expect(await show('both/all.yaml')).toContain('data: {a: "2", b: "3"}');
  const late = await api.call('PATCH', path, editor, { data: { a: '7' } }, match);
  expect([late.status, late.body]).toMatchObject([
    409,
    {
      code: 'writeback.conflict',
      errors: [{ sides: { base: '1', ours: '7', theirs: '2' }, where: { field: 'data.a' } }],
    },
  ]);
  const unknown = await api.call('DELETE', path, editor, undefined, { 'if-match': `"x-${'0'.repeat(40)}"` });
  expect([unknown.status, unknown.body['code']]).toEqual([400, 'writeback.request-invalid']);
});

/** Names a port of the only container. */
const named = (index: number, name: string) => [
  { op: 'add', path: `/spec/template/spec/containers/0/ports/${index}/name`, value: name },
];

test('items of lists are told apart as the API server tells them: by their ports, where they have no names', async () => {
  const { editor } = bench;
  const ports = '          ports:\n            - containerPort: 80\n            - containerPort: 443\n';
  const text = plain('ports').replace(/---\n[^]*/, '') + ports;
  await application('ports', { 'ports/web.yaml': text });
  const path = deployment('ports');
  const match = { 'if-match': (await api.call('GET', path, editor)).headers.get('etag') ?? '' };
  const first = await api.call('PATCH', `${path}?type=json`, editor, named(0, 'http'), match);
  expect(first.status).toBe(200);
  const second = await api.call('PATCH', `${path}?type=json`, editor, named(1, 'https'), match);
  expect([second.status, second.body]).toMatchObject([200, { state: 'Committed' }]);
  const both = await show('ports/web.yaml');
  expect(both).toMatch(/containerPort: 80\n\s+name: http\n\s+- containerPort: 443\n\s+name: https/);
  // The way back from the first leaves what the second did.
  const revert = `/api/v1/applications/${bench.namespace}/ports/gitrevert`;
  const back = await api.call('POST', revert, editor, { hash: first.body['commit'] });
  expect([back.status, back.body]).toMatchObject([200, { state: 'Committed' }]);
  expect(await show('ports/web.yaml')).toMatch(/containerPort: 80\n\s+- containerPort: 443\n\s+name: https/);
});

test('twenty at once: none is lost, none is twice', async () => {
  const { editor } = bench;
  const names = Array.from({ length: 20 }, (_, number) => `many-${number}`);
  const objects = names.map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "0"}\n`);
  await application('many', { 'many/all.yaml': objects.join('---\n') });
  const before = await head();
  const answers = await Promise.all(
    names.map((name) => api.call('PATCH', `${objectsOf('many')}/ConfigMap/${name}`, editor, { data: { a: name } })),
  );
  expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
  expect(await bench.git('rev-list', '--count', `${before}..main`)).toBe('20');
  expect(new Set(answers.map(({ body }) => body['commit'])).size).toBe(20);
  const text = await show('many/all.yaml');
  for (const name of names) expect(text).toContain(`metadata: {name: ${name}}\ndata: {a: "${name}"}`);
});

test('whoever lacks the verb, or the right to the object, is refused; so are plain Secrets and what is invalid', async () => {
  const { editor, namespace } = bench;
  await application('guarded', { 'guarded/all.yaml': plain('guarded') });
  const before = await head();
  const body = { spec: { replicas: 9 } };
  const stranger = await api.call('PATCH', deployment('guarded'), `stranger-${namespace}`, body);
  expect([stranger.status, stranger.body['code']]).toEqual([403, 'auth.forbidden']);
  const verbOnly = `verb-only-${namespace}`;
  await bench.allow(verbOnly, ['applications'], ['change']);
  const only = await api.call('PATCH', deployment('guarded'), verbOnly, body);
  expect([only.status, only.body['code']]).toEqual([403, 'kube.forbidden']);
  // What changes nothing tells nothing either.
  const peek = await api.call('PATCH', deployment('guarded'), verbOnly, {});
  expect([peek.status, peek.body['code']]).toEqual([403, 'kube.forbidden']);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { token: 'hunter2' } };
  const plainSecret = await api.call('POST', objectsOf('guarded'), editor, secret);
  expect([plainSecret.status, plainSecret.body['code']]).toEqual([422, 'writeback.plain-secret']);
  expect(JSON.stringify(plainSecret.body)).not.toContain('hunter2');
  const invalid = await api.call('PATCH', deployment('guarded'), editor, { spec: { replica: 2 } });
  expect(invalid.status).toBe(422);
  expect(JSON.stringify(invalid.body)).toContain('spec.replica');
  const nowhere = await api.call('PATCH', `${objectsOf('guarded')}/ConfigMap/none`, editor, { data: {} });
  expect([nowhere.status, nowhere.body['code']]).toEqual([404, 'writeback.not-in-git']);
  expect((await api.call('PATCH', `${objectsOf('none')}/ConfigMap/x`, editor, {})).status).toBe(404);
  expect(await head()).toBe(before);
});

test('a namespace that the sync is yet to make is no reason to refuse; the rights in it are looked at all the same', async () => {
  const { editor, namespace, kube } = bench;
  const apart = `${namespace}-apart`;
  const commit = await bench.push({ 'apart/settings.yaml': JSON.stringify(map('apart', { a: '1' })) }, 'Set it apart');
  await bench.createApplication('apart', {
    source: { repositoryRef: { name: 'apps' }, path: 'apart' },
    destination: { namespace: apart },
    sync: { automated: false, createNamespace: true },
  });
  await bench.refresh(commit);
  await bench.application('apart', hasCondition('Synced', 'False', 'OutOfSync'));
  const object = `${objectsOf('apart')}/ConfigMap/apart`;
  const before = await head();
  const refused = await api.call('PATCH', object, editor, { data: { a: '2' } });
  expect([refused.status, refused.body['code']]).toEqual([403, 'kube.forbidden']);
  expect(await head()).toBe(before);
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  await kube.call('POST', bindings, {
    metadata: { name: apart },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: editor }],
  });
  onTestFinished(async () => void (await kube.call('DELETE', `${bindings}/${apart}`)));
  const done = await api.call('PATCH', `${object}?wait=synced`, editor, { data: { a: '2' } });
  // Nobody waits for what will not be synced by itself.
  const sync = { state: 'waiting', message: expect.stringContaining('not synced by itself') };
  expect(done).toMatchObject({ status: 200, body: { sync } });
  expect(JSON.parse(await show('apart/settings.yaml'))).toMatchObject({ data: { a: '2' } });
});

test('where the Application says so, or whoever asks, a pull request is opened in place of a commit', async () => {
  const { editor, namespace } = bench;
  const gitea = await newGiteaRepository({ 'pr/web.yaml': plain('pr') });
  await bench.kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'forge' },
    stringData: { token: gitea.access.token },
  });
  const secretRef = { name: 'forge' };
  const forge = { kind: 'Gitea', apiUrl: `${gitea.access.url}/api/v1`, secretRef } as const;
  await bench.createRepository({ url: gitea.url, secretRef, forge }, 'forge');
  const source = { repositoryRef: { name: 'forge' }, path: 'pr' };
  await bench.createApplication('pr', { source, writeBack: { mode: 'PullRequest' } });
  await bench.application('pr', hasCondition('Ready', 'True'));
  const done = await api.call('PATCH', deployment('pr'), editor, { spec: { replicas: 2 } });
  expect([done.status, done.body]).toMatchObject([200, { state: 'PullRequestOpen', pullRequest: { number: 1 } }]);
  const past = await api.call('PATCH', `${deployment('pr')}?mode=commit`, editor, { spec: { replicas: 3 } });
  expect([past.status, past.body['code']]).toEqual([422, 'controller.change-refused']);
  const noForge = await api.call('PATCH', `${deployment('web')}?mode=pullRequest`, editor, { spec: { replicas: 3 } });
  expect(noForge.status).toBe(422);
});
