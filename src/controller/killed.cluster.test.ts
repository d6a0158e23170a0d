import type { IncomingMessage } from 'node:http';
import { beforeEach, expect, test } from 'vitest';
import { filesBelow } from '../../test/support/files-below.ts';
import { startControllerProcess } from '../../test/support/controller-process.ts';
import { openGitGate, type GitGate } from '../../test/support/git-gate.ts';
import { type GiteaRepository, newGiteaRepository } from '../../test/support/gitea.ts';
import { configMap } from '../../test/support/gitops.ts';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import type { SeenObject } from '../../test/support/kube-call.ts';
import type { OperationState, OperationStatus } from '../api/index.ts';
import type { PushWaits } from './repository/open-branch.ts';
import { limit } from '../../test/support/limit.ts';
import { gitOpsOfEachTest } from '../../test/support/scene.ts';

// The process that writes is killed at each point of a write; another one takes its place.
const bench = gitOpsOfEachTest('killed');
let gate: GitGate;
let directory: string;

beforeEach(async () => {
  gate = await openGitGate(bench.server.port);
  directory = temporaryFolder();
  await bench.createSecret();
});

const operationsPath = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/operations`;

const enable = (url: string, more: Readonly<Record<string, string>> = {}) =>
  bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': url, ...more });
const throughGate = () => gate.url.replace('/app.git', '/models.git');
const start = (pushWaits?: PushWaits) =>
  startControllerProcess(bench.namespace, directory, bench.kube, { ...(pushWaits && { pushWaits }) });

const request = (key: string, name = 'settings', value = key) => ({
  namespace: bench.namespace,
  user: { username: bench.editor, email: 'editor@example.org', groups: ['system:authenticated'] },
  changes: [{ verb: 'put', object: configMap(name, { value }) }] as const,
  message: key,
  idempotencyKey: key,
});

const statusOf = (seen: SeenObject): OperationStatus | undefined =>
  (seen as unknown as { readonly status?: OperationStatus }).status;
const isIn =
  (...states: readonly OperationState[]) =>
  (seen: SeenObject): boolean =>
    states.includes(statusOf(seen)?.state ?? 'Pending');

/** The Operations that the commits of a branch say that they are of. */
async function trailers(ref = 'main'): Promise<readonly string[]> {
  const text = await bench.git('log', '--format=%(trailers:key=Plumbline-Operation,valueonly)', ref).catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** What Git leaves where it was killed, and does not clean up. */
async function leftovers(): Promise<readonly string[]> {
  return (await filesBelow(directory)).filter((name) => /tmp_|\.lock$|\.keep$/.test(name));
}

const isPush = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'POST' && url.endsWith('/git-receive-pack');
const isPushing = ({ url = '' }: IncomingMessage): boolean => url.includes('git-receive-pack');
const isRead = ({ url = '' }: IncomingMessage): boolean => url.includes('git-upload-pack');

/** Kills, and answers nobody any more. */
function killAt(victim: { kill(): void }, isPoint: (incoming: IncomingMessage) => boolean | Promise<boolean>): void {
  let isDone = false;
  gate.before = async (incoming) => {
    if (isDone || !(await isPoint(incoming))) return;
    isDone = true;
    victim.kill();
    await new Promise(() => {});
  };
}

const hasBegun = async (): Promise<boolean> => (await bench.operations()).length > 0;
const points = {
  'before its commit': async (incoming: IncomingMessage) => isRead(incoming) && (await hasBegun()),
  'between commit and push': isPush,
};

test.for(['before its commit', 'between commit and push'] as const)(
  'killed %s, nothing was written, and the Operation says so',
  { timeout: 240_000 },
  async (point) => {
    await enable(throughGate());
    const first = await start();
    killAt(first, points[point]);
    void first.submit(request('one'));
    expect(await first.ended).toBe('SIGKILL');
    expect(await bench.operations()).toMatchObject([{ spec: { message: 'one' } }]);
    // Nothing was pushed that had to be waited for.
    const next = await start({ settleMilliseconds: 1 });
    const lost = await bench.kube.until(operationsPath(), isIn('Failed', 'Committed'), limit());
    expect(statusOf(lost)).toMatchObject({
      state: 'Failed',
      message: 'nothing was written: it is not in Git',
      problems: [{ code: 'writeback.interrupted' }],
    });
    expect(await trailers()).toEqual([]);
    // The same request again hears the same; asked for as something new, it is done.
    expect(await next.submit(request('one'))).toMatchObject({ problem: { code: 'writeback.interrupted' } });
    expect(await next.submit(request('two'))).toMatchObject({ result: { state: 'Committed' } });
    expect(await trailers()).toHaveLength(1);
    expect(await leftovers()).toEqual([]);
  },
);

test('killed after its push, the commit is found; the same request again is answered with it', async () => {
  const relay = await openHttpRelay(bench.server.port);
  await enable(`${relay.url}/models.git`);
  const first = await start();
  // The whole answer of the server is there: the push is done, and the process does not hear of it.
  relay.onAnswer = ({ method, path }, answer) => {
    if (method === 'POST' && path.endsWith('/git-receive-pack')) first.kill();
    return answer;
  };
  void first.submit(request('one'));
  expect(await first.ended).toBe('SIGKILL');
  const next = await start();
  const found = await bench.kube.until(operationsPath(), isIn('Failed', 'Committed'), limit());
  const [commit] = (await bench.git('log', '--format=%H', 'main')).split('\n');
  expect(statusOf(found)).toMatchObject({ state: 'Committed', commit });
  expect(await next.submit(request('one'))).toMatchObject({ result: { state: 'Committed', commit } });
  expect(await trailers()).toEqual([found.metadata.name]);
  expect(await leftovers()).toEqual([]);
});

/** A Gitea that is called through the gate. */
async function giteaThroughGate(): Promise<GiteaRepository> {
  const repository = await newGiteaRepository();
  const { access } = repository;
  gate = await openGitGate(Number(new URL(access.url).port));
  const { host } = new URL(gate.url);
  await bench.kube.call('PATCH', `/api/v1/namespaces/${bench.namespace}/secrets/git-creds`, {
    stringData: { username: access.user, token: access.token },
  });
  await enable(`http://${host}${new URL(repository.url).pathname}`, {
    'plumbline.dev/git-mode': 'pullRequest',
    'plumbline.dev/git-forge': 'Gitea',
    'plumbline.dev/git-forge-url': `http://${host}/api/v1`,
  });
  return repository;
}

test('killed between the push of its branch and its pull request, that is opened after the start', async () => {
  const repository = await giteaThroughGate();
  const first = await start();
  killAt(first, ({ method, url = '' }) => method === 'POST' && url.endsWith('/pulls'));
  void first.submit(request('one'));
  expect(await first.ended).toBe('SIGKILL');
  expect(await repository.call('GET', '/pulls?state=all')).toEqual([]);
  const next = await start();
  const opened = await bench.kube.until(operationsPath(), isIn('Failed', 'PullRequestOpen'), limit());
  expect(statusOf(opened)).toMatchObject({ state: 'PullRequestOpen', pullRequest: { number: 1 } });
  expect(await next.submit(request('one'))).toMatchObject({
    result: { state: 'PullRequestOpen', pullRequest: { number: 1 } },
  });
  expect(await repository.call('GET', '/pulls?state=all')).toMatchObject([
    { title: 'create: one', head: { ref: `plumbline/${opened.metadata.name}` } },
  ]);
});

/** Lives of the process; a longer row of them is for whoever doubts. */
const lives = Number(process.env['PLUMB_KILLS'] ?? '4');
const atOnce = 5;

test('killed at any point with several writers, time and again: no change is lost, and none is there twice', async () => {
  await enable(throughGate());
  const answered = new Set<string>();
  const asked: string[] = ['first'];
  let isFirst = true;
  for (let life = 0; life < lives; life += 1) {
    const process = await start();
    if (isFirst) expect(await process.submit(request('first'))).toMatchObject({ result: { state: 'Committed' } });
    isFirst = false;
    // One or another of the requests is the last: of all that a start and some writes make, or of those that push.
    const isAny = Math.random() < 0.4;
    let left = Math.floor(Math.random() * (isAny ? 14 : 5));
    killAt(process, (incoming) => (isAny || isPushing(incoming)) && (left -= 1) < 0);
    for (let number = 0; number < atOnce; number += 1) asked.push(`w${life}-${number}`);
    // Whoever has heard nothing asks again.
    const heard = asked
      .filter((key) => !answered.has(key))
      .map(async (key) => {
        const { result, problem } = await process.submit(request(key, key));
        if (result?.state === 'Committed' || problem?.code === 'writeback.interrupted') answered.add(key);
      });
    await Promise.race([process.ended, Promise.all(heard)]);
    process.kill();
    await process.ended;
  }
  gate.before = () => Promise.resolve();
  await start();
  const { items = [] } = await bench.kube.call('GET', operationsPath());
  const ended: SeenObject[] = [];
  for (const { metadata } of items) {
    const isOver = (seen: SeenObject) => seen.metadata.name === metadata.name && isIn('Committed', 'Failed')(seen);
    ended.push(await bench.kube.until(operationsPath(), isOver, limit()));
  }
  const committed = ended.filter(isIn('Committed')).map(({ metadata }) => metadata.name);
  expect((await trailers()).toSorted()).toEqual(committed.toSorted());
  for (const item of ended)
    if (isIn('Failed')(item)) expect(statusOf(item)?.problems).toMatchObject([{ code: 'writeback.interrupted' }]);
  process.stdout.write(`${lives} lives, ${ended.length} Operations, ${committed.length} committed\n`);
}, 900_000);
