import { beforeAll, expect, test } from 'vitest';
import { apiOfFile } from '../../../test/support/api-server.ts';
import { as } from '../../../test/support/api.ts';
import { hasCondition, isReadyAt } from '../../../test/support/controller.ts';
import type { Application } from '../../api/index.ts';
import { createApiClient, followChanges } from '../../client/index.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfFile } from '../../../test/support/scene.ts';

// One controller for all tests of the file, each of which has an Application of its own.
const bench = controllerOfFile('api');
const api = apiOfFile(bench, () => bench.start());
let head: string;

const settings = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: ${JSON.stringify(value)}}\n`;
const secret = (name: string, value: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\nstringData: {password: ${value}}\n`;
const web = (name: string, replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: "nginx:stable"}]}
`;

/** Of a pod that no node takes. */
const stuck = web('stuck', 1).replace('containers:', 'nodeSelector: {"kubernetes.io/hostname": nowhere}, containers:');

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** Lets a user of this test do something in the bench's namespace. */
async function grant(user: string, rules: readonly object[]): Promise<void> {
  const path = `${rbac}/namespaces/${bench.namespace}`;
  await bench.kube.call('POST', `${path}/roles`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: user },
    rules,
  });
  await bench.kube.call('POST', `${path}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
  });
}

const own = (resources: readonly string[], verbs: readonly string[]) => ({
  apiGroups: ['plumbline.dev'],
  resources,
  verbs,
});
const reading = ['get', 'list'];
const all = (name: string) => `/api/v1/applications/${bench.namespace}/${name}`;

beforeAll(async () => {
  head = await bench.repository.commit({
    'web/web.yaml': web('web', 1),
    'web/settings.yaml': settings('settings', 'one'),
    'web/secret.yaml': secret('password', 'hunter2'),
    'manual/manual.yaml': settings('manual', 'one'),
    'act/act.yaml': settings('act', 'one'),
    'verb/verb.yaml': settings('verb', 'one'),
    'prune/a.yaml': settings('prune-a', 'one'),
    'prune/b.yaml': settings('prune-b', 'one'),
    'stuck/stuck.yaml': stuck,
    'broken/broken.yaml': 'kind: [',
  });
  await bench.createRepository();
  for (const name of ['web', 'act', 'verb', 'stuck']) await bench.createApplication(name, { source: sourceAt(name) });
  await bench.createApplication('manual', { source: sourceAt('manual'), sync: { automated: false } });
  await bench.createApplication('prune', { source: sourceAt('prune'), sync: { pruneLimit: { objects: 0 } } });
  await bench.createApplication('broken', { source: sourceAt('broken') });
  const kinds = {
    apiGroups: ['', 'apps'],
    resources: ['configmaps', 'deployments', 'replicasets', 'pods'],
    verbs: reading,
  };
  await Promise.all([
    grant('viewer', [own(['applications', 'repositories'], reading), kinds]),
    grant('operator', [
      own(['applications', 'repositories'], [...reading, 'sync', 'rollback', 'approve']),
      { ...kinds, resources: [...kinds.resources, 'secrets', 'events'] },
    ]),
    grant('verb-only', [own(['applications'], [...reading, 'sync'])]),
    grant('patch-only', [own(['applications'], [...reading, 'patch'])]),
  ]);
  await Promise.all(['web', 'act', 'verb', 'prune'].map((name) => bench.application(name, isReadyAt(head))));
  await bench.application('broken', hasCondition('Ready', 'False'));
  await bench.application('stuck', hasCondition('Synced', 'True'));
});

const sourceAt = (path: string) => ({ repositoryRef: { name: 'apps' }, path });
const namesOf = (body: Readonly<Record<string, unknown>>) =>
  (body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

test('Applications are listed as the cluster has them, filtered and in pages', async () => {
  const { body } = await api.call('GET', `/api/v1/applications?namespace=${bench.namespace}`, 'viewer');
  expect(namesOf(body)).toEqual(['act', 'broken', 'manual', 'prune', 'stuck', 'verb', 'web']);
  const inCluster = await bench.application('web', isReadyAt(head));
  const shown = (body['items'] as Application[]).find(({ metadata }) => metadata.name === 'web');
  const { history, ...status } = inCluster.status ?? {};
  expect(history).toHaveLength(1);
  expect(shown?.status).toEqual(status);
  const whole = await api.call('GET', '/api/v1/applications?search=web&history=true', 'viewer');
  expect((whole.body['items'] as Application[])[0]?.status).toEqual(inCluster.status);
  expect(shown?.spec).toEqual(inCluster.spec);
  const filtered = async (query: string) =>
    namesOf((await api.call('GET', `/api/v1/applications?${query}`, 'viewer')).body);
  expect(await filtered('sync=Synced')).toEqual(['act', 'prune', 'stuck', 'verb', 'web']);
  expect(await filtered('search=an')).toEqual(['manual']);
  expect(await filtered('health=Degraded')).toEqual([]);
  expect(await filtered('repository=others')).toEqual([]);
  expect(await filtered('repository=apps&suspended=false&limit=1000')).toHaveLength(7);
  const first = await api.call('GET', '/api/v1/applications?limit=2', 'viewer');
  expect(namesOf(first.body)).toEqual(['act', 'broken']);
  const cursor = String(first.body['next']);
  const second = await api.call('GET', `/api/v1/applications?limit=2&cursor=${cursor}`, 'viewer');
  expect(namesOf(second.body)).toEqual(['manual', 'prune']);
  expect(second.headers.get('link')).toContain('rel="next"');
});

test('who has no rights sees nothing, and is refused where they name something', async () => {
  expect((await api.call('GET', '/api/v1/applications', 'nobody')).body).toEqual({ items: [] });
  expect((await api.call('GET', '/api/v1/repositories', 'nobody')).body).toEqual({ items: [] });
  const paths = ['', '/objects', '/tree', '/diff', '/owners', '/history', '/logs', '/objects/ConfigMap/settings'];
  const refused = [
    ...paths.map((path) => ['GET', `${all('web')}${path}`]),
    ['GET', `/api/v1/applications?namespace=${bench.namespace}`],
    ['GET', `/api/v1/repositories?namespace=${bench.namespace}`],
    ['GET', `/api/v1/repositories/${bench.namespace}/apps`],
    ['GET', `/api/v1/repositories/${bench.namespace}/apps/logs`],
    ['GET', `/api/v1/events?namespace=${bench.namespace}`],
    ...['sync', 'refresh', 'rollback', 'release', 'suspend', 'resume', 'approve-prune'].map((action) => [
      'POST',
      `${all('web')}/${action}`,
    ]),
  ] as const;
  for (const [method = '', path = ''] of refused) {
    const answer = await api.call(method, path, 'nobody', method === 'POST' ? {} : undefined);
    expect([path, answer.status, answer.body['code']]).toEqual([path, 403, 'auth.forbidden']);
  }
});

test('objects have their sync state and health, and those that the user may not get are only counted', async () => {
  const viewer = await api.call('GET', `${all('web')}/objects`, 'viewer');
  const items = viewer.body['items'] as { id: string; sync: string; health: { status: string }; origin: object }[];
  expect(items.map(({ id, sync, health }) => [id, sync, health.status])).toEqual([
    [`ConfigMap ${bench.namespace}/settings`, 'Synced', 'Healthy'],
    [`apps/Deployment ${bench.namespace}/web`, 'Synced', 'Healthy'],
  ]);
  expect(items[0]?.origin).toMatchObject({ file: 'web/settings.yaml' });
  expect(viewer.body['hidden']).toBe(1);
  const operator = await api.call('GET', `${all('web')}/objects`, 'operator');
  expect(operator.body['items']).toHaveLength(3);
  const broken = await api.call('GET', `${all('broken')}/objects`, 'viewer');
  expect(broken.body['problems']).toMatchObject([{ where: { file: 'broken/broken.yaml' } }]);
});

test('an object is shown as Git says and as it lives, and no value of a Secret ever is', async () => {
  const one = await api.call('GET', `${all('web')}/objects/ConfigMap/settings`, 'viewer');
  expect(one.body).toMatchObject({ desired: { data: { value: 'one' } }, live: { data: { value: 'one' } } });
  const hidden = await api.call('GET', `${all('web')}/objects/Secret/password`, 'viewer');
  expect([hidden.status, hidden.body['code']]).toEqual([404, 'server.missing']);
  const masked = await api.call('GET', `${all('web')}/objects/Secret/password`, 'operator');
  const text = JSON.stringify(masked.body);
  for (const value of ['hunter2', Buffer.from('hunter2').toString('base64')]) expect(text).not.toContain(value);
  const { desired, live } = masked.body as { desired: { data: object }; live: { data: object } };
  expect(live.data).toEqual(desired.data);
  const none = await api.call('GET', `${all('web')}/objects/ConfigMap/none`, 'viewer');
  expect(none.status).toBe(404);
});

test('the tree shows what Kubernetes has made, of what the user may list', async () => {
  const { body } = await api.call('GET', `${all('web')}/tree`, 'viewer');
  const items = body['items'] as { kind: string; name: string; uid: string; parent?: string }[];
  const deployment = items.find(({ kind }) => kind === 'Deployment');
  const replicaSet = items.find(({ kind }) => kind === 'ReplicaSet');
  expect(replicaSet?.parent).toBe(deployment?.uid);
  expect(items.find(({ kind }) => kind === 'Pod')?.parent).toBe(replicaSet?.uid);
  expect(body['hiddenKinds']).toEqual([`Secret ${bench.namespace}`]);
});

const isUnscheduled = (seen: SeenObject): boolean =>
  (seen as { readonly reason?: string }).reason === 'FailedScheduling' && seen.metadata.name.startsWith('stuck-');

/** The tree of the Application whose pod is stuck, for a user. */
async function stuckTree(user: string) {
  const { body } = await api.call('GET', `${all('stuck')}/tree`, user);
  const items = body['items'] as { kind: string; health: { message: string }; warnings?: object[] }[];
  return { hidden: body['hiddenKinds'], byKind: new Map(items.map((item) => [item.kind, item])) };
}

test('the tree tells what Events warn of about what is not well, to who may read them', async () => {
  await bench.kube.until(`/api/v1/namespaces/${bench.namespace}/events`, isUnscheduled, limit());
  const operator = await stuckTree('operator');
  expect(operator.hidden).toEqual([]);
  expect(operator.byKind.get('Pod')?.warnings).toEqual([
    {
      reason: 'FailedScheduling',
      message: expect.stringMatching(/nodes are available/),
      count: expect.any(Number),
      at: expect.stringMatching(/^2\d{3}-.*Z$/),
    },
  ]);
  // What is above it says why as well, and has no Event of its own.
  const deployment = operator.byKind.get('Deployment');
  expect(deployment?.health.message).toMatch(/Pod stuck-\S+: FailedScheduling: .*nodes are available/);
  expect(deployment).not.toHaveProperty('warnings');
  const viewer = await stuckTree('viewer');
  expect(viewer.hidden).toEqual([`Event ${bench.namespace}`]);
  expect([...viewer.byKind.values()].filter((node) => 'warnings' in node)).toEqual([]);
  expect(JSON.stringify([...viewer.byKind])).not.toContain('FailedScheduling');
});

test('a diff tells what a sync would change, and a sync, asked for over the API, does it', async () => {
  const diff = await api.call('GET', `${all('manual')}/diff`, 'operator');
  expect(diff.body['items']).toMatchObject([{ id: `ConfigMap ${bench.namespace}/manual`, change: 'create' }]);
  const next = await bench.repository.commit({ 'manual/manual.yaml': settings('manual', 'two') });
  const asked = await api.call('POST', `${all('manual')}/sync`, 'operator', {});
  expect(asked.status).toBe(202);
  const synced = await bench.application(
    'manual',
    ({ status }) => status?.handledSyncRequest === asked.body['request'],
  );
  expect(synced.status?.revision).toBe(next);
  expect((await api.call('GET', `${all('manual')}/diff`, 'operator')).body).toMatchObject({ items: [], problems: [] });
  const history = await api.call('GET', `${all('manual')}/history`, 'viewer');
  expect(history.body['items']).toMatchObject([{ revision: next, by: 'manual', outcome: 'Succeeded', changed: 1 }]);
  const logs = await api.call('GET', `${all('manual')}/logs`, 'viewer');
  expect(JSON.stringify(logs.body)).toContain(`created ConfigMap ${bench.namespace}/manual`);
});

test('an action needs its verb and nothing else: with it alone nothing else can be done', async () => {
  const asked = await api.call('POST', `${all('verb')}/sync`, 'verb-only', { fetch: false });
  expect(asked.status).toBe(202);
  const done = await bench.application('verb', ({ status }) => status?.handledSyncRequest === asked.body['request']);
  expect(done.metadata.annotations).toMatchObject({
    'plumbline.dev/syncRequestedAt.by': `${String(asked.body['request'])} verb-only`,
  });
  expect((await api.call('POST', `${all('verb')}/refresh`, 'verb-only', {})).status).toBe(202);
  const acceptRewind = '0'.repeat(40);
  const others = [
    ['suspend', undefined],
    ['resume', undefined],
    ['rollback', {}],
    ['release', undefined],
    ['approve-prune', { approval: 'any' }],
    ['refresh', { acceptRewind }],
  ] as const;
  for (const [action, body] of others) {
    const answer = await api.call('POST', `${all('verb')}/${action}`, 'verb-only', body);
    expect([action, answer.status, answer.body['code']]).toEqual([action, 403, 'auth.forbidden']);
  }
  const { namespace } = bench;
  const user = bench.client.as({ username: 'verb-only' });
  const ref = { group: 'plumbline.dev', kind: 'Application', namespace, name: 'verb' };
  for (const patch of [{ spec: { suspend: true } }, { metadata: { annotations: { any: 'thing' } } }])
    await expect(user.patch(ref, patch, { type: 'merge' })).rejects.toMatchObject({ code: 'kube.forbidden' });
  const after = await bench.application('verb', () => true);
  expect(after.spec).toEqual(done.spec);
});

test('the right to write an Application is none to sync it, and is what suspends it', async () => {
  const withoutVerb = await api.call('POST', `${all('act')}/sync`, 'patch-only', { fetch: false });
  expect([withoutVerb.status, withoutVerb.body['code']]).toEqual([403, 'auth.forbidden']);
  expect((await api.call('POST', `${all('act')}/suspend`, 'patch-only')).status).toBe(200);
  await bench.application('act', ({ spec }) => spec.suspend === true);
  const suspended = await untilStatus(() => api.call('POST', `${all('act')}/sync`, 'operator', {}), 409);
  expect(suspended.body['code']).toBe('cli.suspended');
  expect((await api.call('POST', `${all('act')}/resume`, 'patch-only')).status).toBe(200);
  await bench.application('act', ({ spec }) => spec.suspend !== true);
});

/** The view follows the cluster within milliseconds: asks until it has. */
async function untilStatus<Answer extends { status: number }>(
  ask: () => Promise<Answer>,
  status: number,
): Promise<Answer> {
  const client = createApiClient({ server: api.url, fetch: asOperator });
  const changes = followChanges(client, { signal: limit() });
  while ((await changes.next()).done !== true) {
    const answer = await ask();
    if (answer.status === status) return answer;
  }
  throw new Error('the stream ended');
}

const asOperator: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  for (const [name, value] of Object.entries(as('operator'))) request.headers.set(name, value);
  return fetch(request);
};

test('a refresh is acted on, a rollback holds an Application, and a release lets it go', async () => {
  const refreshed = await api.call('POST', `${all('act')}/refresh`, 'operator', {});
  await bench.application('act', ({ status }) => status?.handledRequest === refreshed.body['request']);
  const next = await bench.repository.commit({ 'act/act.yaml': settings('act', 'two') });
  await api.call('POST', `${all('act')}/refresh`, 'operator', {});
  await bench.application('act', isReadyAt(next));
  const back = await api.call('POST', `${all('act')}/rollback`, 'operator', {});
  expect(back.body['revision']).toBe(head);
  await bench.application('act', hasCondition('Synced', 'False', 'RolledBack'));
  const unclear = await api.call('POST', `${all('act')}/rollback`, 'operator', { revision: 'xyz' });
  expect([unclear.status, unclear.body['code']]).toEqual([400, 'server.invalid']);
  expect((await api.call('POST', `${all('act')}/release`, 'operator')).status).toBe(200);
  await bench.application('act', isReadyAt(next));
});

test('a prune above the limit waits until exactly it is approved', async () => {
  await bench.repository.commit({ 'prune/b.yaml': null });
  await api.call('POST', `${all('prune')}/refresh`, 'operator', {});
  await bench.application('prune', hasCondition('Synced', 'False', 'PruneBlocked'));
  const { body } = await api.call('GET', `${all('prune')}/objects`, 'operator');
  const approval = String(body['approval']);
  const other = await api.call('POST', `${all('prune')}/approve-prune`, 'operator', { approval: 'another' });
  expect([other.status, other.body['code']]).toEqual([409, 'server.outdated']);
  expect((await api.call('POST', `${all('prune')}/approve-prune`, 'operator', { approval })).status).toBe(200);
  await bench.application('prune', hasCondition('Synced', 'True'));
});

test('Repositories are shown, with what was done for them', async () => {
  const { body } = await api.call('GET', '/api/v1/repositories', 'viewer');
  expect(namesOf(body)).toEqual(['apps']);
  const one = await api.call('GET', `/api/v1/repositories/${bench.namespace}/apps`, 'viewer');
  expect(one.body).toMatchObject({ kind: 'Repository', status: { revision: expect.stringMatching(/^[0-9a-f]{40}$/) } });
  expect((await api.call('GET', `/api/v1/repositories/${bench.namespace}/apps/logs`, 'viewer')).status).toBe(200);
  const none = await api.call('GET', `/api/v1/repositories/${bench.namespace}/none`, 'viewer');
  expect([none.status, none.body['code']]).toEqual([404, 'server.missing']);
});

test('what has not changed is not sent again', async () => {
  const first = await api.call('GET', all('web'), 'viewer');
  const etag = first.headers.get('etag') ?? '';
  const again = await api.call('GET', all('web'), 'viewer', undefined, { 'if-none-match': etag });
  expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
});

test('this installation and whoever asks are described', async () => {
  expect((await api.call('GET', '/api/v1/version', 'nobody')).body).toEqual({ version: '0.0.0-test' });
  expect((await api.call('GET', '/api/v1/user', 'viewer')).body).toMatchObject({ username: 'viewer', groups: [] });
  expect((await api.call('GET', '/api/v1/openapi.json', 'nobody')).body).toMatchObject({ openapi: '3.1.0' });
});

// Other groups of routes have tests of their own, through the same check.
const operations = [
  'listApplications',
  'getApplication',
  'listApplicationObjects',
  'getApplicationObject',
  'getApplicationTree',
  'diffApplication',
  'listFieldOwners',
  'getApplicationHistory',
  'getApplicationLogs',
  'syncApplication',
  'refreshApplication',
  'rollbackApplication',
  'releaseApplication',
  'suspendApplication',
  'resumeApplication',
  'approvePrune',
  'listRepositories',
  'getRepository',
  'getRepositoryLogs',
  'streamEvents',
  'getVersion',
  'getUser',
  'getOpenApi',
];

test('every operation was tried, and every answer was as the document says', () => {
  expect([...api.check.seen].toSorted()).toEqual(operations.toSorted());
  expect(api.check.operations).toEqual(expect.arrayContaining(operations));
});
