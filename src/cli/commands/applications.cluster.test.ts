import { load } from 'js-yaml';
import { beforeAll, expect, test } from 'vitest';
import { applicationsPath, type SeenApplication } from '../../../test/support/applications.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import { kubeOfFile, namespaceOfFile } from '../../../test/support/kube-client.ts';

/** What the commands show and ask for, against the real API server; no controller runs, the statuses are given. */
const kube = kubeOfFile();
const namespace = namespaceOfFile('cli-applications');
const first = '1111111111111111111111111111111111111111';
const second = '2222222222222222222222222222222222222222';
const at = '2026-11-21T10:00:00Z';

function plumb(...args: string[]) {
  return plumbInProcess([...args, '--kubeconfig', kubeconfigPath(), '-q'], {
    now: () => new Date('2026-11-21T10:05:00Z'),
  });
}

beforeAll(async () => {
  await plumb('install');
  const base = { apiVersion: 'plumbline.dev/v1alpha1', kind: 'Application' };
  for (const name of ['shop', 'blog']) {
    await kube.call('POST', applicationsPath(namespace), {
      ...base,
      metadata: { name },
      spec: { source: { repositoryRef: { name: 'apps' }, path: name }, destination: { namespace: 'prod' } },
    });
  }
  await kube.call('PATCH', `${applicationsPath(namespace)}/shop/status`, {
    status: {
      observedGeneration: 1,
      revision: second,
      health: 'Degraded',
      drift: { objects: 1, reverted: 7 },
      synced: { at, by: 'automated', objects: 3, failed: 0 },
      history: [
        {
          revision: second,
          at,
          by: 'automated',
          outcome: 'Succeeded',
          changed: 1,
          pruned: 0,
          failed: 0,
          drift: [{ object: 'Service shop/web', manager: 'rival', operation: 'Update', fields: ['spec.type'] }],
        },
        { revision: first, at, by: 'automated', outcome: 'Succeeded', changed: 3, pruned: 0, failed: 0 },
      ],
      conditions: [
        { type: 'Ready', status: 'False', reason: 'Degraded', message: 'a pod crashes', lastTransitionTime: at },
        { type: 'Synced', status: 'True', reason: 'Synced', message: '3 objects', lastTransitionTime: at },
        { type: 'Healthy', status: 'False', reason: 'Degraded', message: 'a pod crashes', lastTransitionTime: at },
      ],
    },
  });
});

async function read(name: string): Promise<SeenApplication & { metadata: { annotations?: Record<string, string> } }> {
  return (await kube.call('GET', `${applicationsPath(namespace)}/${name}`)) as SeenApplication;
}

test('install can be repeated, and prints what it would do', async () => {
  expect((await plumb('install')).stdout).toContain('clusterrole.rbac.authorization.k8s.io/plumbline-view unchanged');
  const printed = await plumb('install', '--dry-run', '-o', 'json');
  const { items } = JSON.parse(printed.stdout) as { items: { kind: string }[] };
  expect(items.map(({ kind }) => kind).slice(0, 4)).toEqual([
    'CustomResourceDefinition',
    'CustomResourceDefinition',
    'CustomResourceDefinition',
    'Namespace',
  ]);
});

test('get shows Applications as a table, in full, and by name', async () => {
  const { stdout } = await plumb('get', '-n', namespace);
  const [headings, blog, shop] = stdout.split('\n').map((line) => line.split(/\s{3,}/));
  expect(headings).toEqual(['NAME', 'SYNC', 'HEALTH', 'REVISION', 'REASON', 'AGE']);
  expect(blog?.slice(0, 3)).toEqual(['blog', 'Unknown', 'Unknown']);
  expect(shop?.slice(0, 5)).toEqual(['shop', 'Synced', 'Degraded', '222222222222', 'Degraded']);
  expect((await plumb('get', '-n', namespace, '-o', 'wide')).stdout).toMatch(/shop .* apps +shop +prod +3 +1\n/);
  expect((await plumb('get', 'apps', 'shop', '-n', namespace, '-o', 'name')).stdout).toBe(
    'application.plumbline.dev/shop\n',
  );
  const full = JSON.parse((await plumb('get', 'shop', '-n', namespace, '-o', 'json')).stdout) as SeenApplication;
  expect(full.status?.revision).toBe(second);
  expect((await plumb('get', '-A')).stdout).toMatch(new RegExp(`^${namespace} +shop +Synced +Degraded `, 'm'));
  expect((await plumb('get', 'repositories', '-n', namespace)).stderr).toContain('There is no Repository');
});

test('a name that nothing has is told with those that there are', async () => {
  const { stderr, exitCode } = await plumb('describe', 'shoop', '-n', namespace);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`there is no Application shoop in the namespace ${namespace} (cli.not-found)`);
  expect(stderr).toContain('There are: blog, shop.');
});

test('describe tells conditions, history and Events', async () => {
  await kube.call('POST', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'shop.1' },
    eventTime: '2026-11-21T10:01:00.000000Z',
    reportingController: 'plumbline.dev/controller',
    reportingInstance: 'test',
    type: 'Warning',
    reason: 'SyncFailed',
    action: 'Sync',
    note: 'first line\nservice/web: refused',
    regarding: { apiVersion: 'plumbline.dev/v1alpha1', kind: 'Application', namespace, name: 'shop' },
  });
  const { stdout } = await plumb('describe', 'shop', '-n', namespace);
  expect(stdout).toMatch(/Health: +Degraded/);
  expect(stdout).toMatch(/Objects: +3, 1 drifted, put back 7 times/);
  expect(stdout).toMatch(/Ready: +False Degraded \(5m\)\n +a pod crashes/);
  expect(stdout).toMatch(/Service shop\/web: spec\.type by rival\n/);
  expect(stdout).toMatch(/4m +Warning +SyncFailed +first line\n/);
  const logs = await plumb('logs', 'shop', '-n', namespace);
  expect(logs.stdout).toContain('SyncFailed first line\n  service/web: refused\n');
  expect(logs.stdout).toContain('now Degraded a pod crashes');
});

test('history tells the syncs, the newest first', async () => {
  const { stdout } = await plumb('history', 'shop', '-n', namespace);
  expect(stdout.split('\n')[1]?.split(/\s{3,}/)).toEqual([
    '1',
    '222222222222',
    'Succeeded',
    'automated',
    '1',
    '0',
    '0',
    '5m',
  ]);
  expect((await plumb('history', 'shop', '-n', namespace, '-o', 'wide')).stdout).toContain(first);
});

const told = async (...args: string[]) => (await plumb(...args, '-n', namespace)).stdout;

test('what commands tell is there for programs as well', async () => {
  expect(await told('history', 'shop', '-o', 'name')).toBe(`${second}\n${first}\n`);
  const entries = JSON.parse(await told('history', 'shop', '-o', 'json')) as unknown[];
  expect(entries).toMatchObject([{ revision: second }, { revision: first }]);
  expect(load(await told('history', 'shop', '-o', 'yaml'))).toEqual(entries);
  expect(load(await told('version', '-o', 'yaml'))).toEqual(JSON.parse(await told('version', '-o', 'json')));
  expect(JSON.parse(await told('tree', 'shop', '-o', 'json'))).toEqual(load(await told('tree', 'shop', '-o', 'yaml')));
  // The Event is that of the test above.
  const [line = '', ...others] = (await told('logs', 'shop', '-o', 'json')).trimEnd().split('\n');
  expect(others).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({ type: 'Warning', reason: 'SyncFailed' });
  expect(load(await told('logs', 'shop', '-o', 'yaml'))).toEqual(JSON.parse(line));
});

test('rollback asks for the commit before, or for one of the history, and can be released', async () => {
  expect((await plumb('rollback', 'shop', '-n', namespace, '--no-wait')).exitCode).toBe(0);
  expect((await read('shop')).metadata.annotations).toMatchObject({ 'plumbline.dev/rollbackTo': first });
  expect((await plumb('rollback', 'shop', '2222', '-n', namespace)).stdout).toContain('is held at 222222222222');
  expect((await read('shop')).metadata.annotations).toMatchObject({ 'plumbline.dev/rollbackTo': second });
  expect((await plumb('rollback', 'shop', '--release', '-n', namespace)).exitCode).toBe(0);
  expect((await read('shop')).metadata.annotations ?? {}).not.toHaveProperty(['plumbline.dev/rollbackTo']);
  expect((await plumb('rollback', 'shop', '3333', '-n', namespace)).exitCode).toBe(2);
  expect((await plumb('rollback', 'blog', '-n', namespace)).stderr).toContain('cli.no-earlier-revision');
});

test('suspend and resume set the field, sync asks by annotation and says when nobody answers', async () => {
  expect((await plumb('suspend', 'blog', '-n', namespace)).stdout).toBe('application.plumbline.dev/blog suspended\n');
  expect((await read('blog')).spec).toMatchObject({ suspend: true });
  expect((await plumb('sync', 'blog', '-n', namespace)).stderr).toContain('(cli.suspended)');
  expect((await plumb('resume', 'blog', '-n', namespace)).stdout).toBe('application.plumbline.dev/blog resumed\n');
  expect((await read('blog')).spec).toMatchObject({ suspend: false });
  const waited = await plumb('sync', 'blog', '-n', namespace, '--timeout', '500ms');
  expect(waited.exitCode).toBe(3);
  expect(waited.stderr).toContain('was not synced within 0.5 s');
  expect((await read('blog')).metadata.annotations).toHaveProperty(['plumbline.dev/syncRequestedAt']);
});

test('names of Applications are completed', async () => {
  const words = ['describe', '--kubeconfig', kubeconfigPath(), '-n', namespace, ''];
  const { stdout } = await plumbInProcess(['__complete', '--', ...words]);
  expect(stdout).toBe('blog\nshop\n');
  const absent = await plumbInProcess(['__complete', '--', 'describe', '--kubeconfig', '/nowhere', '']);
  expect(absent).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});

test('an Application with several sources is shown with all of them, and rolled back with all of them', async () => {
  const name = 'several';
  await kube.call('POST', applicationsPath(namespace), {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: {
      sources: [
        { repositoryRef: { name: 'charts' }, path: 'web', helm: { valueFiles: ['$settings/values.yaml'] } },
        { name: 'settings', repositoryRef: { name: 'environments' } },
      ],
    },
  });
  const entry = { at, by: 'automated', outcome: 'Succeeded', changed: 1, pruned: 0, failed: 0 };
  await kube.call('PATCH', `${applicationsPath(namespace)}/${name}/status`, {
    status: {
      revision: second,
      revisions: [second, second],
      history: [
        { ...entry, revision: second, revisions: [second, second] },
        { ...entry, revision: second, revisions: [second, first] },
      ],
    },
  });
  const wide = (await plumb('get', '-n', namespace, name, '-o', 'wide')).stdout;
  expect(wide).toMatch(/222222222222,222222222222 .* charts,environments +web /);
  const described = (await plumb('describe', name, '-n', namespace)).stdout;
  expect(described).toMatch(/Source: +charts web\nSource: +environments as \$settings\n/);
  await plumb('rollback', name, '-n', namespace, '--no-wait');
  expect((await read(name)).metadata.annotations?.['plumbline.dev/rollbackTo']).toBe(`${second},${first}`);
  const unclear = await plumb('diff', name, '-n', namespace, '--revision', 'main');
  expect(unclear).toMatchObject({ exitCode: 2 });
  expect(unclear.stderr).toContain('the sources with a name are: settings');
});
