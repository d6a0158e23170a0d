import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { installActionPolicy } from '../../../test/support/action-policy.ts';
import { createAccount } from '../../../test/support/account.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { folderOfFile } from '../../../test/support/folder.ts';
import { kubectl } from '../../../test/support/kubectl.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfFile, wholeFile } from '../../../test/support/scene.ts';
import { servedOfFile } from '../../../test/support/serve-bench.ts';

// The same commands against the cluster and against a server, by a real controller, API server and token.
const folder = folderOfFile();
const bench = controllerOfFile('cli-server');
let head: string;

const settings = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: ${value}}\n`;
const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:stable"}]}
`;

beforeAll(async () => {
  head = await bench.repository.commit({ 'app/settings.yaml': settings('one'), 'app/web.yaml': web });
  await bench.createRepository();
  const source = { repositoryRef: { name: 'apps' }, path: 'app' };
  await bench.createApplication('shop', { source });
  await bench.createApplication('manual', { source: { ...source, path: 'none' }, sync: { automated: false } });
});
const policy = wholeFile(
  () => installActionPolicy(bench, 'shop'),
  (installed) => installed.remove(),
);
const api = servedOfFile(bench, () => bench.start({ actionPolicy: policy.actionPolicy }));
beforeAll(async () => {
  await createAccount(bench, folder, 'editor', [
    { apiGroups: ['plumbline.dev'], resources: ['*'], verbs: ['*'] },
    { apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list'] },
  ]);
  await createAccount(bench, folder, 'looker', [
    { apiGroups: ['plumbline.dev'], resources: ['applications'], verbs: ['get', 'list'] },
  ]);
  await bench.application('shop', isReadyAt(head));
});

const now = () => new Date('2030-01-01T00:00:00Z');
const ofCluster = (...args: string[]) =>
  plumbInProcess([...args, '-n', bench.namespace, '-q', '--kubeconfig', kubeconfigPath()], { now });
const ofServer = (...args: string[]) => as('editor', ...args);
const as = (user: string, ...args: string[]) =>
  plumbInProcess([...args, '-n', bench.namespace, '-q', '--token-file', join(folder, user)], {
    now,
    env: { PLUMB_SERVER: api.url },
  });

test.each([
  ['get'],
  ['get', '-o', 'wide'],
  ['get', '-o', 'name'],
  ['get', '-o', 'json'],
  ['get', 'repositories'],
  ['get', 'shop', '-o', 'yaml'],
  ['get', 'shop', '-o', 'json'],
  ['get', 'none'],
  ['describe', 'shop'],
  ['describe', 'none'],
  ['history', 'shop', '-o', 'wide'],
  ['history', 'shop', '-o', 'json'],
  ['tree', 'shop'],
  ['tree', 'shop', '-o', 'json'],
  ['tree', 'shop', '-o', 'name'],
  ['logs', 'shop'],
  ['logs', 'shop', '-o', 'json'],
  ['diff', 'shop', '--allow-file-urls', '--system-namespace', 'SELF'],
])('plumb %s %s %s %s says the same of a server as of a cluster', async (...args) => {
  const given = args.map((arg) => (arg === 'SELF' ? bench.namespace : arg));
  const [cluster, server] = await Promise.all([ofCluster(...given), ofServer(...given)]);
  // A write of the status is known here before its version is.
  const version = /("?resourceVersion"?: )\S+/g;
  const plain = (text: string) => text.replaceAll(version, '$1');
  expect(plain(server.stdout)).toBe(plain(cluster.stdout));
  expect(server.stderr).toBe(cluster.stderr);
  expect(server.exitCode).toBe(cluster.exitCode);
  // Where nothing differs, a diff says nothing.
  if (args[0] !== 'diff') expect(cluster.stdout + cluster.stderr).not.toBe('');
});

test('sync, reconcile, rollback, suspend and resume are asked for over the server, and waited for', async () => {
  const first = (await bench.application('shop', hasCondition('Ready', 'True'))).status?.revision ?? '';
  const second = await bench.repository.commit({ 'app/settings.yaml': settings('two') });
  const synced = await ofServer('sync', 'shop', '--timeout', '3m');
  expect(synced).toMatchObject({
    exitCode: 0,
    stdout: `application.plumbline.dev/shop Synced at ${second.slice(0, 12)}\n`,
  });
  const reconciled = await ofServer('reconcile', 'shop', '--timeout', '3m');
  expect(reconciled).toMatchObject({ exitCode: 0 });
  expect(reconciled.stdout).toContain('reconciled: Synced at');
  const back = await ofServer('rollback', 'shop', '--timeout', '3m');
  expect(back).toMatchObject({
    exitCode: 0,
    stdout: `application.plumbline.dev/shop is held at ${first.slice(0, 12)}\n`,
  });
  expect((await ofServer('rollback', 'shop', '--release')).stdout).toContain('follows Git again');
  await bench.application('shop', isReadyAt(second));
  expect((await ofServer('suspend', 'shop')).stdout).toBe('application.plumbline.dev/shop suspended\n');
  await bench.application('shop', ({ spec }) => spec.suspend === true);
  const { stderr, exitCode } = await ofServer('sync', 'shop');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('cli.suspended')]);
  expect((await ofServer('resume', 'shop')).stdout).toBe('application.plumbline.dev/shop resumed\n');
  await bench.application('shop', ({ spec }) => spec.suspend !== true);
});

const of = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

/** A command of the page, for the Application of this test: what follows `plumb`. */
function ofPage(name: string): readonly string[] {
  const text = commandBlocks('docs/deletion-safety.md').find((block) => block.name === name)?.text ?? '';
  return text.trim().replace('shop', 'safe').split(' ').slice(1);
}

test('a prune is simulated, and approved by the cluster, by the server and by the annotation, after it was shown', async () => {
  const flags = ['--allow-file-urls', '--system-namespace', bench.namespace];
  const kept = `${of('k').trimEnd().replace('name: k', 'name: k, annotations: {helm.sh/resource-policy: keep}')}\n`;
  const files = { 'safe/b.yaml': of('b'), 'safe/c.yaml': of('c'), 'safe/k.yaml': kept };
  const source = { repositoryRef: { name: 'apps' }, path: 'safe' };
  await bench.repository.commit({ 'safe/a.yaml': of('a') });
  await bench.createApplication('safe', { source, sync: { pruneLimit: { objects: 1 } } });
  /** Two objects that wait to be pruned; answers with their token. */
  const asking = async (): Promise<string> => {
    const both = await bench.repository.commit(files);
    expect((await ofCluster('reconcile', 'safe', '--timeout', '3m')).exitCode).toBe(0);
    await bench.application('safe', isReadyAt(both));
    await bench.repository.commit({ 'safe/b.yaml': null, 'safe/c.yaml': null, 'safe/k.yaml': null });
    await ofCluster('reconcile', 'safe', '--timeout', '3m');
    const { status } = await bench.application('safe', hasCondition('Synced', 'False', 'PruneBlocked'));
    return status?.approval?.token ?? '';
  };
  const pruned = (): Promise<unknown> =>
    bench.application('safe', ({ status }) => status?.history?.[0]?.pruned === 2 && status.approval === undefined);

  const token = await asking();
  const simulate = [...ofPage('simulate'), ...flags];
  for (const output of ['wide', 'json']) {
    const [cluster, server] = await Promise.all([
      ofCluster(...simulate, '-o', output),
      ofServer(...simulate, '-o', output),
    ]);
    expect(server).toEqual(cluster);
    expect(cluster.exitCode).toBe(0);
  }
  const table = await ofServer(...simulate);
  expect(table.stdout).toMatch(
    /^- +ConfigMap \S+\/b +keep \(limit\) +2 of 4 objects would be deleted, more than the 1 /m,
  );
  expect(table.stdout).toMatch(
    /^- +ConfigMap \S+\/k +keep \(kept\) +it is no longer desired, and helm\.sh\/resource-policy: keep /m,
  );
  expect(table.stdout).toMatch(/^ConfigMap \S+\/a unchanged \(dry run\)\n/);
  expect(table.stdout).not.toMatch(/\/b .*dry run/);
  expect(table.stderr).toContain(token);

  const approve = [...ofPage('approve'), ...flags];
  const mute = await ofServer(...approve);
  expect([mute.exitCode, mute.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  expect(mute.stdout).toMatch(/^1 +ConfigMap \S+\/b +delete /m);
  expect((await as('looker', ...approve, '--yes')).stderr).toContain('auth.forbidden');
  const asked: string[] = [];
  const answering = (answer: string) => ({
    now,
    ask: (question: string) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
  });
  const own = [...approve, '-n', bench.namespace, '-q', '--kubeconfig', kubeconfigPath()];
  const no = await plumbInProcess(own, answering('no'));
  expect([no.exitCode, no.stderr]).toEqual([0, expect.stringContaining('Nothing was approved.')]);
  expect((await bench.application('safe', () => true)).status?.approval?.token).toBe(token);
  const yes = await plumbInProcess(own, answering('yes'));
  expect(yes.stdout).toContain('application.plumbline.dev/safe may delete these 2 objects\n');
  expect(asked).toEqual(Array(2).fill('Let these 2 objects of safe be deleted? Type yes: '));
  await pruned();
  expect((await ofServer(...approve)).stderr).toContain('cli.nothing-to-approve');

  const second = await asking();
  expect(second).not.toBe(token);
  expect((await ofServer(...approve, '--yes')).exitCode).toBe(0);
  await pruned();

  const third = await asking();
  const annotate = ofPage('annotate').map((word) => word.replace('TOKEN', third));
  await kubectl([...annotate, '-n', bench.namespace, '--kubeconfig', kubeconfigPath()], { HOME: folder });
  await pruned();
  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await bench.kube.call('DELETE', `${applications}/safe`);
  await bench.kube.untilGone(applications, 'safe', limit());
});

test('logs are followed over the server', async () => {
  const ending = new AbortController();
  const following = plumbInProcess(
    [
      'logs',
      'shop',
      '-f',
      '-o',
      'json',
      '-n',
      bench.namespace,
      '--server',
      api.url,
      '--token-file',
      join(folder, 'editor'),
    ],
    { signal: ending.signal },
  );
  await bench.repository.commit({ 'app/settings.yaml': settings('three') });
  await ofServer('sync', 'shop', '--timeout', '3m');
  const known = (await ofServer('logs', 'shop', '-o', 'json')).stdout;
  ending.abort();
  const { stdout } = await following;
  expect(known).toContain(stdout.trimEnd().split('\n').at(0) ?? 'none');
});

test('who may not is told so, by name, and who does not sign in too', async () => {
  expect((await as('looker', 'get', '-o', 'name')).stdout).toBe(
    'application.plumbline.dev/manual\napplication.plumbline.dev/shop\n',
  );
  const refused = await as('looker', 'sync', 'shop');
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('may not sync')]);
  const tree = await as('looker', 'tree', 'shop');
  expect(tree.stderr).toContain(`You may not see: ConfigMap ${bench.namespace}, Deployment.apps ${bench.namespace}`);
  const nobody = await plumbInProcess(['get', '--server', api.url], { env: { XDG_CONFIG_HOME: folder } });
  expect([nobody.exitCode, nobody.stderr]).toEqual([1, expect.stringContaining('cli.signed-out')]);
  const wrong = join(folder, 'wrong');
  await writeFile(wrong, 'nonsense');
  const unknown = await plumbInProcess(['get', '--server', api.url, '--token-file', wrong]);
  expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('(auth.')]);
  const none = await plumbInProcess(['get', '--server', api.url, '--token-file', join(folder, 'none')]);
  expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('ENOENT')]);
});

test('a server that is none is told of, and one that is away', async () => {
  const away = await plumbInProcess(['get', '--server', 'http://127.0.0.1:1', '--token-file', join(folder, 'editor')]);
  expect([away.exitCode, away.stderr]).toEqual([1, expect.stringContaining('client.unreachable')]);
  const both = await plumbInProcess(['get', '--server', api.url, '--kubeconfig', kubeconfigPath()]);
  expect(both.exitCode).toBe(2);
  const wrong = await plumbInProcess(['get', '--server', 'nonsense']);
  expect([wrong.exitCode, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('the URL of a server begins with https://'),
  ]);
});

const complete = async (words: readonly string[], env: Record<string, string> = {}) =>
  (await plumbInProcess(['__complete', '--', ...words], { env })).stdout;

test('names are completed by asking the server that the flags or the environment name', async () => {
  const flags = ['--token-file', join(folder, 'looker')];
  const named = ['--server', api.url, ...flags];
  expect(await complete(['sync', ...named, '-n', bench.namespace, ''])).toBe('manual\nshop\n');
  expect(await complete(['tree', ...flags, '-n', bench.namespace, 's'], { PLUMB_SERVER: api.url })).toBe('shop\n');
  expect(await complete(['sync', ...named, '-n', bench.namespace.slice(0, -1)])).toBe(`${bench.namespace}\n`);
  // What is away, or lets nobody in, is no reason to write over the command line.
  expect(await complete(['sync', '--server', api.url, '--token-file', join(folder, 'none'), ''])).toBe('');
});

const part = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: ${value}}\n`;

const partFiles = (value: string) => ({ 'parts/a.yaml': part('part-a', value), 'parts/b.yaml': part('part-b', value) });

test('a sync is tried, asked for in part, for another commit and stopped, of a cluster and over the server', async () => {
  const first = await bench.repository.commit(partFiles('one'));
  const source = { repositoryRef: { name: 'apps' }, path: 'parts' };
  await bench.createApplication('parts', { source, sync: { automated: false } });
  expect((await ofServer('sync', 'parts', '--timeout', '3m')).exitCode).toBe(0);
  await bench.repository.commit(partFiles('two'));
  await ofServer('reconcile', 'parts', '--timeout', '3m');
  await bench.application('parts', (seen) => messageOf(seen, 'Synced').startsWith('2 objects differ'));

  const tried = ['sync', 'parts', '--dry-run', '--system-namespace', bench.namespace, '--allow-file-urls'];
  const each = (name: string, action: string) => `ConfigMap ${bench.namespace}/${name} ${action} (dry run)\n`;
  const whole = `${each('part-a', 'configured')}${each('part-b', 'configured')}`;
  expect(await ofServer(...tried)).toMatchObject({ exitCode: 0, stdout: whole });
  expect(await ofCluster(...tried)).toMatchObject({ exitCode: 0, stdout: whole });
  const some = await ofServer(...tried, '--resource', 'ConfigMap/part-a');
  expect(some).toMatchObject({ exitCode: 0, stdout: each('part-a', 'configured') });

  const chosen = await ofServer('sync', 'parts', '--resource', 'ConfigMap/part-a', '--timeout', '3m');
  expect(chosen).toMatchObject({ exitCode: 0 });
  expect((await ofServer(...tried)).stdout).toBe(`${each('part-a', 'unchanged')}${each('part-b', 'configured')}`);
  const none = await ofCluster('sync', 'parts', '--resource', ':ConfigMap:none', '--timeout', '3m');
  expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining('these are no objects of it')]);

  const back = await ofCluster('sync', 'parts', '--revision', first.slice(0, 9), '--timeout', '3m');
  expect(back).toMatchObject({
    stderr: '',
    exitCode: 0,
    stdout: expect.stringContaining(first.slice(0, 12)) as string,
  });
  const history = await ofServer('history', 'parts', '-o', 'json');
  const places = [
    ['--kubeconfig', kubeconfigPath()],
    ['--server', api.url, '--token-file', join(folder, 'editor')],
  ];
  for (const place of places) {
    const words = ['sync', 'parts', ...place, '-n', bench.namespace];
    expect(await complete([...words, '--resource', ''])).toBe('ConfigMap/part-a\nConfigMap/part-b\n');
    expect(await complete([...words, '--revision', first.slice(0, 4)])).toBe(`${first}\n`);
  }
  const by = (JSON.parse(history.stdout) as { by: string }[]).map((entry) => entry.by);
  expect(by).toEqual(['manual by plumbline-admin', `manual by system:serviceaccount:${bench.namespace}:editor`]);
  for (const ask of [ofServer, ofCluster]) {
    const idle = await ask('sync', 'parts', '--stop', '--timeout', '3m');
    expect([idle.exitCode, idle.stdout]).toEqual([
      0,
      expect.stringContaining('nothing was stopped: no sync is under way'),
    ]);
  }

  await bench.patchApplication('parts', { spec: { dependsOn: [{ name: 'nobody' }] } });
  const waits = `The sync would wait (DependencyMissing): there is no Application ${bench.namespace}/nobody\n`;
  const changes = `${each('part-a', 'configured')}${each('part-b', 'configured')}`;
  for (const ask of [ofServer, ofCluster]) {
    const held = await ask(...tried, '--prune');
    expect(held).toMatchObject({ exitCode: 0, stderr: '', stdout: `${changes}${waits}Nothing would be pruned.\n` });
    expect((await ask(...tried, '--ignore-dependencies')).stdout).toBe(changes);
  }
  const passed = await ofServer('sync', 'parts', '--ignore-dependencies', '--timeout', '3m');
  expect([passed.exitCode, passed.stderr]).toEqual([0, '']);
  const done = await ofServer(...tried, '--ignore-dependencies');
  expect(done.stdout).toBe(`${each('part-a', 'unchanged')}${each('part-b', 'unchanged')}`);
  for (const flag of ['--stop', '--ignore-dependencies']) {
    const refused = await as('looker', 'sync', 'parts', flag);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('may not sync')]);
  }
});
