import { afterEach, expect, test } from 'vitest';
import { type SeenCall } from '../../../test/support/api-proxy.ts';
import { configMap } from '../../../test/support/gitops.ts';
import { testClient } from '../../../test/support/kube-client.ts';
import { limit } from '../../../test/support/limit.ts';
import { apiProxyOfEachTest, gitOpsOfEachTest } from '../../../test/support/scene.ts';

// The watch of namespaces is held: what it would show has happened, and the controller was not told.
const proxy = apiProxyOfEachTest();
const bench = gitOpsOfEachTest('labelled');
// Before what waits for its answers is closed.
afterEach(() => proxy.release());

const isWatch = ({ url }: SeenCall) => url.startsWith('/api/v1/namespaces?') && url.includes('watch=');
const on = { 'plumbline.dev/gitops': 'enabled' };
const off = { 'plumbline.dev/gitops': null };
const from = () => ({ 'plumbline.dev/git-repo': bench.url });
const put = (value: string) => [{ verb: 'put', object: configMap('settings', { value }) }] as const;

/** Resolves when the namespace itself is read. */
function looked(): Promise<void> {
  const seen = Promise.withResolvers<void>();
  proxy.answer(({ method, url }) => {
    if (method === 'GET' && url.split('?', 1)[0] === `/api/v1/namespaces/${bench.namespace}`) seen.resolve();
    return undefined;
  });
  return seen.promise;
}

test('what is sent right after the label was set is a commit, though no watch has shown the label', async () => {
  await bench.createSecret();
  const controller = bench.startPlain({ client: await testClient({ server: proxy.server }) });
  await controller.started;
  expect(await bench.submit(controller, put('direct'))).toMatchObject({ state: 'Applied' });
  proxy.hold(isWatch);
  await bench.label(on, from());
  expect(controller.gitops()?.settingsOf(bench.namespace)).toBeUndefined();
  const look = looked();
  const submitted = bench.submit(controller, put('first'), {}, { wait: 'synced' });
  await Promise.race([look, submitted]);
  expect((await bench.kube.call('GET', `${bench.configMaps()}/settings`)).data).toEqual({ value: 'direct' });
  proxy.release();
  expect(await submitted).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  expect(await bench.file(`${bench.namespace}/ConfigMap/settings/settings.json`)).toMatchObject({
    data: { value: 'first' },
  });
  expect((await bench.kube.call('GET', `${bench.configMaps()}/settings`)).data).toEqual({ value: 'first' });
});

test('what is sent right after the label was taken away is no commit, and stays in the cluster', async () => {
  const controller = await bench.start({ client: await testClient({ server: proxy.server }) });
  const { commit } = await bench.submit(controller, put('first'), {}, { wait: 'synced' });
  proxy.hold(isWatch);
  await bench.label(off);
  expect(controller.gitops()?.settingsOf(bench.namespace)).toBeDefined();
  const look = looked();
  const submitted = bench.submit(controller, put('second'));
  await Promise.race([look, submitted]);
  proxy.release();
  expect(await submitted).toMatchObject({ state: 'Applied' });
  expect(await bench.git('rev-parse', 'main')).toBe(commit);
  // Nothing is left that would put it back.
  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  expect((await bench.kube.call('GET', applications)).items).toEqual([]);
  expect((await bench.kube.call('GET', `${bench.configMaps()}/settings`)).data).toEqual({ value: 'second' });
});

test('what a namespace said wrong is over as soon as it says it right, though no watch has shown that', async () => {
  await bench.createSecret();
  const controller = bench.startPlain({ client: await testClient({ server: proxy.server }) });
  await controller.started;
  await bench.label(on);
  const events = `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`;
  await bench.kube.until(events, (seen) => (seen as { readonly reason?: string }).reason === 'GitOpsInvalid', limit());
  await expect(bench.submit(controller, put('none'))).rejects.toMatchObject({ code: 'controller.gitops-invalid' });
  proxy.hold(isWatch);
  await bench.label({}, from());
  const look = looked();
  const submitted = bench.submit(controller, put('first'));
  await Promise.race([look, submitted]);
  proxy.release();
  expect(await submitted).toMatchObject({ state: 'Committed' });
});
