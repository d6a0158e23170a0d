import { beforeAll, expect, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';

// A GitOps namespace whose folder holds a kustomization, or a chart: one controller for all tests of the file.
const bench = gitOpsOfFile('rendered');
let objects: string;

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx:stable}]}
`;
const show = (path: string) => bench.git('show', `main:${bench.namespace}/${path}`);
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } });

beforeAll(async () => {
  objects = `/api/v1/namespaces/${bench.namespace}/objects`;
  await bench.push(
    {
      'base/web.yaml': manifest,
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      [`${bench.namespace}/kustomization.yaml`]: '# models\nresources: [../base]\n',
    },
    'Begin',
  );
  await bench.label({}, { 'plumbline.dev/git-layout': 'source' });
});
const api = apiOfFile(bench, () => bench.start());

test('a change goes into the overlay, a new object into its resources, and a reader sees what is rendered', async () => {
  const { editor } = bench;
  const path = `${objects}/Deployment.apps/web`;
  const live = `/apis/apps/v1/namespaces/${bench.namespace}/deployments`;
  // Until the namespace is taken up, there is nothing to change.
  await bench.kube.until(live, ({ metadata }) => metadata.name === 'web', limit());
  const read = await api.call('GET', path, editor);
  expect(read.body).toMatchObject({ kind: 'Deployment', spec: { replicas: 1 } });
  const list = await api.call('GET', `${objects}?content=true`, editor);
  expect(list.body).toMatchObject({
    items: [{ key: { kind: 'Deployment', name: 'web' }, path: 'base/web.yaml', object: { spec: { replicas: 1 } } }],
    commit: await bench.git('rev-parse', 'main'),
  });
  const match = { 'if-match': read.headers.get('etag') ?? '' };
  const done = await api.call('PATCH', `${path}?wait=synced`, editor, { spec: { replicas: 2 } }, match);
  expect([done.status, done.body]).toMatchObject([200, { state: 'Committed', sync: { state: 'synced' } }]);
  expect(await show('kustomization.yaml')).toMatch(/^# models\nresources: \[\.\.\/base\]\nreplicas:\n/);
  expect((await bench.kube.call('GET', `${live}/web`)).spec?.['replicas']).toBe(2);
  const late = await api.call('PATCH', path, editor, { spec: { replicas: 5 } }, match);
  expect([late.status, late.body['code']]).toEqual([409, 'writeback.conflict']);

  const made = await api.call('POST', `${objects}?wait=synced`, editor, configMap('extra'));
  expect([made.status, made.body]).toMatchObject([
    200,
    { state: 'Committed', objects: [{ change: 'created' }], sync: { state: 'synced' } },
  ]);
  const files = await bench.git('ls-tree', '-r', '--name-only', 'main', `${bench.namespace}/`);
  expect(files).not.toContain('/ConfigMap/');
  expect((await bench.kube.call('GET', `${bench.configMaps()}/extra`)).data).toEqual({ a: '1' });
  const twice = await api.call('POST', objects, editor, configMap('extra'));
  expect([twice.status, twice.body['code']]).toEqual([409, 'writeback.exists']);
  const gone = await api.call('DELETE', `${objects}/ConfigMap/extra?wait=synced`, editor);
  expect(gone.body).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  expect((await api.call('GET', `${objects}/ConfigMap/extra`, editor)).status).toBe(404);
  await bench.kube.untilGone(bench.configMaps(), 'extra', limit());
});

test('what an operator asks for is placed as well, as one commit; who may not is refused', async () => {
  const { editor, namespace } = bench;
  await bench.allow(editor, ['operations'], ['gitsync', 'get']);
  const sent = { operator: 'canary', namespace, objects: [{ ...configMap('synced') }], operation: 'canary-1' };
  const done = await api.call('POST', '/api/v1/gitsync?wait=synced', editor, sent);
  expect([done.status, done.body]).toMatchObject([200, { state: 'Committed' }]);
  expect(await bench.git('ls-tree', '-r', '--name-only', 'main', `${namespace}/`)).not.toContain('/ConfigMap/');
  expect((await bench.kube.call('GET', `${bench.configMaps()}/synced`)).data).toEqual({ a: '1' });
  const before = await bench.git('rev-parse', 'main');
  const again = await api.call('POST', '/api/v1/gitsync', editor, sent);
  expect(again.body).toMatchObject({ operation: done.body['operation'], commit: done.body['commit'] });
  const stranger = await api.call('PATCH', `${objects}/Deployment.apps/web`, `stranger-${namespace}`, { spec: {} });
  expect([stranger.status, stranger.body['code']]).toEqual([403, 'kube.forbidden']);
  const invalid = await api.call('PATCH', `${objects}/Deployment.apps/web`, editor, { spec: { replica: 1 } });
  expect(invalid.status).toBe(422);
  expect(await bench.git('rev-parse', 'main')).toBe(before);
});

test('the way back is tried by rendering: what does not render, or the user may not, is refused', async () => {
  const { namespace } = bench;
  const kustomization = `${namespace}/kustomization.yaml`;
  const asItIs = await show('kustomization.yaml');
  const more = `${asItIs}\nconfigMapGenerator:\n  - name: went\n    literals: [a=1]\n`;
  const good = await bench.push({ [kustomization]: more }, 'More');
  const bad = await bench.push({ [kustomization]: 'resources:\n  - ../base\n  - none.yaml\n' }, 'Bad');
  const now = await bench.push({ [kustomization]: `${asItIs}\n` }, 'As it was');
  const [keeper, verbOnly] = [`keeper-${namespace}`, `verb-only-${namespace}`];
  for (const user of [keeper, verbOnly]) await bench.allow(user, ['applications'], ['get', 'restore', 'revert']);
  await bench.kube.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: keeper },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: keeper }],
  });
  const restore = (user: string, hash: string, query = '') =>
    api.call('POST', `/api/v1/namespaces/${namespace}/gitrestore${query}`, user, { hash });
  const broken = await restore(keeper, bad);
  expect([broken.status, broken.body]).toMatchObject([422, { errors: [{ where: { file: kustomization, line: 3 } }] }]);
  const forbidden = await restore(verbOnly, good);
  expect([forbidden.status, forbidden.body['code']]).toEqual([403, 'kube.forbidden']);
  expect(await bench.git('rev-parse', 'main')).toBe(now);
  const done = await restore(keeper, good, '?wait=synced');
  expect([done.status, done.body]).toMatchObject([200, { state: 'Committed', sync: { state: 'synced' } }]);
  expect(await show('kustomization.yaml')).toBe(more.trimEnd());
});

test('without the annotation nothing is written beside a kustomization', async () => {
  const before = await bench.git('rev-parse', 'main');
  await bench.label({}, { 'plumbline.dev/git-layout': null });
  // The namespace is taken up by a watch: it says when.
  await bench.kube.until(
    `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`,
    ({ spec }) => (spec?.['source'] as { readonly directory?: object } | undefined)?.directory !== undefined,
    limit(),
  );
  const refused = await api.call('POST', objects, bench.editor, configMap('beside'));
  expect([refused.status, refused.body['code']]).toEqual([422, 'writeback.rendered-folder']);
  expect(await bench.git('rev-parse', 'main')).toBe(before);
});
