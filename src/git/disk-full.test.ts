import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openWorkshop, realGit } from '../../test/support/git-workshop.ts';
import { problemsOf } from '../errors.ts';
import { openMirror } from './index.ts';

const fetcher = join(import.meta.dirname, '../../test/support/fetch-mirror.ts');

test('where there is no room for what is fetched that is said, what was there stays, and the next fetch succeeds', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ 'a.yaml': 'a: 1\n' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  const next = await repository.commit({ 'big.bin': randomBytes(2_000_000), 'a.yaml': 'a: 2\n' });
  await limitFiles(workshop.root, 200);
  const error: unknown = await mirror.fetch({}, { signal: workshop.signal }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.disk-full');
  const tree = await mirror.tree(commit);
  expect(Buffer.from((await tree.read('a.yaml')) ?? []).toString()).toBe('a: 1\n');
  vi.unstubAllEnvs();
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({
    change: 'advanced',
    resolved: { commit: next },
  });
});

test('where nothing but a ref has to be written, and there is no room for it, that is said, too', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ 'a.yaml': 'a: 1\n' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  await repository.git('branch', 'other', commit);
  await limitFiles(workshop.root, 0);
  const wish = { branch: 'other' };
  const error: unknown = await mirror.fetch(wish, { signal: workshop.signal }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.disk-full');
  vi.unstubAllEnvs();
  expect(await mirror.fetch(wish, { signal: workshop.signal })).toMatchObject({ resolved: { commit } });
});

/** Has Git told by the system that its files cannot grow over so many half KiB, as by a full disk or quota. */
async function limitFiles(root: string, blocks: number): Promise<void> {
  const folder = join(root, 'bin');
  const real = (await realGit(['--exec-path'])).trim();
  await mkdir(folder);
  await writeFile(join(folder, 'git'), `#!/bin/sh\ntrap '' XFSZ\nulimit -f ${blocks}\nexec '${real}/git' "$@"\n`);
  await chmod(join(folder, 'git'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

const ownMounts = ['--user', '--map-root-user', '--mount'];
/** Whether this machine lets a test mount a disk that only it sees; containers may forbid it. */
const mayMount = await new Promise<boolean>((resolve) => {
  const script = 'mount -t tmpfs none /tmp';
  spawn('unshare', [...ownMounts, 'sh', '-c', script], { stdio: 'ignore' })
    .once('error', () => resolve(false))
    .once('exit', (code) => resolve(code === 0));
});

// None where that is forbidden, as in some containers: the test above says nearly as much.
for (const size of mayMount ? ['1m'] : []) {
  test(`a disk of ${size} that is full is said to be, and the next fetch succeeds when there is room`, async () => {
    const workshop = await openWorkshop();
    const repository = await workshop.repository();
    const first = await repository.commit({ 'a.yaml': 'a: 1\n' });
    await mkdir(workshop.cache);
    // A disk of one megabyte that only this shell and its children see; as root of a namespace, anybody may mount one.
    const script = `
    mount -t tmpfs -o size=${size} none "$3" && fetch() { "$0" "$1" "$2" "$3"; } && fetch "$@" &&
    read go && fetch "$@" && mount -o remount,size=64m "$3" && fetch "$@"`;
    const shell = spawn(
      'unshare',
      [...ownMounts, 'sh', '-c', script, process.execPath, fetcher, repository.url, workshop.cache],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void shell.kill('SIGKILL'));
    const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
    const told = async (): Promise<unknown> => {
      const { value: line } = await lines.next();
      return line === 'open' ? told() : JSON.parse(line ?? '""');
    };
    expect(await told()).toEqual({ commit: first, change: 'created' });
    const next = await repository.commit({ 'big.bin': randomBytes(2_000_000), 'a.yaml': 'a: 2\n' });
    shell.stdin.end('go\n');
    expect(await told()).toMatchObject({ code: 'git.disk-full' });
    expect(await told()).toEqual({ commit: next, change: 'advanced' });
  });
}
