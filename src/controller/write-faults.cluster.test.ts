import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startControllerProcess } from '../../test/support/controller-process.ts';
import { basic, openGitGate } from '../../test/support/git-gate.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { newGiteaRepository } from '../../test/support/gitea.ts';
import { configMap } from '../../test/support/gitops.ts';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import type { SeenObject } from '../../test/support/kube-call.ts';
import type { OperationState, OperationStatus } from '../api/index.ts';
import { limit } from '../../test/support/limit.ts';
import { gitOpsOfEachTest } from '../../test/support/scene.ts';

// What goes wrong around a write, and what the caller and the Operation say of it.
const bench = gitOpsOfEachTest('write-faults');

const operationsPath = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/operations`;
const put = (name: string) => [{ verb: 'put', object: configMap(name, { a: '1' }) }] as const;
const statusOf = (seen: SeenObject): OperationStatus | undefined =>
  (seen as unknown as { readonly status?: OperationStatus }).status;
const isIn = (state: OperationState) => (seen: SeenObject) => statusOf(seen)?.state === state;
const refused = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    (result) => Promise.reject(new Error('it was not refused', { cause: result })),
    (error: unknown) => error,
  );

/** A namespace whose changes are proposed at a real Gitea, which a gate can make unreachable. */
async function proposing() {
  const repository = await newGiteaRepository();
  const { access } = repository;
  const gate = await openGitGate(Number(new URL(access.url).port));
  const { host } = new URL(gate.url);
  await bench.createSecret();
  await bench.kube.call('PATCH', `/api/v1/namespaces/${bench.namespace}/secrets/git-creds`, {
    stringData: { username: access.user, token: access.token },
  });
  await bench.label(
    { 'plumbline.dev/gitops': 'enabled' },
    {
      'plumbline.dev/git-repo': `http://${host}${new URL(repository.url).pathname}`,
      'plumbline.dev/git-mode': 'pullRequest',
      'plumbline.dev/git-forge': 'Gitea',
      'plumbline.dev/git-forge-url': `http://${host}/api/v1`,
    },
  );
  const controller = bench.startPlain();
  await controller.started;
  return { repository, gate, controller };
}

test('a forge that is away is told before anything is pushed, and asked again it is proposed', async () => {
  const { repository, gate, controller } = await proposing();
  gate.admit = ({ url = '' }) => (url.startsWith('/api/') ? 503 : undefined);
  const error = await refused(bench.submit(controller, put('one')));
  expect(error).toMatchObject({ code: 'forge.unreachable', transient: true });
  expect(await bench.operations()).toMatchObject([
    { status: { state: 'Failed', problems: [{ code: 'forge.unreachable' }] } },
  ]);
  expect(await repository.call('GET', '/branches')).toMatchObject([{ name: 'main' }]);
  gate.admit = () => undefined;
  expect(await bench.submit(controller, put('one'))).toMatchObject({ state: 'PullRequestOpen' });
  expect(await repository.call('GET', '/pulls?state=all')).toHaveLength(1);
});

test('a forge that goes away after the push leaves the Operation under way, which goes on by itself; once', async () => {
  const { repository, gate, controller } = await proposing();
  gate.admit = ({ method, url = '' }) => (method === 'POST' && url.endsWith('/pulls') ? 503 : undefined);
  const key = { idempotencyKey: 'k' };
  const error = await refused(bench.submit(controller, put('one'), key));
  expect(error).toMatchObject({ code: 'writeback.not-proposed', transient: true });
  const pending = await bench.kube.until(operationsPath(), isIn('Pending'), limit());
  expect(statusOf(pending)?.message).toContain(`plumbline/${pending.metadata.name}`);
  gate.admit = () => undefined;
  const opened = await bench.kube.until(operationsPath(), isIn('PullRequestOpen'), limit());
  expect(opened.metadata.name).toBe(pending.metadata.name);
  expect(statusOf(opened)?.problems).toBeUndefined();
  expect(await bench.submit(controller, put('one'), key)).toMatchObject({ state: 'PullRequestOpen' });
  expect(await repository.call('GET', '/pulls?state=all')).toHaveLength(1);
});

test('a token that has expired is told by the Operation, and a renewed one counts without a restart', async () => {
  const relay = await openHttpRelay(bench.server.port);
  const { username = '', password } = bench.server.credentials ?? {};
  const real = basic(username, password?.reveal() ?? '');
  let valid = 'token-1';
  const isRenewed = Promise.withResolvers<void>();
  // The server takes one token at a time; the rest of the way is the real one's.
  relay.onRequest = (asked) => {
    const { authorization } = asked.headers;
    if (authorization === basic(username, 'token-2')) isRenewed.resolve();
    const isLetIn = authorization === basic(username, valid) || !asked.path.includes('receive-pack');
    return { ...asked, headers: { ...asked.headers, authorization: isLetIn ? real : basic(username, 'expired') } };
  };
  await bench.createSecret();
  const secret = `/api/v1/namespaces/${bench.namespace}/secrets/git-creds`;
  await bench.kube.call('PATCH', secret, { stringData: { token: 'token-1' } });
  await bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': `${relay.url}/models.git` });
  const controller = bench.startPlain();
  await controller.started;
  expect(await bench.submit(controller, put('one'))).toMatchObject({ state: 'Committed' });
  valid = 'token-2';
  expect(await refused(bench.submit(controller, put('two')))).toMatchObject({ code: 'git.auth-failed' });
  const failed = await bench.kube.until(operationsPath(), isIn('Failed'), limit());
  expect(statusOf(failed)).toMatchObject({ problems: [{ code: 'git.auth-failed' }] });
  expect(JSON.stringify(failed)).not.toContain('token-');
  await bench.kube.call('PATCH', secret, { stringData: { token: 'token-2' } });
  // The watch of the Secret has told of it.
  await isRenewed.promise;
  expect(await bench.submit(controller, put('two'))).toMatchObject({ state: 'Committed' });
  expect(await bench.subjects()).toHaveLength(2);
});

test('a push of which nobody tells whether it has arrived is looked up as soon as the server answers', async () => {
  const relay = await openHttpRelay(bench.server.port);
  await bench.createSecret();
  await bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': `${relay.url}/models.git` });
  // Until it is asked no more, nothing is told.
  const controller = bench.startPlain({ pushWaits: { askMilliseconds: 1_000 } });
  await controller.started;
  let isAway = false;
  relay.onAnswer = ({ method, path }, answer) => {
    // The push arrives, its answer does not, and neither does any other one.
    if (method === 'POST' && path.endsWith('/git-receive-pack')) isAway = true;
    return isAway ? { ...answer, status: undefined } : answer;
  };
  const key = { idempotencyKey: 'k' };
  expect(await refused(bench.submit(controller, put('one'), key))).toMatchObject({ code: 'git.push-unknown' });
  const pending = await bench.kube.until(operationsPath(), isIn('Pending'), limit());
  expect(statusOf(pending)?.message).not.toBe('');
  isAway = false;
  relay.onAnswer = (_, answer) => answer;
  const found = await bench.kube.until(operationsPath(), isIn('Committed'), limit());
  expect(statusOf(found)?.commit).toBe(await bench.git('rev-parse', 'main'));
  expect(await bench.submit(controller, put('one'), key)).toMatchObject({ state: 'Committed' });
  expect(await bench.subjects()).toHaveLength(1);
});

const day = 86_400_000;

test.for([-day, day])(
  'a clock that is wrong by %i ms against that of the API server and of others decides nothing',
  { timeout: 240_000 },
  async (skew) => {
    const now = (): number => Date.now() + skew;
    const controller = await bench.start({ now });
    // Somebody else, whose clock is right, pushes before and after.
    await bench.push({ [`${bench.namespace}/theirs.txt`]: 'one' }, '{"Action":"one"}');
    const first = await bench.submit(controller, put('one'), { idempotencyKey: 'k' });
    await bench.push({ [`${bench.namespace}/theirs.txt`]: 'two' }, '{"Action":"two"}');
    const second = await bench.submit(controller, put('two'), {}, { wait: 'synced' });
    expect(second).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
    const again = await bench.submit(controller, put('one'), { idempotencyKey: 'k' });
    expect(again).toMatchObject({ operation: first.operation, commit: first.commit });
    await controller.stop();
    // Nothing is known of either, as after a crash; with clocks that differ from one process to the next.
    for (const { operation } of [first, second]) {
      await bench.kube.call('PATCH', `${operationsPath()}/${operation}/status`, { status: null });
    }
    const later = bench.startPlain({ now: () => Date.now() - skew });
    await later.started;
    for (const { operation, commit } of [first, second]) {
      const isOurs = (seen: SeenObject) => seen.metadata.name === operation && isIn('Committed')(seen);
      expect(statusOf(await bench.kube.until(operationsPath(), isOurs, limit()))?.commit).toBe(commit);
    }
    expect((await bench.subjects()).map(({ Action }) => Action)).toEqual(['one', 'create', 'two', 'create']);
    const times = (await bench.git('log', '--reverse', '--format=%ct', 'main')).split('\n').map(Number);
    // Git itself finds all of them, whatever they say of the time.
    expect(times).toHaveLength(4);
  },
);

/** Whether this machine lets a test mount a disk that only it sees; containers may forbid it. */
const mayMount = await new Promise<boolean>((resolve) => {
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs none /tmp'];
  spawn('unshare', args, { stdio: 'ignore' })
    .once('error', () => resolve(false))
    .once('exit', (code) => resolve(code === 0));
});

for (const disk of mayMount ? ['24m'] : []) {
  test(`on a disk of ${disk} that is full a change is refused, and made when there is room`, async () => {
    await bench.createSecret();
    await bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': bench.url });
    const directory = temporaryFolder();
    const controller = await startControllerProcess(bench.namespace, directory, bench.kube, { disk });
    const submit = (key: string) =>
      controller.submit({
        namespace: bench.namespace,
        user: { username: bench.editor, groups: ['system:authenticated'] },
        changes: put(key),
        idempotencyKey: key,
      });
    expect(await submit('one')).toMatchObject({ result: { state: 'Committed' } });
    // The disk as the process sees it.
    const ballast = join('/proc', String(controller.pid), 'root', directory, 'ballast');
    const fill = async (): Promise<void> => writeFile(ballast, Buffer.alloc(64 << 20));
    await expect(fill()).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await submit('two')).toMatchObject({ problem: { code: 'git.disk-full' } });
    // Refused before there is an Operation of it, where Git had to be read first; with an Operation that says so, where not.
    const operations = await bench.operations();
    expect(operations.filter(({ status }) => status?.state === 'Committed')).toHaveLength(1);
    const others = operations.filter(({ status }) => status?.state !== 'Committed');
    for (const { status } of others)
      expect(status).toMatchObject({ state: 'Failed', problems: [{ code: 'git.disk-full' }] });
    expect(others.length).toBeLessThan(2);
    expect(await bench.subjects()).toHaveLength(1);
    await rm(ballast);
    expect(await submit('three')).toMatchObject({ result: { state: 'Committed' } });
    expect(await bench.subjects()).toHaveLength(2);
  }, 300_000);
}
