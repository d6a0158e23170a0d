import { beforeAll, expect, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { configMap, hasValue } from '../../../test/support/gitops.ts';
import type { ChangeResult, ObjectChange } from '../../controller/index.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfFile, wholeFile } from '../../../test/support/scene.ts';

// One controller for all tests of the file, each of which has objects of its own.
const bench = gitOpsOfFile('past');
const controller = wholeFile(
  () => bench.start(),
  (started) => started.stop(),
);
const api = apiOfFile(bench, () => controller);
/** May edit the namespace, and go back. */
let keeper: string;
const namespaceOf = (path = ''): string => `/api/v1/namespaces/${bench.namespace}${path}`;
const mapOf = (name: string, path: string): string => namespaceOf(`/objects/ConfigMap/${name}${path}`);

interface Entry {
  readonly hash: string;
  readonly action: string;
}
const entriesOf = (body: Readonly<Record<string, unknown>>) => body['items'] as readonly Entry[];

async function bind(
  name: string,
  user: string,
  granted: { readonly kind: string; readonly name: string },
): Promise<void> {
  await bench.kube.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${bench.namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...granted },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

async function role(name: string, rules: readonly object[]): Promise<void> {
  await bench.kube.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${bench.namespace}/roles`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name },
    rules,
  });
}

async function change(...changes: readonly ObjectChange[]): Promise<ChangeResult> {
  return bench.submit(controller, changes, {}, { wait: 'synced' });
}

const lastSubject = async (): Promise<unknown> => JSON.parse(await bench.git('log', '-1', '--format=%s', 'main'));

const put = (name: string, data: Readonly<Record<string, string>>): ObjectChange => ({
  verb: 'put',
  object: configMap(name, data),
});

beforeAll(async () => {
  keeper = `keeper-${bench.namespace}`;
  await role('back', [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['restore', 'revert'] },
    { apiGroups: ['plumbline.dev'], resources: ['applications'], verbs: ['get', 'restore', 'revert'] },
  ]);
  await bind('keeper-edits', keeper, { kind: 'ClusterRole', name: 'edit' });
  await bind('keeper-goes-back', keeper, { kind: 'Role', name: 'back' });
});

test('the audit log of an object tells who did what; restoring it is a commit that the cluster follows', async () => {
  const first = await change(put('restored', { a: '1' }));
  const second = await change(put('restored', { a: '2' }));
  const log = await api.call('GET', mapOf('restored', '/gitlogs?limit=1'), keeper);
  expect(log.status).toBe(200);
  expect(log.body).toMatchObject({
    repository: bench.url,
    branch: 'main',
    items: [
      {
        hash: second.commit,
        parents: [expect.stringMatching(/^[0-9a-f]{40}$/)],
        authorName: 'plumb',
        authorEmail: 'service@example.org',
        committerName: 'plumb',
        action: 'update',
        user: bench.editor,
        userEmail: 'editor@example.org',
        files: [{ fileName: `${bench.namespace}/ConfigMap/restored/restored.json`, changeType: 'modified' }],
      },
    ],
  });
  const next = await api.call('GET', mapOf('restored', `/gitlogs?limit=1&cursor=${String(log.body['next'])}`), keeper);
  expect(entriesOf(next.body).map(({ hash }) => hash)).toEqual([first.commit]);
  expect(next.body['next']).toBeUndefined();
  const diff = await api.call('GET', mapOf('restored', `/gitdiff?hash=${String(second.commit)}`), keeper);
  expect(JSON.stringify(diff.body['items'])).toContain(String.raw`-    \"a\": \"1\"\n+    \"a\": \"2\"`);

  const tried = await api.call('POST', mapOf('restored', '/gitrestore'), keeper, { hash: first.commit, dryRun: true });
  expect(tried).toMatchObject({ status: 200, body: { state: 'Tried' } });
  expect(tried.body['hash']).toBeUndefined();
  const body = { hash: first.commit, message: 'It was better' };
  const key = { 'idempotency-key': 'once' };
  const done = await api.call('POST', mapOf('restored', '/gitrestore'), keeper, body, key);
  expect(done).toMatchObject({ status: 200, body: { state: 'Committed', operation: expect.stringMatching(/^op-/) } });
  await bench.kube.until(bench.configMaps(), hasValue('restored', 'a', '1'), limit());
  expect(await lastSubject()).toEqual({
    Action: 'Restoring configmap',
    Message: `It was better (${String(first.commit)})`,
    Author: keeper,
    Email: `${keeper}@example.org`,
  });
  const again = await api.call('POST', mapOf('restored', '/gitrestore'), keeper, body, key);
  expect(again).toMatchObject({ status: 200, body: { operation: done.body['operation'], hash: done.body['hash'] } });
  const without = await api.call('POST', mapOf('restored', '/gitrestore'), keeper, body);
  expect(without).toMatchObject({ status: 422, body: { code: 'writeback.unchanged' } });
});

test('one commit is reverted and what came later stays; a conflict is told with both sides', async () => {
  await change(put('reverted', { a: '1', b: '1' }));
  const bad = await change(put('reverted', { a: '2', b: '1' }));
  await change(put('reverted', { a: '2', b: '2' }));
  const done = await api.call('POST', mapOf('reverted', '/gitrevert'), keeper, { hash: bad.commit });
  expect(done).toMatchObject({ status: 200, body: { state: 'Committed' } });
  expect(await bench.file(`${bench.namespace}/ConfigMap/reverted/reverted.json`)).toMatchObject({
    data: { a: '1', b: '2' },
  });
  expect(await lastSubject()).toMatchObject({
    Action: 'Reverting configmap',
    Message: `Revert ${String(bad.commit)}`,
  });
  const conflict = await change(put('reverted', { a: '5', b: '2' }));
  await change(put('reverted', { a: '6', b: '2' }));
  const refused = await api.call('POST', mapOf('reverted', '/gitrevert'), keeper, { hash: conflict.commit });
  expect(refused).toMatchObject({ status: 409, body: { code: 'writeback.revert-conflict' } });
  expect(refused.body['errors']).toMatchObject([
    { message: 'this field was changed since: it is "6" now, and would be "1" again', where: { field: 'data.a' } },
  ]);
});

test('whoever lacks the verb, or may not write the object, is refused', async () => {
  const first = await change(put('guarded', { a: '1' }));
  await change(put('guarded', { a: '2' }));
  const body = { hash: first.commit };
  // May edit, and may not restore.
  const editor = await api.call('POST', mapOf('guarded', '/gitrestore'), bench.editor, body);
  expect(editor).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  const verbOnly = `verb-only-${bench.namespace}`;
  await bind('verb-only', verbOnly, { kind: 'Role', name: 'back' });
  const tried = await api.call('POST', mapOf('guarded', '/gitrestore'), verbOnly, body);
  expect(tried).toMatchObject({ status: 403, body: { code: 'kube.forbidden' } });
  const stranger = `stranger-${bench.namespace}`;
  for (const path of [mapOf('guarded', '/gitlogs'), namespaceOf('/gitlogs'), mapOf('guarded', '/gitdiff')]) {
    expect((await api.call('GET', path, stranger)).status).toBe(403);
  }
  expect(await bench.file(`${bench.namespace}/ConfigMap/guarded/guarded.json`)).toMatchObject({ data: { a: '2' } });
});

test('what the API server would refuse now is refused with its reason, and nothing is committed', async () => {
  const path = `${bench.namespace}/ConfigMap/invalid/invalid.json`;
  const valid = { ...configMap('invalid', { a: '1' }), metadata: { name: 'invalid', namespace: bench.namespace } };
  const bad = await bench.push({ [path]: JSON.stringify({ ...valid, unknownField: true }) }, 'By hand');
  await bench.push({ [path]: JSON.stringify(valid) }, 'By hand again');
  const before = await bench.git('rev-parse', 'main');
  const refused = await api.call('POST', mapOf('invalid', '/gitrestore'), keeper, { hash: bad });
  expect(refused.status).toBe(422);
  expect(JSON.stringify(refused.body['errors'])).toContain('unknownField');
  expect(await bench.git('rev-parse', 'main')).toBe(before);
});

test('several objects are restored in one commit, and then the whole namespace', async () => {
  const first = await change(put('one', { a: '1' }), put('two', { a: '1' }));
  await change(put('one', { a: '2' }), put('two', { a: '2' }), put('three', { a: '1' }));
  const objects = ['one', 'two'].map((name) => ({ kind: 'ConfigMap', name }));
  const some = await api.call('POST', namespaceOf('/gitrestore'), keeper, { hash: first.commit, objects });
  expect(some).toMatchObject({ status: 200, body: { state: 'Committed' } });
  await bench.kube.until(bench.configMaps(), hasValue('two', 'a', '1'), limit());
  const all = await api.call('POST', namespaceOf('/gitrestore'), keeper, { hash: first.commit });
  expect(all).toMatchObject({ status: 200, body: { state: 'Committed' } });
  await bench.kube.untilGone(bench.configMaps(), 'three', limit());
  const log = await api.call('GET', namespaceOf(`/gitlogs?user=${keeper}&action=restoring%20namespace`), keeper);
  expect(entriesOf(log.body).map(({ hash }) => hash)).toEqual([all.body['hash']]);
});

test('what is in Git and not in the cluster yet, and what two commits differ in', async () => {
  const first = await change(put('compared', { a: '1' }));
  const second = await change(put('compared', { a: '2' }));
  const range = `from=${String(first.commit)}&to=${String(second.commit)}`;
  const diffs = await api.call('GET', namespaceOf(`/gitdiffs?${range}`), keeper);
  expect(diffs.body).toMatchObject({
    from: first.commit,
    to: second.commit,
    items: [{ fileName: `${bench.namespace}/ConfigMap/compared/compared.json`, changeType: 'modified' }],
    more: 0,
  });
  // What is on another branch of the repository is none of the past of this one.
  await bench.git('branch', 'elsewhere', 'main~1');
  const other = await bench.push({ [`${bench.namespace}/x.txt`]: 'x' }, 'Elsewhere', 'elsewhere');
  for (const path of [
    `/gitdiff?hash=${other}`,
    `/gitdiffs?from=${other}`,
    `/gitdiffs?from=${String(first.commit)}&to=${other}`,
  ]) {
    const refused = await api.call('GET', namespaceOf(path), keeper);
    expect(refused).toMatchObject({ status: 422, body: { code: 'writeback.not-in-history' } });
  }
  const none = await api.call('GET', namespaceOf('/gitdiffs'), keeper);
  expect(none.body).toMatchObject({ to: second.commit, items: [] });
});

test('the same of an Application, by its path', async () => {
  const base = `/api/v1/applications/${bench.namespace}/gitops`;
  const first = await change(put('by-path', { a: '1' }));
  const second = await change(put('by-path', { a: '2' }));
  const log = await api.call('GET', `${base}/gitlogs?limit=2`, keeper);
  expect(entriesOf(log.body).map(({ hash }) => hash)).toEqual([second.commit, first.commit]);
  const key = { 'idempotency-key': 'of-an-application' };
  const revert = () => api.call('POST', `${base}/gitrevert?wait=synced`, keeper, { hash: second.commit }, key);
  const done = await revert();
  const operation = expect.stringMatching(/^op-/) as string;
  expect(done).toMatchObject({ status: 200, body: { state: 'Committed', operation, sync: { state: 'synced' } } });
  // Asked once more, it is not done once more.
  expect((await revert()).body).toMatchObject({ hash: done.body['hash'], operation: done.body['operation'] });
  expect((await bench.operations()).filter(({ spec }) => spec.application === 'gitops')).toMatchObject([
    { spec: { repositoryRef: 'gitops', mode: 'commit' }, status: { state: 'Committed', commit: done.body['hash'] } },
  ]);
  await bench.kube.until(bench.configMaps(), hasValue('by-path', 'a', '1'), limit());
  expect(await lastSubject()).toMatchObject({ Action: 'Reverting application', Author: keeper });
  const nowhere = await api.call('GET', `/api/v1/applications/${bench.namespace}/none/gitlogs`, 'nobody');
  expect(nowhere.status).toBe(403);
  const signatures = await api.call('GET', `${base}/gitlogs?signatures=true`, keeper);
  expect(signatures).toMatchObject({ status: 422, body: { code: 'controller.no-keys' } });
});
