import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { startGitHookServer, writeHook } from '../../test/support/git-hook-server.ts';
import { openWorkshop, type TestRepository } from '../../test/support/git-workshop.ts';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import { openMirror } from '../git/index.ts';
import { createBranchWriter, type Edit } from './index.ts';

const program = join(import.meta.dirname, '../../test/support/write-branch.ts');
const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date() };

interface Told {
  readonly operation: string;
  readonly commit?: string;
  readonly changed?: boolean;
  readonly code?: string;
}

interface Writer {
  readonly child: ChildProcess;
  readonly start: () => void;
  readonly done: Promise<readonly Told[]>;
}

/** A process that writes many edits at once, when it is told to. */
async function writerProcess(url: string, cache: string, name: string, times: number): Promise<Writer> {
  const child = spawn(process.execPath, [program, url, cache, name, String(times)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const told: Told[] = [];
  const opened = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'open') opened.resolve();
    else told.push(JSON.parse(line) as Told);
  });
  const done = once(child, 'close').then(() => told);
  await opened.promise;
  return { child, done, start: () => void child.stdin.write('go\n') };
}

/** Counts the number in a file up. */
const countUp: Edit = async ({ files }) => {
  const before = Number(Buffer.from((await files.read('count')) ?? []).toString());
  return { changes: [{ path: 'count', content: Buffer.from(`${before + 1}\n`) }], message: 'x', author };
};

/** The messages of the commits on top of the first one, the oldest first. */
async function subjectsOf(repository: TestRepository): Promise<readonly string[]> {
  return (await repository.git('log', '--format=%s', '--reverse', 'main')).trim().split('\n').slice(1);
}

async function trailersOf(repository: TestRepository): Promise<readonly string[]> {
  const text = await repository.git('log', '--format=%(trailers:key=Plumbline-Operation,valueonly)', 'main');
  return text.split('\n').filter((line) => line !== '');
}

test('50 writers in two processes on the same branch: none is lost, none is there twice, each subject is right', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ count: '0\n' });
  // One shares the mirror with nobody, two share one: both are allowed.
  const writers = await Promise.all([
    writerProcess(repository.url, workshop.cache, 'one', 20),
    writerProcess(repository.url, workshop.cache, 'two', 20),
    writerProcess(repository.url, join(workshop.root, 'other'), 'three', 10),
  ]);
  for (const { start } of writers) start();
  const told = (await Promise.all(writers.map(({ done }) => done))).flat();
  expect(told.filter(({ changed }) => changed !== true)).toEqual([]);
  expect(await repository.git('show', 'main:count')).toBe('50\n');
  const subjects = await subjectsOf(repository);
  expect(subjects).toHaveLength(50);
  // Each was made upon the one before: it says the number that it made.
  for (const [index, subject] of subjects.entries()) expect(subject).toMatch(new RegExp(` ${index + 1}"}$`));
  const operations = await trailersOf(repository);
  expect(operations.toSorted()).toEqual(told.map(({ operation }) => operation).toSorted());
  for (const { operation, commit = '' } of told) {
    const message = await repository.git('log', '-1', '--format=%B', commit);
    expect(message).toContain(`Plumbline-Operation: ${operation}\n`);
    expect(message.split('\n')[0]).toContain(`"${operation} `);
  }
  expect(await repository.git('fsck', '--strict', '--full', '--no-dangling')).toBe('');
});

test('a process that is killed before its push has left nothing, and the next one writes it', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ count: '0\n' });
  const relay = await openHttpRelay(workshop.server.port);
  const url = `${relay.url}/app.git`;
  const asked = Promise.withResolvers<void>();
  // The commit is made, and the server is asked where the branch is; it never answers.
  relay.onAnswer = async ({ path }, answer) => {
    if (!path.includes('git-receive-pack')) return answer;
    asked.resolve();
    return new Promise(() => {});
  };
  const killed = await writerProcess(url, workshop.cache, 'w', 3);
  killed.start();
  await asked.promise;
  killed.child.kill('SIGKILL');
  expect(await killed.done).toEqual([]);
  relay.onAnswer = (_, answer) => answer;
  expect(await repository.git('show', 'main:count')).toBe('0\n');

  const { signal } = workshop;
  const mirror = await openMirror({ url, directory: workshop.cache, signal });
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  expect(await writer.findOperation('w-0', { signal })).toBeUndefined();
  await mirror.close();
  const again = await writerProcess(url, workshop.cache, 'w', 3);
  again.start();
  expect((await again.done).map(({ changed }) => changed)).toEqual([true, true, true]);
  expect(await repository.git('show', 'main:count')).toBe('3\n');
});

test('a process that is killed in the middle of its push: what was done is found, and not done again', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ count: '0\n' });
  const server = await startGitHookServer(repository.directory);
  const relay = await openHttpRelay(server.port);
  const url = `${relay.url}/app.git`;
  const pushed = Promise.withResolvers<void>();
  // The server has taken it, and its answer never comes.
  relay.onAnswer = async ({ path, method }, answer) => {
    if (method !== 'POST' || !path.endsWith('git-receive-pack')) return answer;
    pushed.resolve();
    return new Promise(() => {});
  };
  const killed = await writerProcess(url, workshop.cache, 'w', 5);
  killed.start();
  await pushed.promise;
  killed.child.kill('SIGKILL');
  expect(await killed.done).toEqual([]);
  relay.onAnswer = (_, answer) => answer;

  const { signal } = workshop;
  const mirror = await openMirror({ url, directory: workshop.cache, signal });
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  const tip = (await repository.git('rev-parse', 'main')).trim();
  expect(await writer.findOperation('w-4', { signal })).toEqual({ commit: tip, changed: true });
  expect(await writer.findOperation('w-5', { signal })).toBeUndefined();
  await mirror.close();
  const again = await writerProcess(url, workshop.cache, 'w', 7);
  again.start();
  expect((await again.done).map(({ changed }) => changed)).toEqual(Array.from({ length: 7 }, () => true));
  expect(await repository.git('show', 'main:count')).toBe('7\n');
  expect((await trailersOf(repository)).toSorted()).toEqual(Array.from({ length: 7 }, (_, index) => `w-${index}`));
});

test('what an ended process has sent and the server takes late is not done twice', async () => {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository();
  await repository.commit({ count: '0\n' });
  const server = await startGitHookServer(repository.directory);
  // The server's hook waits for a file, as one that is slow does; who comes later waits for nothing.
  const gate = join(workshop.root, 'gate');
  const waits = `if mkdir '${gate}.first' 2>/dev/null; then mkfifo '${gate}'; : > '${gate}.waiting'; read line < '${gate}'; fi`;
  await writeHook(repository.directory, 'pre-receive', waits);
  const mirror = await openMirror({
    url: server.url,
    directory: workshop.cache,
    signal,
    // All of it passes once, and is long enough for the second push to be done on a busy machine.
    limits: { pushMilliseconds: 6_000, pushAskMilliseconds: 4_000 },
  });
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  const written = await writer.write(countUp, { signal, operation: 'late' });
  expect(written.changed).toBe(true);
  // The first push is let go now: the branch is not where it wants it, so that it changes nothing.
  const release = spawn('sh', ['-c', `echo go > '${gate}'`], { stdio: 'ignore' });
  await once(release, 'close');
  const other = await writer.write(countUp, { signal, operation: 'next' });
  expect(await repository.git('show', `${other.commit}:count`)).toBe('2\n');
  expect((await trailersOf(repository)).toSorted()).toEqual(['late', 'next']);
});
