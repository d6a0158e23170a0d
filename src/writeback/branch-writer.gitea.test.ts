import { expect, onTestFinished, test } from 'vitest';
import { testConnections } from '../../test/support/forge-server.ts';
import { newGiteaRepository, newGiteaUser, type GiteaRepository } from '../../test/support/gitea.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { hintFor, plumbError, problemsOf, type Problem } from '../errors.ts';
import { openForge, type Forge } from '../forge/index.ts';
import { openMirror, type Mirror } from '../git/index.ts';
import { sensitive } from '../sensitive.ts';
import { type BranchWriter, createBranchWriter, type Edit } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

interface Scene {
  readonly repository: GiteaRepository;
  readonly mirror: Mirror;
  readonly forge: Forge;
  readonly signal: AbortSignal;
  readonly writer: (mode: 'commit' | 'pullRequest') => BranchWriter;
}

/** A repository on a real Gitea, written to with the token of its owner or of somebody else. */
async function scene(who?: (repository: GiteaRepository) => Promise<string>): Promise<Scene> {
  const repository = await newGiteaRepository({ 'a.yaml': 'a: 1\n' });
  const token = sensitive(who === undefined ? repository.access.token : await who(repository));
  const ended = new AbortController();
  const { signal } = ended;
  const mirror = await openMirror({
    url: repository.url,
    directory: temporaryFolder(),
    signal,
    credentials: { kind: 'https', username: 'plumbline', password: token },
  });
  const forge = openForge({
    repositoryUrl: repository.url,
    kind: 'Gitea',
    credentials: { kind: 'token', token },
    connections: testConnections({
      now: Date.now,
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    }),
  });
  onTestFinished(async () => {
    await mirror.close();
    ended.abort();
  });
  const writer: Scene['writer'] = (mode) =>
    createBranchWriter({ mirror, branch: 'main', how: mode === 'commit' ? { mode } : { mode, forge }, signal });
  return { repository, mirror, forge, signal, writer };
}

function writes(content: string, path = 'a.yaml'): Edit {
  const message = JSON.stringify({
    Action: 'update',
    Message: `make it ${content}`,
    Author: 'ada',
    Email: 'ada@example.org',
  });
  return async () => ({ changes: [{ path, content: Buffer.from(`${content}\n`) }], message: `${message}\n`, author });
}

async function problemOf(promise: Promise<unknown>): Promise<Problem | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => problemsOf(error)[0],
  );
}

interface GiteaFile {
  readonly content: string;
}

async function textAt(repository: GiteaRepository, ref: string, path = 'a.yaml'): Promise<string> {
  const { content } = await repository.call<GiteaFile>('GET', `/contents/${path}?ref=${encodeURIComponent(ref)}`);
  return Buffer.from(content, 'base64').toString();
}

test('many edits are pushed to a real forge', async () => {
  const { repository, writer, signal } = await scene();
  const main = writer('commit');
  const written = await Promise.all(
    Array.from({ length: 10 }, (_, index) => main.write(writes(`${index}`, `f${index}`), { signal })),
  );
  expect(new Set(written.map(({ commit }) => commit)).size).toBe(10);
  const { commit } = await repository.call<{ commit: { id: string } }>('GET', '/branches/main');
  expect(commit.id).toBe(written.at(-1)?.commit);
  expect(await textAt(repository, 'main', 'f3')).toBe('3\n');
});

test('a protected branch refuses, says so and which way is open, and that way leads there', async () => {
  const { repository, writer, signal } = await scene();
  await repository.call('POST', '/branch_protections', { rule_name: 'main', branch_name: 'main', enable_push: false });
  const problem = await problemOf(writer('commit').write(writes('2'), { signal }));
  expect(problem).toMatchObject({
    code: 'git.push-protected',
    message: expect.stringContaining('protected branch main') as string,
  });
  expect(problem === undefined ? '' : hintFor(problem)).toContain('pull request');
  expect(await textAt(repository, 'main')).toBe('a: 1\n');
  const { pullRequest } = await writer('pullRequest').write(writes('2'), { signal });
  expect(pullRequest?.number).toBeGreaterThan(0);
});

test('a hook of the forge is heard', async () => {
  const { repository, writer, signal } = await scene();
  await repository.call('PATCH', '/hooks/git/pre-receive', {
    content: '#!/bin/sh\necho "no changes on Fridays" >&2\nexit 1\n',
  });
  expect(await problemOf(writer('commit').write(writes('2'), { signal }))).toMatchObject({
    code: 'git.push-refused',
    message: expect.stringContaining('no changes on Fridays') as string,
  });
});

test('who may only read may not write, and is told that', async () => {
  const { writer, signal } = await scene(async (repository) => {
    const { user, token } = await newGiteaUser();
    await repository.call('PUT', `/collaborators/${user}`, { permission: 'read' });
    return token;
  });
  expect(await problemOf(writer('commit').write(writes('2'), { signal }))).toMatchObject({
    code: 'git.push-forbidden',
  });
});

test('a token that is no longer good is told of', async () => {
  const { mirror, writer, signal } = await scene();
  const main = writer('commit');
  await main.write(writes('2'), { signal });
  mirror.reconnect({ credentials: { kind: 'https', username: 'plumbline', password: sensitive('0'.repeat(40)) } });
  expect(await problemOf(main.write(writes('3'), { signal }))).toMatchObject({ code: 'git.auth-failed' });
});

test('an archived repository refuses', async () => {
  const { repository, writer, signal } = await scene();
  await repository.call('PATCH', '', { archived: true });
  expect(await problemOf(writer('commit').write(writes('2'), { signal }))).toMatchObject({
    code: 'git.push-forbidden',
  });
});

test('a pull request proposes the change, says who asked for it, and merged it is the change', async () => {
  const { repository, forge, writer, signal } = await scene();
  const proposer = writer('pullRequest');
  const written = await proposer.write(writes('2'), { signal, operation: 'op-1' });
  expect(written).toMatchObject({ changed: true, pullRequest: { link: expect.stringContaining('/pulls/') as string } });
  const request = await forge.pullRequest(written.pullRequest?.number ?? 0, { signal });
  expect(request).toMatchObject({
    title: 'update: make it 2',
    state: 'open',
    head: { branch: 'plumbline/op-1', commit: written.commit },
    base: { branch: 'main' },
  });
  expect(request.body).toContain('ada <ada@example.org>');
  expect(await textAt(repository, 'main')).toBe('a: 1\n');
  expect(await proposer.findOperation('op-1', { signal })).toEqual(written);
  expect(await proposer.findOperation('op-2', { signal })).toBeUndefined();
  await forge.mergePullRequest(
    request.number,
    { method: 'merge', head: written.commit, deleteBranch: true },
    { signal },
  );
  expect(await textAt(repository, 'main')).toBe('2\n');
  // Asked for once more, it is there already.
  expect(await proposer.write(writes('2'), { signal, operation: 'op-1' })).toMatchObject({
    commit: written.commit,
    changed: true,
  });
});

test('the same operation updates its pull request, and never opens a second one', async () => {
  const { repository, forge, writer, signal } = await scene();
  const first = await writer('pullRequest').write(writes('2'), { signal, operation: 'op' });
  const same = await writer('pullRequest').write(writes('2'), { signal, operation: 'op' });
  expect(same).toEqual(first);
  await repository.commit('main', { 'b.yaml': 'b: 1\n' });
  const other = await writer('pullRequest').write(writes('3'), { signal, operation: 'op' });
  expect(other.pullRequest).toEqual(first.pullRequest);
  expect(other.commit).not.toBe(first.commit);
  expect(await textAt(repository, 'plumbline/op')).toBe('3\n');
  expect(await forge.pullRequests({ state: 'all' }, { signal })).toHaveLength(1);
});

test.for(['looked for', 'written again'])(
  'an operation that was ended between its push and its pull request gets that when it is %s',
  async (how) => {
    const { mirror, forge, writer, signal } = await scene();
    const broken: Forge = { ...forge, openPullRequest: () => Promise.reject(new Error('killed')) };
    const killed = createBranchWriter({ mirror, branch: 'main', how: { mode: 'pullRequest', forge: broken }, signal });
    await expect(killed.write(writes('2'), { signal, operation: 'op' })).rejects.toThrow('killed');
    const next = writer('pullRequest');
    const written =
      how === 'looked for'
        ? await next.findOperation('op', { signal })
        : await next.write(writes('2'), { signal, operation: 'op' });
    expect(written?.pullRequest).toBeDefined();
    expect(await next.findOperation('op', { signal })).toEqual(written);
    const [request, ...others] = await forge.pullRequests({ state: 'all' }, { signal });
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      title: 'update: make it 2',
      body: expect.stringContaining('ada <ada@example.org>') as string,
    });
  },
);

const away = () => Promise.reject(plumbError('forge.unreachable', 'the forge does not answer'));

test('a forge that is away is told before anything is pushed; one that goes in between leaves it open', async () => {
  const { mirror, forge, writer, signal } = await scene();
  const through = (other: Partial<Forge>) =>
    createBranchWriter({ mirror, branch: 'main', how: { mode: 'pullRequest', forge: { ...forge, ...other } }, signal });
  const gone = through({ pullRequests: away, openPullRequest: away });
  expect(await problemOf(gone.write(writes('2'), { signal, operation: 'op-1' }))).toMatchObject({
    code: 'forge.unreachable',
  });
  expect([...(await mirror.branches({ signal })).keys()]).toEqual(['main']);
  const going = through({ openPullRequest: away });
  expect(await problemOf(going.write(writes('2'), { signal, operation: 'op-2' }))).toMatchObject({
    code: 'writeback.not-proposed',
    message: expect.stringContaining('plumbline/op-2') as string,
  });
  expect(await problemOf(going.findOperation('op-2', { signal }))).toMatchObject({ code: 'forge.unreachable' });
  expect((await writer('pullRequest').findOperation('op-2', { signal }))?.pullRequest).toBeDefined();
  expect(await forge.pullRequests({ state: 'all' }, { signal })).toHaveLength(1);
});

const onto = (commit: string) => ({ operation: 'op-1', commit });

test('a further change is added to a pull request as long as it is open, and nobody else has pushed to it', async () => {
  const { repository, forge, writer, signal } = await scene();
  const proposer = writer('pullRequest');
  const first = await proposer.write(writes('1', 'one'), { signal, operation: 'op-1' });
  const second = await proposer.write(writes('2', 'two'), { signal, operation: 'op-2', onto: onto(first.commit) });
  expect(second.pullRequest).toEqual(first.pullRequest);
  expect(await proposer.findOperation('op-2', { signal, on: 'op-1' })).toEqual(second);
  const request = await forge.pullRequest(first.pullRequest?.number ?? 0, { signal });
  expect(request.head.commit).toBe(second.commit);
  expect(request.body).toContain('Plumbline-Operation: op-1');
  expect(request.body).toContain('Plumbline-Operation: op-2');
  expect(request.title).toBe('update: make it 2');
  await repository.commit('plumbline/op-1', { 'theirs.yaml': 'b: 1\n' });
  const third = await proposer.write(writes('3', 'three'), { signal, operation: 'op-3', onto: onto(second.commit) });
  expect(third.pullRequest?.number).not.toBe(first.pullRequest?.number);
  await forge.closePullRequest(third.pullRequest?.number ?? 0, { signal });
  const fourth = await proposer.write(writes('4', 'four'), {
    signal,
    operation: 'op-4',
    onto: { operation: 'op-3', commit: third.commit },
  });
  expect(fourth.pullRequest?.number).not.toBe(third.pullRequest?.number);
  expect(await forge.pullRequests({ state: 'open' }, { signal })).toHaveLength(2);
});

test('an answer of the forge that was lost opens no second pull request', async () => {
  const { mirror, forge, signal } = await scene();
  const lossy: Forge = {
    ...forge,
    openPullRequest: async (...args) => {
      await forge.openPullRequest(...args);
      throw new Error('lost');
    },
  };
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'pullRequest', forge: lossy }, signal });
  const { pullRequest } = await writer.write(writes('2'), { signal, operation: 'op' });
  expect(pullRequest?.number).toBeGreaterThan(0);
  expect(await forge.pullRequests({ state: 'all' }, { signal })).toHaveLength(1);
});

test('what people have declined is not proposed again', async () => {
  const { forge, writer, signal } = await scene();
  const { pullRequest } = await writer('pullRequest').write(writes('2'), { signal, operation: 'op' });
  await forge.closePullRequest(pullRequest?.number ?? 0, { signal });
  expect(await problemOf(writer('pullRequest').write(writes('2'), { signal, operation: 'op' }))).toMatchObject({
    code: 'writeback.pull-request-closed',
  });
  // Asked for as something new, it is something new.
  expect((await writer('pullRequest').write(writes('2'), { signal })).pullRequest).toBeDefined();
});

test('several are proposed at once, each on a branch of its own', async () => {
  const { forge, writer, signal } = await scene();
  const proposer = writer('pullRequest');
  const written = await Promise.all(
    ['1', '2', '3'].map((text) => proposer.write(writes(text, `f${text}`), { signal, operation: `op-${text}` })),
  );
  expect(new Set(written.map(({ pullRequest }) => pullRequest?.number)).size).toBe(3);
  expect(await forge.pullRequests({ state: 'open' }, { signal })).toHaveLength(3);
  expect(await proposer.write(async () => undefined, { signal })).toMatchObject({ changed: false });
});
