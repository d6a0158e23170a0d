import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { selfSigned } from '../../test/support/certificate.ts';
import {
  openHttpRelay,
  type HttpRelay,
  type RelayedAnswer,
  type RelayedRequest,
} from '../../test/support/http-relay.ts';
import { openWorkshop, realGit, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { openProxy } from '../../test/support/tcp-proxy.ts';
import { problemsOf } from '../errors.ts';
import { createEgress } from '../egress.ts';
import { sensitive } from '../sensitive.ts';
import {
  openMirror,
  parseRepositoryUrl,
  type CommitId,
  type Mirror,
  type MirrorOptions,
  type RefSelector,
} from './index.ts';
import { openSmartHttp } from './smart-http.ts';

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly relay: HttpRelay;
  readonly mirror: Mirror;
  readonly first: CommitId;
  fetch(selector?: RefSelector): ReturnType<Mirror['fetch']>;
  generation(): Promise<string>;
}

/** A mirror that holds the first commit of its repository, with a relay on the way. */
async function fetchedMirror(options: Partial<MirrorOptions> = {}, selector: RefSelector = {}): Promise<Scene> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ 'a.yaml': 'a: 1\n', 'dir/b.yaml': 'b: 1\n' });
  await repository.git('tag', 'v1.0.0', first);
  const relay = await openHttpRelay(workshop.server.port);
  const { signal } = workshop;
  const mirror = await openMirror({ url: `${relay.url}/app.git`, directory: workshop.cache, signal, ...options });
  await mirror.fetch(selector, { signal });
  relay.requests.length = 0;
  return {
    workshop,
    repository,
    relay,
    mirror,
    first,
    fetch: (which = selector) => mirror.fetch(which, { signal }),
    async generation() {
      const [home = ''] = await readdir(workshop.cache);
      return join(workshop.cache, home, (await readFile(join(workshop.cache, home, 'current'), 'utf8')).trim());
    },
  };
}

/** Writes down every call of Git that works on the mirrors, from now on. */
async function listenToGit({ workshop }: Scene): Promise<() => Promise<readonly string[]>> {
  const folder = join(workshop.root, 'bin');
  const log = join(workshop.root, 'calls');
  const real = (await realGit(['--exec-path'])).trim();
  await mkdir(folder);
  await writeFile(join(folder, 'git'), `#!/bin/sh\necho "$@" >> '${log}'\nexec '${real}/git' "$@"\n`);
  await chmod(join(folder, 'git'), 0o755);
  await writeFile(log, '');
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return async () =>
    (await readFile(log, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith(`--git-dir=${workshop.cache}`))
      .map((line) => line.split(' ')[1] ?? '');
}

function questions({ requests }: HttpRelay): readonly string[] {
  return requests.map(({ path, body }) => /command=([a-z-]+)/.exec(body.toString('latin1'))?.[1] ?? path.slice(8));
}

function isQuick({ headers }: RelayedRequest): boolean {
  return headers['user-agent'] === 'git/plumbline';
}

test('where nothing is new there is one question and no process; a push takes two of either', async () => {
  const scene = await fetchedMirror();
  await scene.fetch();
  const calls = await listenToGit(scene);
  scene.relay.requests.length = 0;
  expect(await scene.fetch()).toMatchObject({ change: 'unchanged' });
  expect(questions(scene.relay)).toEqual(['ls-refs']);
  expect(await calls()).toEqual([]);
  const next = await scene.repository.commit({ 'a.yaml': 'a: 2\n' });
  scene.relay.requests.length = 0;
  expect(await scene.fetch()).toMatchObject({ change: 'advanced', previous: scene.first, resolved: { commit: next } });
  expect(questions(scene.relay)).toEqual(['ls-refs', 'fetch']);
  expect((await calls()).filter((verb) => verb !== 'cat-file')).toEqual(['index-pack', 'update-ref']);
  const tree = await scene.mirror.tree(next);
  expect(Buffer.from((await tree.read('a.yaml')) ?? []).toString()).toBe('a: 2\n');
  expect(Buffer.from((await tree.read('dir/b.yaml')) ?? []).toString()).toBe('b: 1\n');
});

test('a poll that finds nothing new starts no process, though the one that reads has long ended', async () => {
  for (const selector of [{ branch: 'main' }, {}, { semver: '1' }]) {
    for (const history of ['full', 'shallow'] as const) {
      const identity = JSON.stringify([selector, history]);
      const scene = await fetchedMirror({ limits: { idleMilliseconds: 0 }, history, identity }, selector);
      await scene.fetch();
      const calls = await listenToGit(scene);
      scene.relay.requests.length = 0;
      for (let poll = 0; poll < 3; poll += 1) expect(await scene.fetch()).toMatchObject({ change: 'unchanged' });
      expect(questions(scene.relay)).toEqual(['ls-refs', 'ls-refs', 'ls-refs']);
      expect(await calls()).toEqual([]);
      // What comes then is seen all the same.
      const next = await scene.repository.commit({ 'a.yaml': 'a: 2\n' });
      await scene.repository.git('tag', 'v1.1.0', next);
      expect(await scene.fetch()).toMatchObject({ resolved: { commit: next } });
      vi.unstubAllEnvs();
    }
  }
});

test('branches, tags, versions and rewritten branches move as they do through Git', async () => {
  for (const selector of [{ branch: 'main' }, {}, { tag: 'v1.0.0' }, { semver: '1' }]) {
    const scene = await fetchedMirror({ identity: JSON.stringify(selector) }, selector);
    const { repository, relay, first } = scene;
    const second = await repository.commit({ 'a.yaml': 'a: 2\n' });
    const tagger = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    await repository.git(...tagger, 'tag', '--force', '-m', 'moved', 'v1.0.0', second);
    expect(await scene.fetch()).toMatchObject({ change: 'advanced', resolved: { commit: second } });
    expect(await scene.fetch()).toMatchObject({ change: 'unchanged', resolved: { commit: second } });
    await repository.git('update-ref', 'refs/heads/main', first);
    await repository.git('tag', '--force', 'v1.0.0', first);
    expect(await scene.fetch()).toMatchObject({ change: 'forced', previous: second, resolved: { commit: first } });
    const other = await repository.commit({ 'a.yaml': 'a: 3\n' }, { parent: null });
    await repository.git('tag', '--force', 'v1.0.0', other);
    await repository.git('tag', 'v1.5.0', other);
    expect(await scene.fetch()).toMatchObject({ change: 'forced', previous: first, resolved: { commit: other } });
    // Not once was Git itself on the way.
    expect(relay.requests.filter((asked) => !isQuick(asked))).toEqual([]);
    expect(await realGit([`--git-dir=${await scene.generation()}`, 'fsck', '--full', '--no-dangling'])).toBe('');
    await expect(scene.mirror.tree(second)).resolves.toMatchObject({ commit: second });
  }
});

test('a default branch that was renamed, a branch and a version that were withdrawn are left to Git', async () => {
  const scene = await fetchedMirror();
  const { repository } = scene;
  const other = await repository.commit({ 'a.yaml': 'a: 2\n' }, { branch: 'trunk' });
  await repository.git('symbolic-ref', 'HEAD', 'refs/heads/trunk');
  expect(await scene.fetch()).toMatchObject({ resolved: { commit: other, ref: 'refs/heads/trunk' } });
  await scene.fetch({ branch: 'main' });
  await repository.git('update-ref', '-d', 'refs/heads/main');
  const error: unknown = await scene.fetch({ branch: 'main' }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.ref-not-found');
  await repository.git('tag', 'v2.0.0', other);
  expect(await scene.fetch({ semver: '*' })).toMatchObject({ resolved: { commit: other } });
  await repository.git('tag', '-d', 'v2.0.0');
  expect(await scene.fetch({ semver: '*' })).toMatchObject({ resolved: { commit: scene.first } });
});

type Spoil = (asked: RelayedRequest, answer: RelayedAnswer, scene: Scene) => RelayedAnswer | Promise<RelayedAnswer>;

/** An answer that never comes, until the test is over. */
function heldAnswer(): Promise<RelayedAnswer> {
  const { promise, reject } = Promise.withResolvers<RelayedAnswer>();
  promise.catch(() => {});
  onTestFinished(() => reject(new Error('the test is over')));
  return promise;
}

function isCommand({ body }: RelayedRequest, name: string): boolean {
  return body.includes(`command=${name}\n`);
}

function packet(bytes: string | Buffer): Buffer {
  const data = Buffer.from(bytes);
  return Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data]);
}

/** The answer to `fetch` with this pack in it. */
function packAnswer(answer: RelayedAnswer, pack: Buffer): RelayedAnswer {
  const inside = packet(Buffer.concat([Buffer.from([1]), pack]));
  return { ...answer, body: Buffer.concat([packet('packfile\n'), inside, Buffer.from('0000')]) };
}

const spoils: Readonly<Record<string, Spoil>> = {
  'breaks the connection at the refs': (asked, answer) =>
    isCommand(asked, 'ls-refs') ? { ...answer, status: undefined } : answer,
  'breaks the connection at the pack': (asked, answer) =>
    isCommand(asked, 'fetch') ? { ...answer, status: undefined } : answer,
  'answers with a page': (_, answer) => ({ ...answer, headers: { 'content-type': 'text/html' } }),
  'is overloaded': (_, answer) => ({ ...answer, status: 503 }),
  'is of an older protocol': (asked, answer) =>
    asked.method === 'GET' ? { ...answer, body: Buffer.concat([packet('version 1\n'), Buffer.from('0000')]) } : answer,
  'answers with no packets': (_, answer) => ({ ...answer, body: Buffer.from('what is it that you want?') }),
  'cuts the list of refs short': (asked, answer) =>
    isCommand(asked, 'ls-refs') ? { ...answer, body: answer.body.subarray(0, -4) } : answer,
  'has refs that are no refs': (asked, answer) =>
    isCommand(asked, 'ls-refs') ? { ...answer, body: Buffer.concat([packet('main\n'), answer.body]) } : answer,
  'cuts the pack short': (asked, answer) =>
    isCommand(asked, 'fetch') ? { ...answer, body: answer.body.subarray(0, -30) } : answer,
  'ends the pack too early': (asked, answer) =>
    isCommand(asked, 'fetch') ? packAnswer(answer, answer.body.subarray(20, -40)) : answer,
  'spoils a byte of the pack': (asked, answer) => {
    const body = Buffer.from(answer.body);
    const at = body.indexOf('PACK') + 40;
    if (isCommand(asked, 'fetch')) body[at] = (body[at] ?? 0) ^ 1;
    return { ...answer, body };
  },
  'gives up in the middle': (asked, answer) =>
    isCommand(asked, 'fetch')
      ? { ...answer, body: Buffer.concat([packet('packfile\n'), packet('\u0003out of memory'), Buffer.from('0000')]) }
      : answer,
  'is shallow': (asked, answer) =>
    isCommand(asked, 'fetch')
      ? { ...answer, body: Buffer.concat([packet('shallow-info\n'), Buffer.from('0001'), answer.body]) }
      : answer,
  'leaves an object out': async (asked, answer, { repository }) => {
    if (!isCommand(asked, 'fetch')) return answer;
    const commit = (await repository.git('rev-parse', 'main')).trim();
    const file = join(repository.directory, 'only-the-commit');
    await realGit([`--git-dir=${repository.directory}`, 'pack-objects', '--quiet', file], `${commit}\n`);
    const name = (await readdir(repository.directory)).find((entry) => /^only-the-commit.*\.pack$/.test(entry)) ?? '';
    return packAnswer(answer, await readFile(join(repository.directory, name)));
  },
  'sends another pack': async (asked, answer, { repository }) => {
    if (!isCommand(asked, 'fetch')) return answer;
    const blob = (await realGit([`--git-dir=${repository.directory}`, 'hash-object', '-w', '--stdin'], 'other')).trim();
    const file = join(repository.directory, 'another');
    await realGit([`--git-dir=${repository.directory}`, 'pack-objects', '--quiet', file], `${blob}\n`);
    const name = (await readdir(repository.directory)).find((entry) => /^another.*\.pack$/.test(entry)) ?? '';
    return packAnswer(answer, await readFile(join(repository.directory, name)));
  },
};

for (const [name, spoil] of Object.entries(spoils)) {
  test(`a server that ${name} gets Git for a client, and nothing is lost`, async () => {
    const scene = await fetchedMirror();
    const next = await scene.repository.commit({ 'a.yaml': 'a: 2\n' });
    let spoilt = 0;
    scene.relay.onAnswer = async (asked, answer) => {
      if (!isQuick(asked)) return answer;
      const changed = await spoil(asked, answer, scene);
      if (changed !== answer) spoilt += 1;
      return changed;
    };
    expect(await scene.fetch()).toMatchObject({ change: 'advanced', resolved: { commit: next } });
    expect(spoilt).toBeGreaterThan(0);
    const tree = await scene.mirror.tree(next);
    expect(Buffer.from((await tree.read('a.yaml')) ?? []).toString()).toBe('a: 2\n');
    expect(
      await realGit([`--git-dir=${await scene.generation()}`, 'fsck', '--full', '--connectivity-only']),
    ).not.toMatch(/missing|broken/);
    // It is not tried again at once.
    const asked = scene.relay.requests.filter(isQuick).length;
    expect(await scene.fetch()).toMatchObject({ change: 'unchanged' });
    expect(scene.relay.requests.filter(isQuick)).toHaveLength(asked);
  });
}

test('the names of a hostile server move no other ref than those that were asked for', async () => {
  const scene = await fetchedMirror({}, { semver: '*' });
  const { repository, relay, first } = scene;
  const evil = await repository.commit({ 'a.yaml': 'evil\n' }, { branch: 'evil', parent: null });
  const zero = '0'.repeat(40);
  const names = [
    `refs/tags/v9.0.0\0${evil}\0${zero}\0update refs/heads/main\0${evil}\0`,
    'refs/heads/main',
    'HEAD',
    'refs/tags/../heads/main',
    'refs/tags/v9.0.0.lock',
  ];
  for (const name of names) {
    relay.onAnswer = (asked, answer) =>
      isQuick(asked) && isCommand(asked, 'ls-refs')
        ? { ...answer, body: Buffer.concat([packet(`${evil} ${name}\n`), answer.body]) }
        : answer;
    const mirror = await openMirror({
      url: `${relay.url}/app.git`,
      directory: scene.workshop.cache,
      signal: scene.workshop.signal,
      // New connections, and no memory of how it went before.
      certificateAuthority: name,
    });
    expect(await mirror.fetch({ semver: '*' }, { signal: scene.workshop.signal })).toMatchObject({
      resolved: { commit: first },
    });
    await mirror.close();
    const refs = await realGit([`--git-dir=${await scene.generation()}`, 'for-each-ref', '--format=%(refname)']);
    expect(refs.trim().split('\n')).toEqual(['refs/tags/v1.0.0']);
  }
});

test('credentials go to the server, and not to another that it names', async () => {
  const scene = await fetchedMirror({ credentials: { kind: 'bearer', token: sensitive('sécret') } });
  const { relay, repository } = scene;
  await repository.commit({ 'a.yaml': 'a: 2\n' });
  await scene.fetch();
  expect(relay.requests.filter(isQuick).length).toBeGreaterThan(1);
  for (const { headers } of relay.requests) {
    expect(Buffer.from(headers.authorization ?? '', 'latin1').toString()).toBe('Bearer sécret');
  }
  const elsewhere = await openHttpRelay(scene.workshop.server.port);
  relay.onAnswer = ({ path }, answer) => ({ ...answer, status: 302, headers: { location: `${elsewhere.url}${path}` } });
  const error: unknown = await scene.fetch().catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.redirected');
  expect(elsewhere.requests).toEqual([]);
});

test('a certificate is verified on the quick way too', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ 'a.yaml': 'a: 1\n' });
  const { key, cert } = await selfSigned();
  const relay = await openHttpRelay(workshop.server.port, { key, cert });
  const { signal } = workshop;
  const options = { url: `${relay.url}/app.git`, directory: workshop.cache, signal };
  const trusting = await openMirror({ ...options, certificateAuthority: cert });
  await trusting.fetch({}, { signal });
  relay.requests.length = 0;
  const next = await repository.commit({ 'a.yaml': 'a: 2\n' });
  expect(await trusting.fetch({}, { signal })).toMatchObject({ resolved: { commit: next } });
  expect(relay.requests.length).toBeGreaterThan(1);
  expect(relay.requests.every(isQuick)).toBe(true);
  await trusting.close();
  relay.requests.length = 0;
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const error: unknown = await (await openMirror(options)).fetch({}, { signal }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.certificate');
  expect(relay.requests).toEqual([]);
});

test('a connection that the server has closed meanwhile is no failure', async () => {
  const scene = await fetchedMirror();
  await scene.fetch();
  const next = await scene.repository.commit({ 'a.yaml': 'a: 2\n' });
  let broken = 0;
  scene.relay.onAnswer = (_, answer) => {
    broken += 1;
    return broken === 1 ? { ...answer, status: undefined } : answer;
  };
  scene.relay.requests.length = 0;
  expect(await scene.fetch()).toMatchObject({ resolved: { commit: next } });
  expect(questions(scene.relay)).toEqual(['ls-refs', 'ls-refs', 'fetch']);
  expect(scene.relay.requests.every(isQuick)).toBe(true);
});

test('a server that is silent, at once or in the middle, is given up', async () => {
  const { relay, workshop, repository } = await fetchedMirror();
  const commit = (await repository.git('rev-parse', 'main')).trim() as CommitId;
  const remote = { url: parseRepositoryUrl(`${relay.url}/app.git`), connection: {}, egress: createEgress() };
  const silent = openSmartHttp(remote, 50);
  onTestFinished(() => silent.close());
  const held = heldAnswer();
  relay.onAnswer = () => held;
  await expect(silent.listRefs(['refs/heads/'], workshop.signal)).rejects.toThrow('the server is silent');
  const large = await repository.commit({ big: randomBytes(2_000_000) });
  const proxy = await openProxy(workshop.server.port);
  proxy.fault = 'stall';
  proxy.allowance = 1_000_000;
  const stalled = openSmartHttp({ ...remote, url: parseRepositoryUrl(`http://127.0.0.1:${proxy.port}/app.git`) }, 1000);
  onTestFinished(() => stalled.close());
  const reading = async (): Promise<number> => {
    let size = 0;
    const question = { want: [large], have: [commit], boundary: undefined };
    for await (const chunk of (await stalled.fetchPack(question, workshop.signal)).pack) size += chunk.length;
    return size;
  };
  await expect(reading()).rejects.toThrow(/the server is silent|aborted/);
});

test('a push over the limit is ended and said to be, and leaves nothing behind', async () => {
  const scene = await fetchedMirror({ limits: { fetchBytes: 100_000 } });
  await scene.repository.commit({ big: randomBytes(300_000) });
  const error: unknown = await scene.fetch().catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.too-large');
  expect(scene.relay.requests.filter((asked) => !isQuick(asked))).toEqual([]);
  expect((await scene.mirror.resolve({}))?.commit).toBe(scene.first);
  const packs = await readdir(join(await scene.generation(), 'objects', 'pack'));
  expect(packs.filter((name) => name.startsWith('tmp_'))).toEqual([]);
});

test('whoever aborts while the server works is told at once, and the next fetch is whole', async () => {
  const scene = await fetchedMirror();
  const next = await scene.repository.commit({ 'a.yaml': 'a: 2\n' });
  for (const command of ['ls-refs', 'fetch']) {
    const controller = new AbortController();
    const held = heldAnswer();
    scene.relay.onAnswer = (asked, answer) => {
      if (!isCommand(asked, command)) return answer;
      controller.abort(new Error('enough'));
      return held;
    };
    await expect(scene.mirror.fetch({}, { signal: controller.signal })).rejects.toThrow('enough');
  }
  scene.relay.onAnswer = (_, answer) => answer;
  scene.relay.requests.length = 0;
  expect(await scene.fetch()).toMatchObject({ change: 'advanced', resolved: { commit: next } });
  // An abort is no failure of the way.
  expect(scene.relay.requests.every(isQuick)).toBe(true);
});
