import { once } from 'node:events';
import { createServer } from 'node:http';
import { watch } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import { openWorkshop, realGit, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { limit } from '../../test/support/limit.ts';
import { listenHere } from '../../test/support/listen.ts';
import { problemsOf } from '../errors.ts';
import { createEgress } from '../egress.ts';
import { openMirror, parseRepositoryUrl, type CommitId, type Mirror, type MirrorOptions } from './index.ts';
import { textPacket } from './packet-line.ts';
import { openSmartHttp } from './smart-http.ts';

async function open(workshop: Workshop, url: string, more: Partial<MirrorOptions> = {}): Promise<Mirror> {
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, ...more });
  onTestFinished(() => mirror.close());
  return mirror;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it succeeded',
    (reason: unknown) => problemsOf(reason)[0].code,
  );
}

/** Gives a repository so many refs, all of them at one commit. */
async function addRefs(repository: TestRepository, commit: CommitId, refs: readonly string[]): Promise<void> {
  const lines = refs.toSorted().map((ref) => `${commit} ${ref}\n`);
  const head = '# pack-refs with: peeled fully-peeled sorted \n';
  await writeFile(join(repository.directory, 'packed-refs'), head + lines.join(''));
}

const numbered = (count: number, name: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => name(index));

test('of 100,000 branches and as many tags the one that is wanted is asked for, and nothing else', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  await addRefs(repository, first, [
    ...numbered(100_000, (index) => `refs/heads/team/${index}`),
    ...numbered(100_000, (index) => `refs/tags/build-${index}`),
  ]);
  const relay = await openHttpRelay(workshop.server.port);
  let answered = 0;
  relay.onAnswer = (_, answer) => {
    answered += answer.body.length;
    return answer;
  };
  const mirror = await open(workshop, `${relay.url}/app.git`);
  expect((await mirror.fetch({}, workshop)).resolved.commit).toBe(first);
  const next = await repository.commit({ a: '2' });
  expect((await mirror.fetch({}, workshop)).resolved.commit).toBe(next);
  expect((await mirror.fetch({ branch: 'team/99999' }, workshop)).resolved.commit).toBe(first);
  // The names alone are some 12 MB.
  expect(answered).toBeLessThan(20_000);
  const missing = await mirror.fetch({ branch: 'nobody' }, workshop).catch((reason: unknown) => reason);
  expect(problemsOf(missing)[0]).toMatchObject({
    code: 'git.ref-not-found',
    message: expect.stringContaining('and 99993 more'),
  });
});

test('many tags are put into one file, and the highest version is found among them', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  await addRefs(
    repository,
    commit,
    numbered(1_000, (index) => `refs/tags/v1.0.${index}`),
  );
  const mirror = await open(workshop, repository.url);
  expect((await mirror.fetch({ semver: '1.x' }, workshop)).resolved.ref).toBe('refs/tags/v1.0.999');
  const [home = ''] = await readdir(workshop.cache);
  const generation = (await readdir(join(workshop.cache, home))).find((name) => name.startsWith('generation-')) ?? '';
  const folder = join(workshop.cache, home, generation);
  await until(join(folder, 'refs', 'tags'), async () => (await readdir(join(folder, 'refs', 'tags'))).length === 0);
  expect((await readFile(join(folder, 'packed-refs'), 'utf8')).split('\n').length).toBeGreaterThan(1_000);
  await repository.git('tag', 'v1.1.0', 'main');
  await repository.git('tag', '-d', 'v1.0.7');
  const outcome = await mirror.fetch({ semver: '1.x' }, workshop);
  expect(outcome.resolved.ref).toBe('refs/tags/v1.1.0');
  expect(await mirror.resolve({ tag: 'v1.0.7' })).toBeUndefined();
  expect((await mirror.resolve({ tag: 'v1.0.8' }))?.commit).toBe(commit);
});

/** Waits until something that a folder shows is so. */
async function until(folder: string, isSo: () => Promise<boolean>): Promise<void> {
  const changes = watch(folder);
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => void isSo().then((so) => (so ? resolve() : undefined), reject);
      changes.on('change', look);
      limit().addEventListener('abort', () => reject(new Error('it never was')));
      look();
    });
  } finally {
    changes.close();
  }
}

test.runIf(process.platform === 'linux').each(['refs', 'capabilities'])(
  'a server that lists %s without end fills no memory',
  async (what) => {
    const workshop = await openWorkshop();
    const worker = new Worker(new URL('../../test/support/flood-worker.ts', import.meta.url), { workerData: what });
    onTestFinished(async () => void (await worker.terminate()));
    const [port] = (await once(worker, 'message')) as [number];
    const url = `http://127.0.0.1:${port}/app.git`;
    const mirror = await open(workshop, url, { limits: { fetchMemoryBytes: 100_000_000 } });
    const before = process.memoryUsage().heapUsed;
    expect(await codeOf(mirror.fetch({ branch: 'main' }, workshop))).toBe('git.too-large');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
  },
);

test('a server that lists a byte now and then is given up', async () => {
  const workshop = await openWorkshop();
  const server = createServer((incoming, response) => {
    incoming.resume();
    const isFirst = incoming.method === 'GET';
    const type = isFirst ? 'advertisement' : 'result';
    response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${type}` });
    if (isFirst) {
      const lines = ['version 2', 'ls-refs', 'fetch'].map((line) => textPacket(line)).join('');
      response.end(`${textPacket('# service=git-upload-pack')}0000${lines}0000`);
      return;
    }
    const timer = setInterval(() => response.write('0'), 5);
    response.once('close', () => clearInterval(timer));
  });
  await listenHere(server);
  onTestFinished(() => void server.close());
  const url = parseRepositoryUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/app.git`);
  const asking = openSmartHttp({ url, connection: {}, egress: createEgress() }, 60_000, 200);
  onTestFinished(() => asking.close());
  await expect(asking.listRefs(['HEAD'], workshop.signal)).rejects.toThrow(/aborted/);
});

test('names of 60,000 bytes do not keep anybody from the branch that is wanted', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const long = 'x'.repeat(200);
  await addRefs(repository, commit, [
    `refs/heads/${Array.from({ length: 290 }, () => long).join('/')}`,
    `refs/tags/${Array.from({ length: 290 }, () => long).join('/')}`,
  ]);
  const mirror = await open(workshop, repository.url);
  expect((await mirror.fetch({}, workshop)).resolved.commit).toBe(commit);
  const next = await repository.commit({ a: '2' });
  expect((await mirror.fetch({}, workshop)).resolved.commit).toBe(next);
});

test('a file of a hundred megabytes that packs to nothing is neither read nor kept in memory', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ 'bomb.yaml': Buffer.alloc(100 * 1024 * 1024), 'small.yaml': 'a: 1\n' });
  const mirror = await open(workshop, repository.url);
  const { resolved } = await mirror.fetch({}, workshop);
  expect(resolved.commit).toBe(commit);
  const tree = await mirror.tree(commit);
  const before = process.memoryUsage().rss;
  expect(await codeOf(tree.read('bomb.yaml'))).toBe('git.too-large');
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  expect(Buffer.from((await tree.read('small.yaml')) ?? []).toString()).toBe('a: 1\n');
});

test('ten folders of ten folders, ten times over, are ten objects to fetch and too many to compare', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  const git = (args: readonly string[], input: string): Promise<string> =>
    realGit([`--git-dir=${repository.directory}`, ...args], input).then((text) => text.trim());
  let entry = `100644 blob ${await git(['hash-object', '-w', '--stdin'], 'a: 1\n')}`;
  for (let level = 0; level < 10; level += 1) {
    const lines = Array.from({ length: 10 }, (_, index) => `${entry}\tf${index}\n`).join('');
    entry = `040000 tree ${await git(['mktree'], lines)}`;
  }
  const tree = entry.split(' ').at(-1) ?? '';
  const who = 'Ada <ada@example.org> 1700000000 +0000';
  const text = `tree ${tree}\nparent ${first}\nauthor ${who}\ncommitter ${who}\n\nbomb\n`;
  const bomb = await git(['hash-object', '-w', '-t', 'commit', '--stdin'], text);
  await repository.git('update-ref', 'refs/heads/main', bomb);
  const mirror = await open(workshop, repository.url);
  const { resolved } = await mirror.fetch({}, workshop);
  expect(resolved.commit).toBe(bomb);
  const [before, after] = [await mirror.tree(first), await mirror.tree(resolved.commit)];
  expect(await codeOf(mirror.changes(before.root, after.root))).toBe('git.too-large');
  expect(await after.list('f3/f1/f4')).toHaveLength(10);
});
