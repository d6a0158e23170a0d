import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isReadyAt } from '../../../test/support/controller.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { openHttpRelay } from '../../../test/support/http-relay.ts';
import { putWebhookSecret, serveWebhooks } from '../../../test/support/serve-webhooks.ts';
import { sentWebhook } from '../../../test/support/webhooks.ts';
import { startGitServer } from '../../local/index.ts';
import type { PullRequestNews } from '../index.ts';
import { lifetime, limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

/** Webhooks over real HTTP, to a real controller with a real API server and Git. */
const bench = controllerOfEachTest('webhooks');

const configMap = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: "${value}" }\n`;

/** Sends until the answer is the wanted one: a changed Secret takes effect when its watch event has come. */
async function until(status: number, send: () => Promise<number>): Promise<void> {
  while ((await send()) !== status);
}

test('a push reaches the cluster by its webhook; the secret is rotated without a restart', async () => {
  await putWebhookSecret(bench, 'hook', { secret: 'first\n' });
  const first = await bench.repository.commit({ 'settings.yaml': configMap('one') });
  await bench.createRepository({ webhook: { secretRef: { name: 'hook' } } });
  await bench.createApplication('web', { destination: { namespace: bench.namespace } });
  const { tell, url } = await serveWebhooks(bench);
  await bench.application('web', isReadyAt(first));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);

  const second = await bench.repository.commit({ 'settings.yaml': configMap('two') });
  await until(202, () => tell(second, 'first'));
  await bench.application('web', isReadyAt(second));
  expect(await tell(second, 'second')).toBe(401);

  await putWebhookSecret(bench, 'hook', { secret: 'second', previousSecret: 'first' });
  await until(202, () => tell(second, 'second'));
  const third = await bench.repository.commit({ 'settings.yaml': configMap('three') });
  expect(await tell(third, 'first')).toBe(202);
  await bench.application('web', isReadyAt(third));

  await putWebhookSecret(bench, 'hook', { secret: 'second' });
  await until(401, () => tell(third, 'first'));
  expect(await tell(third, 'second')).toBe(202);
  const text = JSON.stringify(bench.logged);
  expect(text).toContain('"message":"webhook"');
  expect(text).not.toMatch(/sha256=[0-9a-f]{64}/);
});

test('a Repository says that the Secret of its webhooks is missing, and when it is there', async () => {
  await bench.repository.commit({ 'settings.yaml': configMap('one') });
  await bench.createRepository({ webhook: { secretRef: { name: 'late' } } });
  await serveWebhooks(bench);
  const told = async (reason: string): Promise<unknown> => {
    const seen = await bench.kube.until(
      `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`,
      ({ status }) => webhookReady(status)?.reason === reason,
      limit(),
    );
    return webhookReady(seen.status);
  };
  expect(await told('SecretMissing')).toMatchObject({
    status: 'False',
    message: expect.stringContaining(`Secret ${bench.namespace}/late: it does not exist, or holds no key \`secret\``),
  });
  await putWebhookSecret(bench, 'late', { secret: 'here' });
  expect(await told('SecretRead')).toMatchObject({ status: 'True' });
  await putWebhookSecret(bench, 'late', {});
  expect(await told('SecretMissing')).toMatchObject({ status: 'False' });
});

interface Seen {
  readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
}

const webhookReady = (status: unknown) =>
  (status as Seen | undefined)?.conditions?.find(({ type }) => type === 'WebhookReady');

test('a secret of the installation speaks for every Repository; who knows none gets one and the same answer', async () => {
  const first = await bench.repository.commit({ 'settings.yaml': configMap('one') });
  await bench.createRepository();
  await bench.createApplication('web', { destination: { namespace: bench.namespace } });
  const { tell, send } = await serveWebhooks(bench);
  await bench.application('web', isReadyAt(first));
  const second = await bench.repository.commit({ 'settings.yaml': configMap('two') });
  const elsewhere = { repository: 'https://github.com/example/app' };
  expect([await tell(second, 'shared'), await tell(second, 'shared', elsewhere)]).toEqual([401, 401]);
  await putWebhookSecret(bench, 'plumbline-webhooks', { one: 'another', two: 'shared' });
  await until(202, () => tell(second, 'shared'));
  await bench.application('web', isReadyAt(second));
  expect([await tell(second, 'shared', elsewhere), await tell(second, 'guess', elsewhere)]).toEqual([202, 401]);
  expect(await send('/webhooks', sentWebhook('github-ping', 'shared'))).toBe(202);
});

test('a thousand webhooks for one repository are two fetches at most, and one for what is known is none', async () => {
  await putWebhookSecret(bench, 'plumbline-webhooks', { all: 'shared' });
  const git = await startGitServer({ root: temporaryFolder(), signal: lifetime() });
  onTestFinished(() => git.close());
  await git.create('app', {
    from: join(import.meta.dirname, '..', '..', '..', 'examples', 'k8s-apps', 'base'),
    message: 'Begin',
    author: { name: 'Ada', email: 'ada@example.com' },
    at: new Date('2026-11-21T10:00:00Z'),
  });
  const relay = await openHttpRelay(git.port);
  const url = `${relay.url}/app.git`;
  await bench.createRepository({ url });
  await bench.createApplication('web', { destination: { namespace: bench.namespace } });
  const timers: (() => void)[] = [];
  const { tell } = await serveWebhooks(bench, {
    schedule: (_milliseconds, callback) => {
      timers.push(callback);
      return () => {};
    },
  });
  const synced = await bench.application('web', ({ status }) => status?.revision !== undefined);
  const fetches = (): number =>
    relay.requests.filter(
      ({ path, method, body }) =>
        method === 'POST' && path.endsWith('git-upload-pack') && /ls-refs/.test(body.toString()),
    ).length;
  const before = fetches();
  expect(before).toBeGreaterThan(0);

  const known = synced.status?.revision ?? '';
  expect(await tell(known, 'shared', { repository: url })).toBe(202);
  expect(await tell('3'.repeat(40), 'shared', { repository: url, ref: 'refs/heads/another' })).toBe(202);
  // What was only waiting for its turn would have begun before the answer to this.
  expect(timers).toEqual([]);
  expect(fetches()).toBe(before);

  const second = Promise.withResolvers<void>();
  relay.onAnswer = (_asked, answer) => {
    if (fetches() - before === 2) second.resolve();
    return answer;
  };
  const commits = Array.from({ length: 1000 }, (_, number) => number.toString(16).padStart(40, '3'));
  const answers = new Set<number>();
  while (commits.length > 0) {
    const some = commits.splice(0, 100).map((commit) => tell(commit, 'shared', { repository: url }));
    for (const status of await Promise.all(some)) answers.add(status);
  }
  expect([...answers]).toEqual([202]);
  // The first one fetched, and all others wait together for the end of a time, which is now.
  const ring = (): void => {
    expect(timers).toHaveLength(1);
    timers.pop()?.();
  };
  ring();
  await second.promise;
  // Nothing is left that could fetch: no news waits, and the next poll is an hour away.
  ring();
  expect(timers).toEqual([]);
  expect(fetches() - before).toBe(2);
});

test('polling goes on beside webhooks', async () => {
  await putWebhookSecret(bench, 'plumbline-webhooks', { all: 'shared' });
  const first = await bench.repository.commit({ 'settings.yaml': configMap('one') });
  await bench.createRepository({ interval: '500ms' });
  await bench.createApplication('web', { destination: { namespace: bench.namespace } });
  const { tell } = await serveWebhooks(bench);
  await bench.application('web', isReadyAt(first));
  const second = await bench.repository.commit({ 'settings.yaml': configMap('two') });
  expect(await tell(second, 'shared')).toBe(202);
  await bench.application('web', isReadyAt(second));
  const untold = await bench.repository.commit({ 'settings.yaml': configMap('three') });
  await bench.application('web', isReadyAt(untold));
});

test('a pull request is handed on, with the Repositories that proved it', async () => {
  await putWebhookSecret(bench, 'hook', { secret: 'ours' });
  await bench.repository.commit({ 'settings.yaml': configMap('one') });
  await bench.createRepository({ url: 'https://github.com/example/app', webhook: { secretRef: { name: 'hook' } } });
  const told = Promise.withResolvers<PullRequestNews>();
  const { send } = await serveWebhooks(bench, { onPullRequest: told.resolve });
  await until(202, () => send('/webhooks', sentWebhook('github-pull-request', 'ours')));
  expect(await told.promise).toMatchObject({
    repositories: [`${bench.namespace}/apps`],
    event: { number: 12, action: 'updated', head: { branch: 'more' } },
  });
});

test('a process that waits for its turn to lead takes nothing, and takes over when it leads', async () => {
  await putWebhookSecret(bench, 'plumbline-webhooks', { all: 'shared' });
  const first = await serveWebhooks(bench);
  const { controller, url, send } = await serveWebhooks(bench, {}, false);
  const push = () => send('/webhooks', sentWebhook('github-push', 'shared'));
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await push()).toBe(503);
  await first.controller.stop();
  await controller.started;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await push()).toBe(202);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(503);
});
