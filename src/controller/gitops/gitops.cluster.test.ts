import { expect, test } from 'vitest';
import { configMap, hasValue } from '../../../test/support/gitops.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import type { Application, Repository } from '../../api/index.ts';
import { unmanagedObjects } from './unmanaged.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfEachTest } from '../../../test/support/scene.ts';

const bench = gitOpsOfEachTest('gitops');

type RepositorySpec = Repository['spec'];
type ApplicationSpec = Application['spec'];

const wrong = (object: object) => ({ verb: 'create', object: object as ReturnType<typeof configMap> }) as const;

const readyMessage = (wanted: RegExp) => (seen: SeenObject) => {
  const conditions = seen.status?.conditions as readonly { readonly type: string; readonly message?: string }[];
  return conditions?.some(({ type, message = '' }) => type === 'Ready' && wanted.test(message)) ?? false;
};

const isEnded = (name: string, state: string) => (seen: SeenObject) =>
  seen.metadata.name === name && (seen.status as { readonly state?: string } | undefined)?.state === state;

test('an object is created, patched and deleted in Git, and the cluster follows each commit', async () => {
  const controller = await bench.start();
  const created = await bench.submit(
    controller,
    [{ verb: 'create', object: configMap('settings', { a: '1' }) }],
    { message: 'First settings' },
    { wait: 'synced' },
  );
  expect(created).toMatchObject({ state: 'Committed', sync: { state: 'synced', revision: created.commit } });
  const path = `${bench.namespace}/ConfigMap/settings/settings.json`;
  expect(await bench.file(path)).toEqual({
    ...configMap('settings', { a: '1' }),
    metadata: { name: 'settings', namespace: bench.namespace },
  });
  const name = { group: '', kind: 'ConfigMap', name: 'settings' };
  await bench.submit(
    controller,
    [{ verb: 'patch', name, type: 'merge', patch: { data: { b: '2' } } }],
    { action: 'Canary promoted' },
    { wait: 'synced' },
  );
  await bench.kube.until(bench.configMaps(), hasValue('settings', 'b', '2'), limit());
  const deleted = await bench.submit(controller, [{ verb: 'delete', name }], {}, { wait: 'synced' });
  expect(deleted).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  await bench.kube.untilGone(bench.configMaps(), 'settings', limit());
  const author = { Author: bench.editor, Email: 'editor@example.org' };
  expect(await bench.subjects()).toEqual([
    { Action: 'create', Message: 'First settings', ...author },
    { Action: 'Canary promoted', Message: '', ...author },
    { Action: 'delete', Message: '', ...author },
  ]);
  expect(await bench.git('log', '-1', '--format=%an <%ae> %cn <%ce>')).toBe(
    'plumb <service@example.org> plumb <service@example.org>',
  );
  expect(await bench.git('log', '-1', '--format=%(trailers:key=Plumbline-Operation,valueonly)')).toBe(
    deleted.operation,
  );
});

test('fifty at once are fifty commits, none lost and none twice, each with its own subject; several objects are one commit', async () => {
  const controller = await bench.start();
  const numbers = Array.from({ length: 50 }, (_, number) => number);
  const results = await Promise.all(
    numbers.map((number) =>
      bench.submit(
        controller,
        [
          { verb: 'create', object: configMap(`one-${number}`, { n: String(number) }) },
          { verb: 'put', object: configMap(`two-${number}`, { n: String(number) }) },
        ],
        { message: `number ${number}`, idempotencyKey: `key-${number}` },
      ),
    ),
  );
  expect(new Set(results.map(({ commit }) => commit)).size).toBe(50);
  const subjects = await bench.subjects();
  expect(new Set(subjects.map(({ Message }) => Message))).toEqual(new Set(numbers.map((number) => `number ${number}`)));
  expect(subjects).toHaveLength(50);
  for (const [number, { commit }] of results.entries()) {
    expect(await bench.git('show', '--format=', '--name-status', commit ?? '')).toBe(
      [`one-${number}`, `two-${number}`]
        .map((name) => `A\t${bench.namespace}/ConfigMap/${name}/${name}.json`)
        .join('\n'),
    );
  }
  expect(bench.pushes.length).toBeLessThan(25);
  // Who repeats a request by its key gets what became of it the first time.
  const repeated = await bench.submit(
    controller,
    [
      { verb: 'create', object: configMap('one-7', { n: '7' }) },
      { verb: 'put', object: configMap('two-7', { n: '7' }) },
    ],
    { message: 'number 7', idempotencyKey: 'key-7' },
    { wait: 'synced' },
  );
  expect(repeated).toMatchObject({ operation: results[7]?.operation, commit: results[7]?.commit });
  expect(await bench.subjects()).toHaveLength(50);
  const other = bench.submit(controller, [{ verb: 'create', object: configMap('other', {}) }], {
    idempotencyKey: 'key-7',
  });
  await expect(other).rejects.toMatchObject({ code: 'writeback.key-reused' });
  await bench.kube.until(bench.configMaps(), hasValue('two-49', 'n', '49'), limit());
});

test('changes of different fields are joined; of the same field, the later one is refused with both sides', async () => {
  const controller = await bench.start();
  const name = { group: '', kind: 'ConfigMap', name: 'shared' };
  await bench.submit(controller, [{ verb: 'create', object: configMap('shared', { a: '1', b: '1' }) }]);
  const seen = await bench.read(controller, name);
  const patch = (data: Readonly<Record<string, string>>) =>
    ({ verb: 'patch', name, type: 'merge', patch: { data } }) as const;
  await bench.submit(controller, [patch({ a: '2' })]);
  await bench.submit(controller, [{ ...patch({ b: '2' }), ifMatch: seen.etag }]);
  expect((await bench.read(controller, name)).object).toMatchObject({ data: { a: '2', b: '2' } });
  const late = bench.submit(controller, [{ ...patch({ a: '3' }), ifMatch: seen.etag }]);
  await expect(late).rejects.toMatchObject({
    problems: [
      {
        code: 'writeback.conflict',
        where: { field: 'data.a' },
        sides: { base: '1', ours: '3', theirs: '2' },
      },
    ],
  });
  // Of many who change the same field at once, each wants something else: one wins, and the others are told.
  const racers = await Promise.allSettled(
    ['x', 'y', 'z'].map((value) =>
      bench.submit(controller, [{ verb: 'put', object: configMap('shared', { a: value, b: '2' }) }]),
    ),
  );
  const states = racers.map(({ status }) => status);
  expect(states.filter((status) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
  for (const racer of racers)
    if (racer.status === 'rejected') expect(racer.reason).toMatchObject({ code: 'writeback.conflict' });
  const commits = (await bench.subjects()).length;
  expect(commits).toBe(3 + states.filter((status) => status === 'fulfilled').length);
});

test('what the user may not do, what the server refuses, secrets and smuggled objects are refused, all at once', async () => {
  const controller = await bench.start();
  const stranger = { username: 'stranger', groups: ['system:authenticated'] };
  const settings = configMap('settings', { a: '1' });
  const forbidden = bench.submit(controller, [wrong(settings), wrong(configMap('other', {}))], { user: stranger });
  await expect(forbidden).rejects.toMatchObject({ problems: [{ code: 'kube.forbidden' }, { code: 'kube.forbidden' }] });
  const invalid = bench.submit(controller, [
    wrong({ ...settings, data: { 'no blank allowed': 'x' } }),
    wrong({ ...configMap('other', {}), datta: {} }),
  ]);
  await expect(invalid).rejects.toMatchObject({ problems: [{ code: 'kube.invalid' }, { code: 'kube.invalid' }] });
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { token: 'hunter2' } };
  const plain = bench.submit(controller, [wrong(secret)]);
  await expect(plain).rejects.toMatchObject({ code: 'writeback.plain-secret' });
  await expect(plain).rejects.not.toThrow('hunter2');
  const smuggled = bench.submit(controller, [
    wrong({ ...settings, metadata: { name: 'a', namespace: 'kube-system' } }),
    wrong({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'b' }, rules: [] }),
    wrong({ ...settings, metadata: { generateName: 'c-' } }),
    wrong({ ...settings, metadata: { name: '../../d' } }),
    wrong({ apiVersion: 'plumbline.dev/v1alpha1', kind: 'Application', metadata: { name: 'gitops' }, spec: {} }),
    wrong({ apiVersion: 'plumbline.dev/v1alpha1', kind: 'Operation', metadata: { name: 'e' }, spec: {} }),
  ]);
  await expect(smuggled).rejects.toMatchObject({
    problems: [
      { code: 'writeback.request-invalid', where: { field: 'metadata.namespace' } },
      { code: 'writeback.request-invalid' },
      { code: 'writeback.request-invalid', where: { field: 'metadata.generateName' } },
      { code: 'writeback.path-invalid' },
      { code: 'writeback.request-invalid' },
      { code: 'writeback.request-invalid' },
    ],
  });
  await expect(bench.git('rev-parse', 'main')).rejects.toThrow('main');
  expect(await bench.operations()).toEqual([]);
});

test('a Secret that SOPS has encrypted is let through', async () => {
  const controller = await bench.start();
  const cipher = 'ENC[AES256_GCM,data:Zm9v,iv:aaa,tag:bbb,type:str]';
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { token: cipher },
    sops: { mac: cipher, version: '3.13.3' },
  };
  await bench.submit(controller, [{ verb: 'create', object: secret }]);
  expect(await bench.file(`${bench.namespace}/Secret/s/s.json`)).toMatchObject({ data: { token: cipher } });
});

test('where Git does not maintain the namespace, a change goes straight to the cluster, as the user', async () => {
  const controller = bench.startPlain();
  await controller.started;
  const name = { group: '', kind: 'ConfigMap', name: 'settings' };
  const created = await bench.submit(controller, [{ verb: 'create', object: configMap('settings', { a: '1' }) }]);
  expect(created).toMatchObject({ state: 'Applied', objects: [{ change: 'created' }] });
  await bench.submit(controller, [
    { verb: 'patch', name, type: 'json', patch: [{ op: 'add', path: '/data/b', value: '2' }] },
  ]);
  const live = await bench.kube.call('GET', `${bench.configMaps()}/settings`);
  expect(live.data).toEqual({ a: '1', b: '2' });
  const stale = bench.submit(controller, [
    {
      verb: 'replace',
      object: configMap('settings', {}),
      ifMatch: `"${created.objects?.[0]?.object?.metadata.resourceVersion}"`,
    },
  ]);
  await expect(stale).rejects.toMatchObject({ code: 'kube.stale' });
  const user = { username: 'stranger', groups: ['system:authenticated'] };
  const forbidden = bench.submit(controller, [{ verb: 'delete', name }], { user });
  await expect(forbidden).rejects.toMatchObject({ code: 'kube.forbidden' });
  await bench.submit(controller, [{ verb: 'delete', name }]);
  await bench.kube.untilGone(bench.configMaps(), 'settings', limit());
  expect((await bench.operations()).map(({ spec, status }) => [spec?.mode, status?.state])).toEqual([
    ['direct', 'Applied'],
    ['direct', 'Applied'],
    ['direct', 'Applied'],
  ]);
});

test('the Repository and the Application come, change and go with the label; the objects stay', async () => {
  const controller = await bench.start();
  await bench.submit(
    controller,
    [{ verb: 'create', object: configMap('settings', { a: '1' }) }],
    {},
    { wait: 'synced' },
  );
  expect(controller.gitops()?.status(bench.namespace)).toMatchObject({
    state: 'on',
    secret: 'git-creds',
    settings: { url: bench.url, branch: 'main', mode: 'commit', format: 'json' },
    problems: [],
  });
  const own = (kind: string) => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/${kind}`;
  // Somebody changes or deletes what Plumbline has made: it is put right.
  await bench.kube.call('PATCH', `${own('repositories')}/gitops`, { spec: { ref: { branch: 'other' } } });
  await bench.kube.until(own('repositories'), ({ spec }) => (spec as RepositorySpec).ref?.branch === 'main', limit());
  const { metadata } = await bench.kube.call('GET', `${own('applications')}/gitops`);
  await bench.kube.call('DELETE', `${own('applications')}/gitops`);
  await bench.kube.until(own('applications'), (seen) => seen.metadata.uid !== metadata.uid, limit());
  await bench.label({}, { 'plumbline.dev/git-path': 'clusters/one' });
  await bench.kube.until(
    own('applications'),
    ({ spec }) => (spec as ApplicationSpec).source?.path === `clusters/one/${bench.namespace}`,
    limit(),
  );
  await bench.label({ 'plumbline.dev/gitops': 'disabled' });
  await bench.kube.untilGone(own('applications'), 'gitops', limit());
  await bench.kube.untilGone(own('repositories'), 'gitops', limit());
  expect((await bench.kube.call('GET', `${bench.configMaps()}/settings`)).data).toEqual({ a: '1' });
});

test('Seldon names are honoured; what is wrong with a namespace is told', async () => {
  await bench.label({ 'seldon.gitops': 'enabled' }, { 'plumbline.dev/git-format': 'toml' });
  const controller = bench.startPlain();
  await controller.started;
  expect(controller.gitops()?.status(bench.namespace)).toMatchObject({
    state: 'invalid',
    problems: [{ code: 'controller.gitops-invalid' }, { code: 'controller.gitops-invalid' }],
  });
  const refused = bench.submit(controller, [{ verb: 'create', object: configMap('settings', {}) }]);
  await expect(refused).rejects.toMatchObject({ code: 'controller.gitops-invalid' });
  await bench.label({}, { 'plumbline.dev/git-format': 'YAML', 'git-repo': 'ftp://example.org/models' });
  await bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (seen) => JSON.stringify(seen).includes('the URL has to begin with https://'),
    limit(),
  );
  expect(controller.gitops()?.status(bench.namespace)).toMatchObject({
    state: 'on',
    problems: [{ code: 'kube.invalid' }],
  });
  const unmade = bench.submit(controller, [{ verb: 'create', object: configMap('settings', {}) }]);
  await expect(unmade).rejects.toMatchObject({ code: 'kube.invalid' });
  await bench.label({}, { 'git-repo': bench.url });
  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  // There is no Secret yet: the server lets nobody in, and the Repository says so.
  await bench.kube.until(repositories, readyMessage(/git\.auth-failed/), limit());
  await bench.createSecret();
  await bench.kube.until(repositories, readyMessage(/git\.ref-not-found/), limit());
  await bench.submit(
    controller,
    [{ verb: 'create', object: configMap('settings', { a: 'yes' }) }],
    {},
    { wait: 'synced' },
  );
  expect(await bench.git('show', `main:${bench.namespace}/ConfigMap/settings/settings.yaml`)).toBe(
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: ${bench.namespace}\ndata:\n  a: "yes"`,
  );
});

test('what was made with kubectl is left alone, and can be listed', async () => {
  const controller = await bench.start();
  await bench.kube.call('POST', bench.configMaps(), configMap('by-hand', { a: '1' }));
  const created = await bench.submit(
    controller,
    [{ verb: 'create', object: configMap('settings', { a: '1' }) }],
    {},
    { wait: 'synced' },
  );
  expect(created.sync?.state).toBe('synced');
  expect((await bench.kube.call('GET', `${bench.configMaps()}/by-hand`)).data).toEqual({ a: '1' });
  const asUser = bench.client.as({ username: bench.editor, groups: ['system:authenticated'] });
  const unmanaged = await unmanagedObjects(bench.namespace, asUser, limit());
  expect(unmanaged.map(({ key }) => `${key.kind} ${key.name}`)).toContain('ConfigMap by-hand');
  expect(unmanaged.map(({ key }) => key.name)).not.toContain('settings');
  const name = { group: '', kind: 'ConfigMap', name: 'by-hand' };
  const change = bench.submit(controller, [{ verb: 'delete', name }]);
  await expect(change).rejects.toMatchObject({ code: 'writeback.not-in-git' });
});

test('a controller that ends between the push and the end of an Operation finds it in Git after the start', async () => {
  const first = await bench.start();
  const done = await bench.submit(first, [{ verb: 'create', object: configMap('settings', { a: '1' }) }]);
  await first.stop();
  // As a process leaves them that was killed: nothing is known of either.
  const operations = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/operations`;
  const operation = (name: string) => ({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Operation',
    metadata: { name, namespace: bench.namespace },
    spec: {
      user: { username: bench.editor },
      action: 'create',
      mode: 'commit',
      repository: bench.url,
      branch: 'main',
      changes: [{ verb: 'create', kind: 'ConfigMap', name: 'settings' }],
      digest: 'x',
    },
  });
  await bench.kube.call('DELETE', `${operations}/${done.operation}`);
  await bench.kube.call('POST', operations, operation(done.operation ?? ''));
  await bench.kube.call('POST', operations, operation('op-never-pushed'));
  // Nothing is on its way that had to be waited for.
  const later = bench.startPlain({ now: () => Date.now() + 60_000, pushWaits: { settleMilliseconds: 1 } });
  await later.started;
  const found = await bench.kube.until(operations, isEnded(done.operation ?? '', 'Committed'), limit());
  expect(found.status).toMatchObject({ commit: done.commit });
  const lost = await bench.kube.until(operations, isEnded('op-never-pushed', 'Failed'), limit());
  expect(lost.status).toMatchObject({ problems: [{ code: 'writeback.interrupted' }] });
});
