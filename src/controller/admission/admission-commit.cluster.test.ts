import { afterEach, expect, test } from 'vitest';
import { kubectlAs, removeAdmission, runDocumented, untilRun } from '../../../test/support/admission.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { newGiteaRepository } from '../../../test/support/gitea.ts';
import { configMap, hasValue } from '../../../test/support/gitops.ts';
import { isReadyAt } from '../../../test/support/controller.ts';
import { serveAdmission } from '../../cli/controller/admission.ts';
import { readServing } from './serving.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfEachTest } from '../../../test/support/scene.ts';

const bench = gitOpsOfEachTest('commit');
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await removeAdmission(bench);
});

const label = 'plumbline.dev/git-admission';

/** Starts a controller and its webhook, and waits until the API server asks it. */
async function startCommitting() {
  const port = await freePort();
  const controller = await bench.start({ admission: { webhook: { url: `https://127.0.0.1:${port}` } } });
  const stop = new AbortController();
  const { client, namespace, log } = bench;
  const served = serveAdmission(controller, {
    client,
    namespace,
    address: { host: '127.0.0.1', port },
    log,
    signal: stop.signal,
  });
  const stopServing = async (): Promise<void> => {
    stop.abort();
    await served;
  };
  stops.push(stopServing, () => controller.stop());
  await bench.label({ [label]: 'commit' });
  await untilAsked();
  return { controller, stopServing };
}

const probe = () => kubectlAs(bench, ['create', 'configmap', 'probe', '--dry-run=server']);
const untilAsked = () => untilRun(probe, ({ text }) => text.includes('without the dry run this would'));

const deployment = (namespace: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
  },
});

const service = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
});

const path = (name: string, kind = 'ConfigMap') => `${bench.namespace}/${kind}/${name}/${name}.json`;

/** Waits until the namespace is synced at the newest commit, with nothing drifted. */
async function untilSynced(): Promise<void> {
  const commit = await bench.git('rev-parse', 'main');
  await bench.application('gitops', isReadyAt(commit));
}

test('what a person applies, edits and deletes is a commit of his, and the cluster has it at once', async () => {
  const { controller } = await startCommitting();
  const { namespace, editor } = bench;
  const made = await kubectlAs(bench, ['apply'], { input: configMap('settings', { a: '1', b: '1' }) });
  const commit = await bench.git('rev-parse', 'main');
  expect(made.isDone).toBe(true);
  expect(made.text).toContain(`Plumbline: committed to branch main of ${bench.url} as ${commit} (Operation op-`);
  expect(await bench.file(path('settings'))).toEqual({
    ...configMap('settings', { a: '1', b: '1' }),
    metadata: { name: 'settings', namespace },
  });
  const seen = await bench.kube.call('GET', `${bench.configMaps()}/settings`);
  expect(seen.data).toEqual({ a: '1', b: '1' });
  await untilSynced();
  const changed = await kubectlAs(bench, [
    'patch',
    'configmap',
    'settings',
    '--type=merge',
    '-p',
    '{"data":{"a":"2"}}',
  ]);
  expect(changed).toMatchObject({ isDone: true, text: expect.stringContaining('Plumbline: committed') });
  expect(await bench.file(path('settings'))).toMatchObject({ data: { a: '2', b: '1' } });
  expect((await bench.kube.call('GET', `${bench.configMaps()}/settings`)).data).toEqual({ a: '2', b: '1' });
  await untilSynced();
  // What is applied again as it is there is no commit.
  const again = await kubectlAs(bench, ['apply'], { input: configMap('settings', { a: '2', b: '1' }) });
  expect(again).toMatchObject({ isDone: true });
  expect(again.text).not.toContain('committed');
  // The fields are Git's: what goes there goes here, though kubectl has written it.
  await bench.push(
    {
      [path('settings')]: JSON.stringify({
        ...configMap('settings', { a: '2' }),
        metadata: { name: 'settings', namespace },
      }),
    },
    JSON.stringify({ Action: 'by hand' }),
  );
  controller.trigger(bench.url);
  await untilSynced();
  expect((await bench.kube.call('GET', `${bench.configMaps()}/settings`)).data).toEqual({ a: '2' });
  const deleted = await kubectlAs(bench, ['delete', 'configmap', 'settings']);
  expect(deleted).toMatchObject({ isDone: true, text: expect.stringContaining('Plumbline: committed') });
  await expect(bench.file(path('settings'))).rejects.toThrow(/does not exist/);
  await bench.kube.untilGone(bench.configMaps(), 'settings', limit());
  await untilSynced();
  const author = { Author: editor, Email: '' };
  expect(await bench.subjects()).toEqual([
    { Action: 'create', Message: 'kubectl-client-side-apply', ...author },
    { Action: 'update', Message: 'kubectl-patch', ...author },
    { Action: 'by hand' },
    { Action: 'delete', Message: '', ...author },
  ]);
  // Nothing of it was a drift.
  const synced = bench.logged.filter(({ message }) => message === 'synced').map(({ fields }) => fields);
  expect(synced.filter((fields) => (fields as { readonly by?: string }).by !== 'automated')).toEqual([]);
});

test('only what was written goes into Git, with the number of replicas, and what cannot be committed is refused', async () => {
  await startCommitting();
  const { namespace } = bench;
  const written = deployment(namespace);
  expect(await kubectlAs(bench, ['apply'], { input: written })).toMatchObject({ isDone: true });
  expect(await bench.file(path('web', 'Deployment'))).toEqual(written);
  expect(await kubectlAs(bench, ['apply', '--server-side'], { input: service(namespace) })).toMatchObject({
    isDone: true,
  });
  expect(await bench.file(path('web', 'Service'))).toEqual(service(namespace));
  await untilSynced();
  const scaled = await kubectlAs(bench, ['scale', 'deployment', 'web', '--replicas=2']);
  expect(scaled).toMatchObject({ isDone: true, text: expect.stringContaining('committed') });
  await untilSynced();
  const set = await kubectlAs(bench, ['set', 'image', 'deployment/web', 'web=nginx:2']);
  expect(set).toMatchObject({ isDone: true, text: expect.stringContaining('committed') });
  await untilSynced();
  const { spec, ...rest } = written;
  const [container] = spec.template.spec.containers;
  const template = { ...spec.template, spec: { containers: [{ ...container, image: 'nginx:2' }] } };
  expect(await bench.file(path('web', 'Deployment'))).toEqual({ ...rest, spec: { ...spec, replicas: 2, template } });
  expect(await kubectlAs(bench, ['label', 'deployment', 'web', 'tier=front'])).toMatchObject({ isDone: true });
  expect(await bench.file(path('web', 'Deployment'))).toMatchObject({ metadata: { labels: { tier: 'front' } } });
  expect(await kubectlAs(bench, ['create', 'configmap', 'plain', '--from-literal=a=b'])).toMatchObject({
    isDone: true,
  });
  expect(await bench.file(path('plain'))).toMatchObject({ data: { a: 'b' } });
  await untilSynced();

  const before = await bench.git('rev-parse', 'main');
  const dry = await kubectlAs(bench, ['label', 'deployment', 'web', 'tier=back', '--overwrite', '--dry-run=server']);
  expect(dry).toMatchObject({ isDone: true, text: expect.stringContaining('without the dry run') });
  const secret = await kubectlAs(bench, ['create', 'secret', 'generic', 'password', '--from-literal=a=hunter2']);
  expect(secret).toMatchObject({ isDone: false, text: expect.stringContaining('writeback.plain-secret') });
  expect(secret.text).not.toContain('hunter2');
  const generated = { ...configMap('', {}), metadata: { generateName: 'some-' } };
  expect(await kubectlAs(bench, ['create'], { input: generated })).toMatchObject({
    isDone: false,
    text: expect.stringContaining('it needs one of its own'),
  });
  expect(await kubectlAs(bench, ['create', 'service', 'clusterip', 'other', '--tcp=80'])).toMatchObject({
    isDone: false,
    text: expect.stringContaining('use kubectl apply'),
  });
  // What is not in Git is not maintained, and who changes it is told so.
  const account = await kubectlAs(bench, ['label', 'serviceaccount', 'default', 'a=b'], {
    as: ['root', 'system:masters'],
  });
  expect(account).toMatchObject({
    isDone: true,
    text: expect.stringContaining('is not in Git, and is not maintained'),
  });
  // Whoever has no right to it writes nothing to Git, either.
  const stranger = await kubectlAs(bench, ['create', 'configmap', 'other'], { as: ['stranger'] });
  expect(stranger).toMatchObject({ isDone: false });
  expect(await bench.git('rev-parse', 'main')).toBe(before);
  const { items = [] } = await bench.kube.call('GET', `/api/v1/namespaces/${namespace}/secrets`);
  expect(items.map(({ metadata }) => metadata.name)).not.toContain('password');
});

test('many at once end with the cluster as Git has it, each that was done with a commit of its own', async () => {
  await startCommitting();
  expect(await kubectlAs(bench, ['apply'], { input: configMap('settings', { a: '0' }) })).toMatchObject({
    isDone: true,
  });
  await untilSynced();
  const runs = await Promise.all(
    Array.from({ length: 6 }, (_, number) =>
      kubectlAs(bench, ['patch', 'configmap', 'settings', '--type=merge', '-p', `{"data":{"a":"${number + 1}"}}`]),
    ),
  );
  expect(runs.some(({ isDone }) => isDone)).toBe(true);
  for (const { isDone, text } of runs) if (!isDone) expect(text).toMatch(/writeback\.conflict|Conflict/);
  await untilSynced();
  const { data } = (await bench.file(path('settings'))) as { readonly data: Readonly<Record<string, string>> };
  const seen = await bench.kube.until(bench.configMaps(), hasValue('settings', 'a', data['a'] ?? ''), limit());
  expect(seen.data).toEqual(data);
  expect((await bench.subjects()).length).toBeGreaterThan(1);
});

test('without Plumbline people are refused and programs are not; a lost certificate is made anew', async () => {
  const { controller, stopServing } = await startCommitting();
  const { namespace, kube, client } = bench;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const name = 'plumbline-admission';
  const uidOf = async () => (await kube.call('GET', `${secrets}/${name}`)).metadata.uid;
  const before = await uidOf();
  await kube.call('DELETE', `${secrets}/${name}`);
  await kube.until(secrets, ({ metadata }) => metadata.name === name && metadata.uid !== before, limit());
  await untilAsked();
  expect(await kubectlAs(bench, ['apply'], { input: configMap('one', {}) })).toMatchObject({ isDone: true });

  const hosts = ['127.0.0.1'] as const;
  const day = 24 * 60 * 60 * 1_000;
  const keptAt = (days: number) => readServing({ client, namespace }, hosts, Date.now() + days * day, limit());
  const now = await keptAt(0);
  expect((await keptAt(59)).serving).toEqual(now.serving);
  const later = await keptAt(61);
  expect(later.serving).toMatchObject({ authority: now.serving.authority, path: now.serving.path });
  expect(later.serving.server).not.toEqual(now.serving.server);
  const muchLater = await keptAt(3_000);
  expect(muchLater.serving.authority).not.toEqual(now.serving.authority);
  expect(muchLater.serving.previous).toBe(now.serving.authority.certificate);
  // A server that runs shows the new one at once.
  await later.write(limit());
  await untilAsked();

  await controller.stop();
  await stopServing();
  const refused = await kubectlAs(bench, ['create', 'configmap', 'two']);
  expect(refused).toMatchObject({ isDone: false, text: expect.stringContaining('failed calling webhook') });
  const as = ['system:serviceaccount:somewhere:robot', 'system:masters'];
  expect(await kubectlAs(bench, ['create', 'configmap', 'by-robot'], { as })).toMatchObject({ isDone: true });
  await runDocumented(bench, 'admission-unlabel');
  await untilRun(
    () => kubectlAs(bench, ['create', 'configmap', 'three']),
    ({ isDone }) => isDone,
  );
});

test('where pull requests are wanted, a change is proposed and refused, with the link', async () => {
  const repository = await newGiteaRepository();
  const { controller } = await startCommitting();
  await bench.kube.call('PATCH', `/api/v1/namespaces/${bench.namespace}/secrets/git-creds`, {
    stringData: { username: repository.access.user, token: repository.access.token },
  });
  await bench.label(
    {},
    {
      'plumbline.dev/git-repo': repository.url,
      'plumbline.dev/git-mode': 'pullRequest',
      'plumbline.dev/git-forge': 'Gitea',
      'plumbline.dev/git-forge-url': `${repository.access.url}/api/v1`,
    },
  );
  await untilRun(probe, ({ text }) => text.includes('be proposed as a pull request'));
  const proposed = await kubectlAs(bench, ['apply'], { input: configMap('settings', { a: '1' }) });
  expect(proposed).toMatchObject({ isDone: false });
  const [operation] = await bench.operations();
  const { pullRequest } = operation?.status ?? {};
  expect(proposed.text).toContain(`Plumbline proposed this change: ${pullRequest?.link}`);
  expect(await repository.call('GET', `/pulls/${pullRequest?.number}`)).toMatchObject({ state: 'open' });
  const { items = [] } = await bench.kube.call('GET', bench.configMaps());
  expect(items.map(({ metadata }) => metadata.name)).not.toContain('settings');
  expect(controller.isReady()).toBe(true);
});
