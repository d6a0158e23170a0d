import { execFile, type ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startGitHookServer, writeHook, type GitHookServer } from '../../test/support/git-hook-server.ts';
import { openGitGate } from '../../test/support/git-gate.ts';
import { openWorkshop, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { openHttpRelay, type HttpRelay } from '../../test/support/http-relay.ts';
import { sshKeyPair } from '../../test/support/ssh-keys.ts';
import { startSshServer } from '../../test/support/ssh-server.ts';
import { problemsOf, type Problem } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type CommitId, type Limits, type Mirror } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly server: GitHookServer;
  /** Between the mirror and the server. */
  readonly relay: HttpRelay;
  readonly mirror: Mirror;
  readonly parent: CommitId;
  readonly signal: AbortSignal;
}

/** Whether pushes are left to Git, as where a server does not answer us. */
let gitOnly = false;

/** A server with hooks, behind a relay that can change or break every answer. */
async function scene(options: { readonly shell?: string; readonly limits?: Partial<Limits> } = {}): Promise<Scene> {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository();
  const parent = await repository.commit({ a: '1', b: '1' });
  const server = await startGitHookServer(repository.directory, { gitOnly, ...options });
  const relay = await openHttpRelay(server.port);
  const url = `${relay.url}/app.git`;
  const limits = { pushAskMilliseconds: 60_000, ...options.limits };
  const mirror = await openMirror({ url, directory: workshop.cache, signal, limits });
  await mirror.fetch({ branch: 'main' }, { signal });
  return { workshop, repository, server, relay, mirror, parent, signal };
}

async function change(mirror: Mirror, parent: CommitId, signal: AbortSignal, text = '2'): Promise<CommitId> {
  const changes = [{ path: 'a', content: Buffer.from(text) }];
  return (await mirror.commit({ parent, changes, message: 'x', author, committer: author }, { signal })).commit;
}

async function problemOf(promise: Promise<unknown>): Promise<Problem | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => problemsOf(error)[0],
  );
}

async function tipOf(repository: TestRepository, branch = 'main'): Promise<string> {
  return (await repository.git('rev-parse', `refs/heads/${branch}`)).trim();
}

const isPush = (path: string, method: string): boolean => method === 'POST' && path.endsWith('git-receive-pack');

describe.each(['by ourselves', 'by Git'])('pushed %s', (way) => {
  beforeEach(() => {
    gitOnly = way === 'by Git';
  });

  test('a push moves the branch from where it is expected to be and from nowhere else', async () => {
    const { mirror, repository, parent, signal } = await scene();
    const commit = await change(mirror, parent, signal);
    expect(await mirror.push({ branch: 'main', expected: parent, commit }, { signal })).toEqual({ state: 'pushed' });
    expect(await tipOf(repository)).toBe(commit);
    // What is there already is there.
    expect(await mirror.push({ branch: 'main', expected: parent, commit }, { signal })).toEqual({ state: 'pushed' });
    const late = await change(mirror, parent, signal, 'late');
    expect(await mirror.push({ branch: 'main', expected: parent, commit: late }, { signal })).toEqual({
      state: 'moved',
    });
    expect(await mirror.push({ branch: 'main', expected: undefined, commit: late }, { signal })).toEqual({
      state: 'moved',
    });
    expect(await mirror.push({ branch: 'gone', expected: parent, commit: late }, { signal })).toEqual({
      state: 'moved',
    });
    expect(await mirror.push({ branch: 'new', expected: undefined, commit: late }, { signal })).toEqual({
      state: 'pushed',
    });
    expect(await tipOf(repository, 'new')).toBe(late);
  });

  test('a branch that was rewound on the server is not put back', async () => {
    const { mirror, repository, parent, signal } = await scene();
    const commit = await change(mirror, parent, signal);
    await mirror.push({ branch: 'main', expected: parent, commit }, { signal });
    const next = await change(mirror, commit, signal, '3');
    await repository.git('update-ref', 'refs/heads/main', parent);
    expect(await mirror.push({ branch: 'main', expected: commit, commit: next }, { signal })).toEqual({
      state: 'moved',
    });
    expect(await tipOf(repository)).toBe(parent);
  });

  test('what does not contain the tip is never pushed over it', async () => {
    const { mirror, repository, parent, signal } = await scene();
    const tip = await repository.commit({ a: '5' });
    await mirror.fetch({ branch: 'main' }, { signal });
    const beside = await change(mirror, parent, signal);
    expect(await problemOf(mirror.push({ branch: 'main', expected: tip, commit: beside }, { signal }))).toMatchObject({
      code: 'git.push-refused',
    });
    expect(await tipOf(repository)).toBe(tip);
  });

  test("a hook that refuses is heard, without the server's colours and without end", async () => {
    const { mirror, repository, parent, signal } = await scene();
    const words = String.raw`printf '\033[31mreplicas must\033[0m not be \007 above 10\r\nsee the wiki\n' >&2`;
    await writeHook(repository.directory, 'pre-receive', `${words}; seq 1000 >&2; exit 1`);
    const commit = await change(mirror, parent, signal);
    const problem = await problemOf(mirror.push({ branch: 'main', expected: parent, commit }, { signal }));
    expect(problem?.code).toBe('git.push-refused');
    expect(problem?.message).toMatch(
      /^the server refused the commit: replicas must not be {3}above 10; see the wiki; 1; 2;/,
    );
    expect(problem?.message).toContain('pre-receive hook declined');
    expect(problem?.message.length).toBeLessThan(1200);
    expect(await tipOf(repository)).toBe(parent);
  });

  test.for([
    ['remote: GitLab: You are not allowed to push code to protected branches on this project.', 'git.push-protected'],
    ['GH006: Protected branch update failed for refs/heads/main.', 'git.push-protected'],
    [
      'TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.',
      'git.push-protected',
    ],
    ['GitLab: You are not allowed to push code to this project.', 'git.push-forbidden'],
    ['ERROR: The key you are authenticating with has been marked as read only.', 'git.push-forbidden'],
    ['fatal: write error: No space left on device', 'git.server-full'],
    ['Your push has been rejected, because this repository has exceeded its size limit', 'git.server-full'],
    ['the number of replicas is too high', 'git.push-refused'],
  ] as const)('a server that says %j has refused with %s', async ([words, code]) => {
    const { mirror, repository, parent, signal } = await scene();
    await writeHook(repository.directory, 'pre-receive', `echo '${words}' >&2; exit 1`);
    const commit = await change(mirror, parent, signal);
    const problem = await problemOf(mirror.push({ branch: 'main', expected: parent, commit }, { signal }));
    expect(problem?.code).toBe(code);
    expect(problem?.message).toContain(words.replace(/^remote: /, ''));
  });

  test.for([
    [401, 'git.auth-failed'],
    [403, 'git.push-forbidden'],
    [404, 'git.repository-not-found'],
    [413, 'git.server-full'],
  ] as const)('a server that answers a push with %i has refused with %s', async ([status, code]) => {
    const { mirror, relay, repository, parent, signal } = await scene();
    const commit = await change(mirror, parent, signal);
    relay.onAnswer = ({ path }, answer) =>
      path.includes('receive-pack') ? { status, headers: {}, body: Buffer.alloc(0) } : answer;
    expect(await problemOf(mirror.push({ branch: 'main', expected: parent, commit }, { signal }))).toMatchObject({
      code,
    });
    // All but the first two look at what is sent only when it is there.
    expect([parent, commit]).toContain(await tipOf(repository));
  });

  test('where the answer to a push is lost, the server is asked, and the push is known to have been done', async () => {
    const { mirror, relay, repository, parent, signal } = await scene();
    const commit = await change(mirror, parent, signal);
    relay.onAnswer = ({ path, method }, answer) => (isPush(path, method) ? { ...answer, status: undefined } : answer);
    expect(await mirror.push({ branch: 'main', expected: parent, commit }, { signal })).toEqual({ state: 'pushed' });
    expect(await tipOf(repository)).toBe(commit);
  });

  test('also where somebody else has pushed upon it meanwhile, or in its place', async () => {
    const { mirror, relay, repository, parent, signal } = await scene();
    const commit = await change(mirror, parent, signal);
    relay.onAnswer = async ({ path, method }, answer) => {
      if (!isPush(path, method)) return answer;
      await repository.commit({ b: '2' });
      return { ...answer, status: undefined };
    };
    expect(await mirror.push({ branch: 'main', expected: parent, commit }, { signal })).toEqual({ state: 'pushed' });
    const tip = (await mirror.fetch({ branch: 'main' }, { signal })).resolved.commit;
    const next = await change(mirror, tip, signal, '3');
    relay.onRequest = (asked) => {
      if (isPush(asked.path, asked.method)) throw new Error('cut');
      return asked;
    };
    relay.onAnswer = (_, answer) => answer;
    await repository.commit({ b: '3' });
    expect(await mirror.push({ branch: 'main', expected: tip, commit: next }, { signal })).toEqual({ state: 'moved' });
  });

  test('a push that was cut off before the server had it is not known to have failed: it may be on its way', async () => {
    // All of it passes, and is long enough for a busy machine to have asked once.
    const { mirror, relay, repository, parent, signal } = await scene({ limits: { pushAskMilliseconds: 8_000 } });
    const commit = await change(mirror, parent, signal);
    relay.onRequest = (asked) => {
      if (isPush(asked.path, asked.method)) throw new Error('cut');
      return asked;
    };
    const problem = await problemOf(mirror.push({ branch: 'main', expected: parent, commit }, { signal }));
    expect(problem?.code).toBe('git.push-unknown');
    expect(problem?.message).toContain('the branch has not moved yet');
    expect(await tipOf(repository)).toBe(parent);
  });

  test('a server that hangs in a push is given up after the limit, and asked what became of it', async () => {
    // All of it passes, and is long enough for a busy machine to have done it.
    const { mirror, relay, parent, signal } = await scene({ limits: { pushMilliseconds: 5_000 } });
    const commit = await change(mirror, parent, signal);
    const ended = Promise.withResolvers<void>();
    onTestFinished(() => ended.resolve());
    // It has done what it was asked for, and never says so.
    relay.onAnswer = async ({ path, method }, answer) => {
      if (isPush(path, method)) await ended.promise;
      return answer;
    };
    expect(await mirror.push({ branch: 'main', expected: parent, commit }, { signal })).toEqual({ state: 'pushed' });
  });

  test('a server that is gone for good in the middle of a push leaves it unknown, and says so in time', async () => {
    const { mirror, relay, parent, signal } = await scene({ limits: { pushAskMilliseconds: 800 } });
    const commit = await change(mirror, parent, signal);
    let isGone = false;
    relay.onAnswer = ({ path, method }, answer) => {
      isGone ||= isPush(path, method);
      return isGone ? { ...answer, status: undefined } : answer;
    };
    const problem = await problemOf(mirror.push({ branch: 'main', expected: parent, commit }, { signal }));
    expect(problem?.code).toBe('git.push-unknown');
  });

  test('a server whose disk is full is said to be', async () => {
    const { mirror, repository, parent, signal } = await scene({ shell: 'trap "" XFSZ; ulimit -f 0; exec "$@"' });
    const commit = await change(mirror, parent, signal);
    const problem = await problemOf(mirror.push({ branch: 'main', expected: parent, commit }, { signal }));
    expect(problem).toMatchObject({
      code: 'git.server-full',
      message: expect.stringContaining('the server') as string,
    });
    expect(await tipOf(repository)).toBe(parent);
  });

  test('a commit is made and pushed with as few processes as the way needs', async () => {
    const { mirror, parent, signal } = await scene();
    const started: string[] = [];
    const hear = (message: unknown): void => {
      const { process: child } = message as { readonly process: ChildProcess };
      queueMicrotask(() => started.push(child.spawnargs.join(' ')));
    };
    subscribe('child_process', hear);
    onTestFinished(() => void unsubscribe('child_process', hear));
    const commit = await change(mirror, parent, signal);
    await mirror.push({ branch: 'main', expected: parent, commit }, { signal });
    const ours = started.filter((line) => line.includes('--git-dir=') && !line.includes('cat-file'));
    expect(ours.map((line) => line.split(' ')[2])).toEqual(gitOnly ? ['push'] : []);
  });
});

test('a server that cannot be reached at all has changed nothing, and that is known at once', async () => {
  const { workshop, parent, repository, signal } = await scene();
  const gate = await openGitGate(workshop.server.port);
  const mirror = await openMirror({ url: gate.url, directory: workshop.cache, signal, identity: 'other' });
  await mirror.fetch({ branch: 'main' }, { signal });
  const commit = await change(mirror, parent, signal);
  mirror.reconnect({ proxy: sensitive('http://127.0.0.1:9') });
  expect(await problemOf(mirror.push({ branch: 'main', expected: parent, commit }, { signal }))).toMatchObject({
    code: 'git.unreachable',
  });
  expect(await tipOf(repository)).toBe(parent);
});

test('where there is no room for a commit on this machine that is said, and nothing of it is left', async () => {
  const { mirror, parent, signal, workshop } = await scene();
  const script = `
    import { openMirror } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    import { problemsOf } from ${JSON.stringify(join(import.meta.dirname, '../errors.ts'))};
    const { signal } = new AbortController();
    const mirror = await openMirror({ url: ${JSON.stringify(mirror.url)}, directory: ${JSON.stringify(workshop.cache)}, signal });
    const author = { name: 'a', email: 'b', at: new Date() };
    const changes = [{ path: 'a', content: crypto.getRandomValues(new Uint8Array(60_000)) }];
    const wish = { parent: ${JSON.stringify(parent)}, changes, message: 'x', author, committer: author };
    const told = await mirror.commit(wish, { signal }).then(() => 'made', (error) => problemsOf(error)[0].code);
    process.stdout.write(told);
    await mirror.close();`;
  const file = join(workshop.root, 'full.mjs');
  await writeFile(file, script);
  // No file may grow over 8 KiB, as on a disk or quota that is full.
  const told = await new Promise<string>((resolve, reject) => {
    const args = ['-c', 'trap "" XFSZ; ulimit -f 16; exec "$@"', 'sh', process.execPath, file];
    execFile('sh', args, { timeout: 180_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(stderr)),
    );
  });
  expect(told).toBe('git.disk-full');
  const commit = await change(mirror, parent, signal);
  expect(await mirror.push({ branch: 'main', expected: parent, commit }, { signal })).toEqual({ state: 'pushed' });
});

test('commits are pushed over SSH, with the key in no file', async () => {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository();
  const parent = await repository.commit({ a: '1' });
  const key = sshKeyPair('ed25519');
  const server = await startSshServer(key.public);
  const mirror = await openMirror({
    url: `ssh://git@127.0.0.1:${server.port}${repository.directory}`,
    directory: workshop.cache,
    signal,
    credentials: { kind: 'ssh', privateKey: sensitive(key.private), knownHosts: server.knownHosts },
  });
  await mirror.fetch({ branch: 'main' }, { signal });
  const commit = await change(mirror, parent, signal);
  expect(await mirror.push({ branch: 'main', expected: parent, commit }, { signal })).toEqual({ state: 'pushed' });
  expect(await tipOf(repository)).toBe(commit);
  await writeHook(repository.directory, 'update', 'echo not today >&2; exit 1');
  const next = await change(mirror, commit, signal, '3');
  const problem = await problemOf(mirror.push({ branch: 'main', expected: commit, commit: next }, { signal }));
  expect(problem).toMatchObject({ code: 'git.push-refused', message: expect.stringContaining('not today') as string });
  expect(
    await mirror.push({ branch: 'main', expected: parent, commit: next }, { signal }).catch(() => 'refused'),
  ).toEqual({
    state: 'moved',
  });
});
