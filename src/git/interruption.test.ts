import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { openWorkshop, realGit, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { openProxy, type Proxy } from '../../test/support/tcp-proxy.ts';
import { problemsOf } from '../errors.ts';
import { openMirror, type CommitId, type Mirror } from './index.ts';

const fetcher = join(import.meta.dirname, '../../test/support/fetch-mirror.ts');

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly proxy: Proxy;
  /** The repository through the bad line. */
  readonly url: string;
  readonly commit: CommitId;
}

/** A repository of two megabytes that do not compress, behind a line that can break. */
async function badLine(): Promise<Scene> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ 'big.bin': randomBytes(2_000_000), 'a.yaml': 'a: 1\n' });
  const proxy = await openProxy(workshop.server.port);
  return { workshop, repository, proxy, url: `http://127.0.0.1:${proxy.port}/app.git`, commit };
}

function fetchElsewhere(url: string, cache: string, ...rest: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [fetcher, url, cache, ...rest], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function outputOf(child: ChildProcess): Promise<readonly string[]> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return text.trim().split('\n');
}

async function readA(mirror: Mirror, commit: CommitId): Promise<string> {
  return Buffer.from((await (await mirror.tree(commit)).read('a.yaml')) ?? []).toString();
}

async function fsck(cache: string): Promise<string> {
  const [home = ''] = await readdir(cache);
  const generation = (await readFile(join(cache, home, 'current'), 'utf8')).trim();
  return realGit([`--git-dir=${join(cache, home, generation)}`, 'fsck', '--full']);
}

/** The Git processes that work on this cache. */
async function gitProcesses(cache: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const program = await readlink(`/proc/${name}/exe`).catch(() => '');
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (/git/.test(program) && line.includes(cache)) found.push(Number(name));
  }
  return found;
}

test('a first fetch that loses its connection fails as unreachable, and the next one succeeds', async () => {
  const { workshop, proxy, url, commit } = await badLine();
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  for (const allowance of [10, 400, 60_000, 900_000]) {
    proxy.allowance = allowance;
    const error: unknown = await mirror.fetch({}, { signal: workshop.signal }).catch((reason: unknown) => reason);
    expect(problemsOf(error)[0]).toMatchObject({ code: 'git.unreachable' });
    expect(await mirror.resolve({ branch: 'main' })).toBeUndefined();
  }
  proxy.allowance = Number.POSITIVE_INFINITY;
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({
    change: 'created',
    resolved: { commit },
  });
  expect(await fsck(workshop.cache)).toBe('');
});

test('a later fetch that loses its connection leaves what was there before', async () => {
  const { workshop, repository, proxy, url, commit } = await badLine();
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  const next = await repository.commit({ 'big.bin': randomBytes(2_000_000), 'a.yaml': 'a: 2\n' });
  proxy.allowance = 300_000;
  const error: unknown = await mirror.fetch({}, { signal: workshop.signal }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.unreachable');
  expect((await mirror.resolve({}))?.commit).toBe(commit);
  expect(await readA(mirror, commit)).toBe('a: 1\n');
  proxy.allowance = Number.POSITIVE_INFINITY;
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({
    change: 'advanced',
    resolved: { commit: next },
  });
});

test('a fetch that hangs is ended when it is aborted, with all its processes', async () => {
  const { workshop, proxy, url, commit } = await badLine();
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  proxy.allowance = 500_000;
  proxy.fault = 'stall';
  const stalled = proxy.nextFault();
  const controller = new AbortController();
  const fetching = mirror.fetch({}, { signal: controller.signal });
  await stalled;
  expect((await gitProcesses(workshop.cache)).length).toBeGreaterThan(0);
  controller.abort(new Error('enough'));
  await expect(fetching).rejects.toThrow('enough');
  proxy.allowance = Number.POSITIVE_INFINITY;
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ resolved: { commit } });
  await mirror.close();
  expect(await gitProcesses(workshop.cache)).toEqual([]);
});

test('a fetch over its time limit is ended and said to be', async () => {
  const { workshop, proxy, url } = await badLine();
  const limits = { fetchMilliseconds: 300 };
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, limits });
  proxy.allowance = 0;
  proxy.fault = 'stall';
  const error: unknown = await mirror.fetch({}, { signal: workshop.signal }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('timeout');
});

test('a fetch that brings more than the limit is ended and said to', async () => {
  const { workshop, proxy, url } = await badLine();
  const limits = { fetchBytes: 100_000 };
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, limits });
  // The line goes silent behind 1.5 MB, so that what came is looked at.
  proxy.allowance = 1_500_000;
  proxy.fault = 'stall';
  const error: unknown = await mirror.fetch({}, { signal: workshop.signal }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.too-large');
});

test('a process that is killed in the middle of a first fetch leaves a mirror that the next one completes', async () => {
  const { workshop, proxy, url, commit } = await badLine();
  proxy.allowance = 500_000;
  proxy.fault = 'stall';
  const stalled = proxy.nextFault();
  const child = fetchElsewhere(url, workshop.cache);
  await stalled;
  child.kill('SIGKILL');
  await once(child, 'exit');
  proxy.allowance = Number.POSITIVE_INFINITY;
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ resolved: { commit } });
  await mirror.close();
  expect(await fsck(workshop.cache)).toBe('');
  // The Git that the killed process had started was ended too, and its half of a pack is gone.
  expect(await gitProcesses(workshop.cache)).toEqual([]);
  const left = (await readdir(workshop.cache, { recursive: true })).filter((name) => /tmp_|\.lock$|\.keep$/.test(name));
  expect(left).toEqual([]);
});

test('a process that is killed in the middle of a later fetch loses nothing', async () => {
  const { workshop, repository, proxy, url, commit } = await badLine();
  const first = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  await first.fetch({}, { signal: workshop.signal });
  await first.close();
  const next = await repository.commit({ 'big.bin': randomBytes(2_000_000), 'a.yaml': 'a: 2\n' });
  proxy.allowance = 500_000;
  proxy.fault = 'stall';
  const stalled = proxy.nextFault();
  const child = fetchElsewhere(url, workshop.cache);
  await stalled;
  child.kill('SIGKILL');
  await once(child, 'exit');
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  // Reading needs no lock, and no server.
  expect((await mirror.resolve({}))?.commit).toBe(commit);
  expect(await readA(mirror, commit)).toBe('a: 1\n');
  proxy.allowance = Number.POSITIVE_INFINITY;
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({
    change: 'advanced',
    resolved: { commit: next },
  });
});

test('several processes fetch into the same mirror at once, and all succeed', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ 'a.yaml': 'a: 1\n' });
  const outputs = await Promise.all(
    Array.from({ length: 3 }, () => outputOf(fetchElsewhere(repository.url, workshop.cache, '5'))),
  );
  for (const lines of outputs) {
    expect(lines).toHaveLength(6);
    for (const line of lines.slice(1)) expect(JSON.parse(line)).toMatchObject({ commit });
  }
  expect(await fsck(workshop.cache)).toBe('');
});

test('two processes that both find the mirror damaged fetch it anew, and both succeed', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ 'a.yaml': 'a: 1\n' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  const [home = ''] = await readdir(workshop.cache);
  const generation = (await readFile(join(workshop.cache, home, 'current'), 'utf8')).trim();
  await realGit([`--git-dir=${join(workshop.cache, home, generation)}`, 'repack', '-adq']);
  await rm(join(workshop.cache, home, generation, 'objects'), { recursive: true });
  const commit = await repository.commit({ 'a.yaml': 'a: 2\n' });
  const [here, ...there] = await Promise.all([
    mirror.fetch({}, { signal: workshop.signal }),
    outputOf(fetchElsewhere(repository.url, workshop.cache)),
    outputOf(fetchElsewhere(repository.url, workshop.cache)),
  ]);
  expect(here).toMatchObject({ resolved: { commit } });
  for (const lines of there) expect(JSON.parse(lines[1] ?? '')).toMatchObject({ commit });
  expect(await readA(mirror, commit)).toBe('a: 2\n');
  expect(await fsck(workshop.cache)).toBe('');
});

test('where Git may not write what it has fetched, what was there stays, and the next fetch succeeds', async () => {
  const { workshop, repository, url, commit } = await badLine();
  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  const next = await repository.commit({ 'big.bin': randomBytes(2_000_000), 'a.yaml': 'a: 2\n' });
  // No file may grow over 100 KiB. Git is killed for it, in the middle of its pack.
  const limited = spawn(
    'sh',
    ['-c', 'ulimit -f 200; exec "$@"', 'sh', process.execPath, fetcher, url, workshop.cache],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = await outputOf(limited);
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    code: 'git.failed',
    message: expect.stringContaining('was ended from outside') as string,
  });
  expect(await readA(mirror, commit)).toBe('a: 1\n');
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({
    change: 'advanced',
    resolved: { commit: next },
  });
  expect(await fsck(workshop.cache)).toBe('');
});
