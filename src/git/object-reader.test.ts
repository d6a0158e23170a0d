import { onTestFinished, expect, test } from 'vitest';
import { openWorkshop, type TestRepository } from '../../test/support/git-workshop.ts';
import { openObjectReader, type ObjectReader } from './object-reader.ts';

function readerOf(repository: TestRepository, idleMilliseconds = 60_000): ObjectReader {
  const reader = openObjectReader(repository.directory, { idleMilliseconds, stallMilliseconds: 60_000 });
  onTestFinished(() => reader.close());
  return reader;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function read(reader: ObjectReader, name: string): Promise<string> {
  const answer = await reader.read(name, 1000);
  return answer.kind === 'object' ? answer.bytes.toString() : answer.kind;
}

test('one process answers everything, in order, also what comes later', async () => {
  const repository = await (await openWorkshop()).repository();
  await repository.commit({ a: '1', b: '2' });
  const reader = readerOf(repository);
  expect(reader.pid).toBeUndefined();
  const answers = await Promise.all(['main:a', 'main:none', 'main:b'].map((name) => read(reader, name)));
  expect(answers).toEqual(['1', 'missing', '2']);
  const { pid } = reader;
  await repository.commit({ a: 'new' });
  expect(await read(reader, 'main:a')).toBe('new');
  expect(reader.pid).toBe(pid);
});

test('a process that is killed is replaced, and nobody who waits is told anything but the answer', async () => {
  const repository = await (await openWorkshop()).repository();
  await repository.commit({ a: '1' });
  const reader = readerOf(repository);
  await read(reader, 'main:a');
  const { pid } = reader;
  const waiting = Promise.all(Array.from({ length: 50 }, () => read(reader, 'main:a')));
  process.kill(pid ?? 0, 'SIGKILL');
  expect(new Set(await waiting)).toEqual(new Set(['1']));
  expect(reader.pid).not.toBe(pid);
});

test('an idle process is ended, and started again for the next question', async () => {
  const repository = await (await openWorkshop()).repository();
  await repository.commit({ a: '1' });
  const reader = readerOf(repository, 1);
  expect(await read(reader, 'main:a')).toBe('1');
  await until(() => reader.pid === undefined);
  expect(await read(reader, 'main:a')).toBe('1');
});

test('an object of many megabytes is not read to its end to be refused', async () => {
  const repository = await (await openWorkshop()).repository();
  await repository.commit({ huge: 'x'.repeat(20_000_000), a: '1' });
  const reader = readerOf(repository);
  const [huge, a, again] = await Promise.all(
    ['main:huge', 'main:a', 'main:huge'].map((name) => reader.read(name, 1000)),
  );
  expect(huge).toMatchObject({ kind: 'too-large', size: 20_000_000, type: 'blob' });
  expect(a).toMatchObject({ kind: 'object' });
  expect(again).toMatchObject({ kind: 'too-large' });
});

test('a folder that is no repository is an error, and does not try for ever', async () => {
  const workshop = await openWorkshop();
  const reader = openObjectReader(workshop.root, { idleMilliseconds: 1000, stallMilliseconds: 1000 });
  await expect(reader.read('main', 10)).rejects.toThrow(/git cannot read main: fatal: not a git repository/);
  await reader.close();
});

test('whoever waits when it is closed is told so', async () => {
  const repository = await (await openWorkshop()).repository();
  await repository.commit({ a: '1' });
  const reader = readerOf(repository);
  const waiting = reader.read('main:a', 10);
  void reader.close();
  await expect(waiting).rejects.toThrow(/cancelled/);
  await expect(reader.read('main:a', 10)).rejects.toThrow(/cancelled/);
});
