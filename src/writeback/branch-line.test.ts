import { expect, test } from 'vitest';
import { startGitHookServer } from '../../test/support/git-hook-server.ts';
import { openWorkshop } from '../../test/support/git-workshop.ts';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import { hearStartedGit } from '../../test/support/started-git.ts';
import { openMirror, type Mirror } from '../git/index.ts';
import { createBranchWriter, type BranchWriter, type Edit } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

/** Counts the number in a file up. */
const countUp: Edit = async ({ files }) => {
  const before = Number(Buffer.from((await files.read('count')) ?? []).toString());
  return { changes: [{ path: 'count', content: Buffer.from(`${before + 1}\n`) }], message: 'x', author };
};

async function scene() {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository();
  await repository.commit({ count: '0\n' });
  const server = await startGitHookServer(repository.directory);
  const relay = await openHttpRelay(server.port);
  const url = `${relay.url}/app.git`;
  const open = async (identity?: string, until: AbortSignal = signal): Promise<Mirror> =>
    openMirror({
      url,
      directory: workshop.cache,
      signal: until,
      ...(identity === undefined ? {} : { identity }),
    });
  const writerOf = (mirror: Mirror, until: AbortSignal = signal): BranchWriter =>
    createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal: until });
  return { workshop, signal, repository, server, relay, open, writerOf };
}

test('writers of one mirror share one line: who writes to a branch in turns starts no process of Git', async () => {
  const { signal, repository, server, open, writerOf } = await scene();
  const writers = [writerOf(await open()), writerOf(await open()), writerOf(await open())];
  await writers[0]?.write(countUp, { signal, operation: 'first' });
  const started = hearStartedGit();
  for (let round = 0; round < 4; round += 1)
    for (const [index, writer] of writers.entries())
      await writer.write(countUp, { signal, operation: `w-${round}-${index}` });
  expect(started).toEqual([]);
  const before = server.pushes;
  await Promise.all(writers.flatMap((writer) => Array.from({ length: 10 }, () => writer.write(countUp, { signal }))));
  expect(server.pushes).toBe(before + 1);
  expect(started).toEqual([]);
  expect(await repository.git('show', 'main:count')).toBe('43\n');
});

test('writers with credentials of their own have mirrors of their own: what others have pushed is read without a search', async () => {
  const { signal, repository, server, open, writerOf } = await scene();
  const writers = [writerOf(await open('one/creds')), writerOf(await open('two/creds'))];
  for (const writer of writers) await writer.write(countUp, { signal });
  const started = hearStartedGit();
  const before = server.pushes;
  for (let round = 0; round < 4; round += 1) for (const writer of writers) await writer.write(countUp, { signal });
  // Each has to fetch what the other one has pushed, and that is all.
  expect([...new Set(started)].toSorted()).toEqual(['index-pack', 'update-ref']);
  expect(server.pushes).toBe(before + 8);
  expect(await repository.git('show', 'main:count')).toBe('10\n');
});

test('what others have pushed by hand is looked through without a search, and what was done among it is found', async () => {
  const { signal, repository, open, writerOf } = await scene();
  const writer = writerOf(await open());
  await writer.write(countUp, { signal, operation: 'first' });
  const started = hearStartedGit();
  for (let index = 0; index < 5; index += 1) await repository.commit({ hand: `${index}\n` }, { message: 'By hand' });
  const other = await repository.commit({ other: 'x\n' }, { message: 'Elsewhere\n\nPlumbline-Operation: elsewhere\n' });
  expect(await writer.write(countUp, { signal, operation: 'elsewhere' })).toEqual({ commit: other, changed: true });
  expect(started).not.toContain('log');
  expect(await repository.git('show', 'main:count')).toBe('1\n');
});

test('an operation that a rewritten branch has lost is written again', async () => {
  const { signal, repository, open, writerOf } = await scene();
  const writer = writerOf(await open());
  const first = (await repository.git('rev-parse', 'main')).trim();
  const lost = await writer.write(countUp, { signal, operation: 'mine' });
  expect(await writer.write(countUp, { signal, operation: 'mine' })).toEqual(lost);
  await repository.commit({ other: 'x\n' }, { parent: first, message: 'Rewritten' });
  expect(await writer.findOperation('mine', { signal })).toBeUndefined();
  const again = await writer.write(countUp, { signal, operation: 'mine' });
  expect(again).toMatchObject({ changed: true });
  expect(again.commit).not.toBe(lost.commit);
  expect(await repository.git('show', 'main:count')).toBe('1\n');
  expect(await repository.git('show', 'main:other')).toBe('x\n');
});

test('a writer that ends, and closes its mirror, takes along nobody who waits in the same line', async () => {
  const { signal, repository, relay, open, writerOf } = await scene();
  const ending = new AbortController();
  const first = await open(undefined, ending.signal);
  const [leaving, staying] = [writerOf(first, ending.signal), writerOf(await open())];
  relay.onAnswer = async ({ path }, answer) => {
    // Both are under way.
    if (path.includes('git-receive-pack')) {
      ending.abort(new Error('over'));
      await first.close();
    }
    return answer;
  };
  const [one, two] = await Promise.allSettled([
    leaving.write(countUp, { signal, operation: 'leaves' }),
    staying.write(countUp, { signal, operation: 'stays' }),
  ]);
  expect(two).toMatchObject({ status: 'fulfilled', value: { changed: true } });
  // What was being pushed when its writer ended is told as it is.
  const log = await repository.git(
    'log',
    '--format=%(trailers:key=Plumbline-Operation,valueonly,separator=%x00)',
    'main',
  );
  expect(log).toContain('stays');
  expect(log.includes('leaves')).toBe(one.status === 'fulfilled');
});

test('the last one to end ends what is under way for it', async () => {
  const { relay, open, writerOf, workshop } = await scene();
  const ending = new AbortController();
  const mirror = await open(undefined, ending.signal);
  const writer = writerOf(mirror, ending.signal);
  relay.onAnswer = async ({ path }, answer) => {
    if (!path.includes('git-receive-pack')) return answer;
    ending.abort(new Error('over'));
    return new Promise(() => {});
  };
  await expect(writer.write(countUp, { signal: workshop.signal })).rejects.toThrow('over');
});
