import { beforeAll, expect, test } from 'vitest';
import { as as asUser } from '../../../test/support/api.ts';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { configMap } from '../../../test/support/gitops.ts';
import { createApiClient, followChanges } from '../../client/index.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';

// One controller for all tests of the file, each of which has objects of its own.
const bench = gitOpsOfFile('api-gitops');
const api = apiOfFile(bench, () => bench.start());
let objects: string;

const as = (path: string) => `/api/v1/namespaces/${bench.namespace}${path}`;

beforeAll(async () => {
  objects = as('/objects');
});

test('an object goes its way by HTTP: created, read, replaced, patched in three ways, deleted', async () => {
  const { editor } = bench;
  const made = await api.call('POST', `${objects}?wait=synced&message=First`, editor, configMap('one', { a: '1' }));
  expect([made.status, made.body]).toMatchObject([200, { state: 'Committed', sync: { state: 'synced' } }]);
  expect((await bench.kube.call('GET', `${bench.configMaps()}/one`)).data).toEqual({ a: '1' });

  const path = `${objects}/ConfigMap/one`;
  const read = await api.call('GET', path, editor);
  const etag = read.headers.get('etag') ?? '';
  expect(read.body).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } });
  expect(etag).toMatch(/^"[0-9a-f]{40}-[0-9a-f]{40}"$/);
  expect((await api.call('GET', path, editor, undefined, { 'if-none-match': etag })).status).toBe(304);

  const match = { 'if-match': etag };
  expect((await api.call('PUT', path, editor, configMap('one', { a: '2' }), match)).body).toMatchObject({
    state: 'Committed',
    objects: [{ change: 'changed' }],
  });
  const late = await api.call('PUT', path, editor, configMap('one', { a: '3' }), match);
  expect([late.status, late.body]).toMatchObject([
    409,
    {
      code: 'writeback.conflict',
      errors: [{ sides: { base: '1', ours: '3', theirs: '2' }, where: { field: 'data.a' } }],
    },
  ]);

  expect((await api.call('PATCH', path, editor, { data: { b: '1' } })).status).toBe(200);
  const steps = [{ op: 'add', path: '/data/c', value: '1' }];
  expect((await api.call('PATCH', `${path}?type=json`, editor, steps)).status).toBe(200);
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { d: '1' } };
  expect((await api.call('PATCH', `${path}?type=apply&action=Canary%20promoted`, editor, applied)).status).toBe(200);
  const merge = await fetch(`${api.url}${path}`, {
    method: 'PATCH',
    headers: { authorization: `Test ${editor}`, 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ data: { c: null } }),
  });
  expect(merge.status).toBe(200);
  expect((await api.call('GET', path, editor)).body).toMatchObject({ data: { a: '2', b: '1', d: '1' } });

  const tried = await api.call('DELETE', `${path}?dryRun=true`, editor);
  expect(tried.body).toMatchObject({ state: 'Tried', objects: [{ change: 'deleted' }] });
  expect((await api.call('DELETE', path, editor)).body).toMatchObject({ state: 'Committed' });
  expect((await api.call('GET', path, editor)).status).toBe(404);
  expect((await api.call('DELETE', path, editor)).status).toBe(404);
  const subjects = await bench.subjects();
  expect(subjects.filter(({ Author }) => Author === editor).map(({ Action }) => Action)).toEqual([
    'create',
    'update',
    'update',
    'update',
    'Canary promoted',
    'update',
    'delete',
  ]);
  expect(subjects[0]).toEqual({ Action: 'create', Message: 'First', Author: editor, Email: `${editor}@example.org` });
});

test('a set of objects and deletions is one commit, which its Operation tells; a repeated request makes none', async () => {
  const { editor } = bench;
  const list = { apiVersion: 'v1', kind: 'List', items: [configMap('set-a', { a: '1' }), configMap('set-b', {})] };
  expect((await api.call('POST', objects, editor, list)).body).toMatchObject({ objects: [{}, {}] });
  const set = {
    objects: [configMap('set-a', { a: '2' }), { ...configMap('set-c', {}) }],
    deletions: [{ kind: 'ConfigMap', name: 'set-b' }],
    belongsTo: { kind: 'ConfigMap', name: 'set-a' },
    action: 'Deployment created',
    message: 'All at once',
  };
  const key = { 'idempotency-key': 'once' };
  const made = await api.call('POST', objects, editor, set, key);
  const commit = String(made.body['commit']);
  const folder = `${bench.namespace}/ConfigMap`;
  expect(await bench.git('show', '--format=', '--name-status', '--no-renames', commit)).toBe(
    `M\t${folder}/set-a/set-a.json\nA\t${folder}/set-a/ConfigMap-set-c.json\nD\t${folder}/set-b/set-b.json`
      .split('\n')
      .toSorted((one, other) => (one.slice(2) < other.slice(2) ? -1 : 1))
      .join('\n'),
  );
  const again = await api.call('POST', objects, editor, set, key);
  expect(again.body).toMatchObject({ operation: made.body['operation'], commit });
  const operation = `/api/v1/operations/${bench.namespace}/${String(made.body['operation'])}`;
  // Whoever may edit objects may read Operations only where somebody lets them.
  expect((await api.call('GET', operation, 'stranger')).status).toBe(403);
  await bench.allow(editor, ['operations', 'applications'], ['get', 'list']);
  const told = await api.call('GET', operation, editor);
  expect(told.body).toMatchObject({
    spec: { action: 'Deployment created', message: 'All at once', mode: 'commit', user: { username: editor } },
    status: { state: 'Committed', commit },
  });
  const { body } = await api.call('GET', `/api/v1/operations/${bench.namespace}?limit=1`, editor);
  expect(body['items']).toHaveLength(1);
  expect(body['next']).toMatch(/./);
});

test('what is read is what was fetched last and written since, and with fresh=true what the Git server has', async () => {
  const { editor } = bench;
  await api.call('POST', objects, editor, configMap('read', { a: '1' }));
  const path = `${objects}/ConfigMap/read`;
  // One's own change is there with the answer.
  for (const a of ['2', '3', '4']) {
    expect((await api.call('PATCH', path, editor, { data: { a } })).status).toBe(200);
    expect((await api.call('GET', path, editor)).body).toMatchObject({ data: { a } });
  }
  await bench.push(
    {
      [`${bench.namespace}/ConfigMap/read/read.json`]: `${JSON.stringify(configMap('read', { a: '9' }))}\n`,
    },
    'By hand',
  );
  expect((await api.call('GET', `${path}?fresh=true`, editor)).body).toMatchObject({ data: { a: '9' } });
  // Whoever asks the server has told it to everybody.
  expect((await api.call('GET', path, editor)).body).toMatchObject({ data: { a: '9' } });
  expect((await api.call('GET', `${path}?fresh=perhaps`, editor)).status).toBe(400);
});

const labelled = (name: string, team: string) => ({
  ...configMap(name, {}),
  metadata: { name, labels: { team, list: 'yes' } },
});
const names = (body: Record<string, unknown>) =>
  (body['items'] as { key: { name: string } }[]).map(({ key }) => key.name);

test('the objects of a namespace are listed in pages, by kind and label, with how they are in the cluster', async () => {
  const { editor } = bench;
  const items = [labelled('list-a', 'one'), labelled('list-b', 'two'), labelled('list-c', 'one')];
  const made = await api.call('POST', `${objects}?wait=synced`, editor, { apiVersion: 'v1', kind: 'List', items });
  expect(made.body).toMatchObject({ sync: { state: 'synced' } });
  const listed = await api.call('GET', `${objects}?labels=list%3Dyes&kind=ConfigMap`, editor);
  expect(listed.body).toMatchObject({
    hidden: 0,
    commit: made.body['commit'],
    items: [
      {
        key: { group: '', kind: 'ConfigMap', namespace: bench.namespace, name: 'list-a' },
        apiVersion: 'v1',
        labels: { team: 'one', list: 'yes' },
        path: `${bench.namespace}/ConfigMap/list-a/list-a.json`,
        sync: 'Synced',
      },
      { sync: 'Synced' },
      { sync: 'Synced' },
    ],
  });
  expect(listed.body['items']).not.toMatchObject([{ object: {} }, {}, {}]);
  expect(names((await api.call('GET', `${objects}?labels=list,team!=two`, editor)).body)).toEqual(['list-a', 'list-c']);
  expect(names((await api.call('GET', `${objects}?labels=list&kind=Service`, editor)).body)).toEqual([]);
  const first = await api.call('GET', `${objects}?labels=list&limit=2&content=true`, editor);
  expect(first.body['items']).toMatchObject([
    { object: { metadata: { name: 'list-a' } } },
    { etag: expect.any(String) as string },
  ]);
  const rest = await api.call('GET', `${objects}?labels=list&limit=2&cursor=${String(first.body['next'])}`, editor);
  expect([names(rest.body), rest.body['next']]).toEqual([['list-c'], undefined]);
  const stranger = await api.call('GET', `${objects}?labels=list`, 'stranger');
  expect(stranger.body).toMatchObject({ items: [], hidden: 3 });
  expect((await api.call('GET', `${objects}?labels=a%20b`, editor)).status).toBe(400);
  const elsewhere = await api.call('GET', '/api/v1/namespaces/default/objects', editor);
  expect([elsewhere.status, elsewhere.body]).toMatchObject([404, { code: 'controller.gitops-unknown' }]);
});

const deployment = (...ports: readonly object[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'ports' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'ports' } },
    template: {
      metadata: { labels: { app: 'ports' } },
      spec: { containers: [{ name: 'web', image: 'nginx:stable', ports }] },
    },
  },
});

test('two who change ports of one container are both right: the API server says what tells ports apart', async () => {
  const { editor } = bench;
  const [web, dns] = [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }];
  expect((await api.call('POST', objects, editor, deployment(web, dns))).status).toBe(200);
  const path = `${objects}/Deployment.apps/ports`;
  const match = { 'if-match': (await api.call('GET', path, editor)).headers.get('etag') ?? '' };
  const first = await api.call('PUT', path, editor, deployment({ ...web, hostPort: 8080 }, dns), match);
  expect(first.status).toBe(200);
  const second = await api.call('PUT', path, editor, deployment(web, { ...dns, hostPort: 5353 }), match);
  expect([second.status, second.body['state']]).toEqual([200, 'Committed']);
  expect((await api.call('GET', path, editor)).body).toMatchObject(
    deployment({ ...web, hostPort: 8080 }, { ...dns, hostPort: 5353 }),
  );
  const third = await api.call('PUT', path, editor, deployment({ ...web, hostPort: 8081 }, dns), match);
  const field = 'spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].hostPort';
  expect([third.status, third.body]).toMatchObject([409, { errors: [{ where: { field } }] }]);
});

test('refusals have their status and tell all problems', async () => {
  const { editor } = bench;
  const stranger = await api.call('POST', objects, 'stranger', configMap('refused', {}));
  expect([stranger.status, stranger.body['code']]).toEqual([403, 'kube.forbidden']);
  expect((await api.call('GET', `${objects}/ConfigMap/refused`, 'stranger')).status).toBe(403);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { token: 'hunter2' } };
  const plain = await api.call('POST', objects, editor, secret);
  expect([plain.status, plain.body['code']]).toEqual([422, 'writeback.plain-secret']);
  expect(JSON.stringify(plain.body)).not.toContain('hunter2');
  const other = await api.call('PUT', `${objects}/ConfigMap/one`, editor, configMap('two', {}));
  expect([other.status, other.body['code']]).toEqual([400, 'server.invalid']);
  expect((await api.call('POST', objects, editor, { message: 'nothing' })).status).toBe(400);
  expect((await api.call('PATCH', `${objects}/Nothing.example.org/x`, editor, {})).status).toBe(404);
  const nowhere = await api.call('POST', '/api/v1/namespaces/nowhere/objects', editor, configMap('x', {}));
  expect([nowhere.status, nowhere.body['code']]).toEqual([404, 'controller.gitops-unknown']);
});

test('the status of the namespace tells how Git maintains it, and unmanaged objects are listed', async () => {
  await bench.allow('viewer', ['applications'], ['get']);
  const status = await api.call('GET', as('/gitops-status'), 'viewer');
  expect(status.body).toMatchObject({
    state: 'on',
    url: bench.url,
    branch: 'main',
    mode: 'commit',
    format: 'json',
    secret: 'git-creds',
    repository: { name: 'gitops' },
    application: { name: 'gitops' },
    problems: [],
  });
  expect((await api.call('GET', as('/gitops-status'), 'stranger')).status).toBe(403);
  await bench.kube.call('POST', bench.configMaps(), configMap('by-hand', {}));
  const { body } = await api.call('GET', as('/unmanaged'), bench.editor);
  expect(JSON.stringify(body)).toContain('"by-hand"');
  expect((await api.call('GET', as('/unmanaged'), 'stranger')).body).toEqual({ items: [] });
});

const asWatcher: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  request.headers.set('authorization', asUser('watcher').authorization);
  return fetch(request);
};

test('what becomes of a change is told in the stream of events, to who may list Operations', async () => {
  await bench.allow('watcher', ['operations'], ['list']);
  const stop = new AbortController();
  const query = { namespace: bench.namespace, kind: 'Operation' } as const;
  const client = createApiClient({ server: api.url, fetch: asWatcher });
  const changes = followChanges(client, {
    ...query,
    signal: AbortSignal.any([stop.signal, limit()]),
  });
  expect((await changes.next()).value).toBeUndefined();
  const made = await api.call('POST', objects, bench.editor, configMap('told', { a: '1' }));
  const told = [(await changes.next()).value, (await changes.next()).value];
  const { namespace } = bench;
  const name = String(made.body['operation']);
  const change = { kind: 'Operation', type: 'changed', namespace, name };
  expect(told).toMatchObject([change, change]);
  stop.abort();
});
