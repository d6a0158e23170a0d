import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorkshop, type Workshop } from '../../test/support/git-workshop.ts';
import { openMirror, type Mirror, sweepMirrors } from './index.ts';
import { acquireLock } from './lock.ts';

const day = 24 * 60 * 60_000;

async function fetched(workshop: Workshop): Promise<{ mirror: Mirror; url: string }> {
  const repository = await workshop.repository();
  await repository.commit({ 'a.txt': 'a' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  return { mirror, url: repository.url };
}

function sweep(workshop: Workshop, days: number): Promise<number> {
  return sweepMirrors({
    directory: workshop.cache,
    unusedMilliseconds: 7 * day,
    now: () => Date.now() + days * day,
    signal: workshop.signal,
  });
}

test('a mirror that nobody has used for a week is removed, and fetched anew when it is wanted', async () => {
  const workshop = await openWorkshop();
  const { mirror, url } = await fetched(workshop);
  await mirror.close();
  expect(await sweep(workshop, 6)).toBe(0);
  expect(await readdir(workshop.cache)).toHaveLength(1);
  expect(await sweep(workshop, 8)).toBe(1);
  expect(await readdir(workshop.cache)).toEqual([]);
  const again = await openMirror({ url, directory: workshop.cache, signal: workshop.signal });
  expect(await again.fetch({}, { signal: workshop.signal })).toMatchObject({ change: 'created' });
});

test('a mirror that is open stays, however long ago it was opened, and for a week after', async () => {
  const workshop = await openWorkshop();
  const { mirror } = await fetched(workshop);
  expect(await sweep(workshop, 8)).toBe(0);
  await mirror.close();
  // The sweep was the last sign of its use.
  expect(await sweep(workshop, 14)).toBe(0);
  expect(await sweep(workshop, 16)).toBe(1);
});

test('opening a mirror is a use', async () => {
  const workshop = await openWorkshop();
  const { mirror, url } = await fetched(workshop);
  await mirror.close();
  const [home = ''] = await readdir(workshop.cache);
  const long = new Date(Date.now() - 30 * day);
  await utimes(join(workshop.cache, home, 'url'), long, long);
  await (await openMirror({ url, directory: workshop.cache, signal: workshop.signal })).close();
  expect(await sweep(workshop, 0)).toBe(0);
});

test('a mirror that somebody writes to stays, and so does what is no mirror', async () => {
  const workshop = await openWorkshop();
  const { mirror } = await fetched(workshop);
  await mirror.close();
  const [home = ''] = await readdir(workshop.cache);
  await mkdir(join(workshop.cache, 'lost+found'));
  const options = { signal: workshop.signal, waitMilliseconds: 0 };
  const lock = await acquireLock(join(workshop.cache, home, 'lock'), options);
  expect(await sweep(workshop, 8)).toBe(0);
  await lock.release();
  expect(await sweep(workshop, 8)).toBe(1);
  expect(await readdir(workshop.cache)).toEqual(['lost+found']);
});

test('what an interrupted sweep has left is removed, and a folder that is not there holds nothing', async () => {
  const workshop = await openWorkshop();
  await mkdir(join(workshop.cache, `${'a'.repeat(32)}.gone-12345678`, 'generation-1'), { recursive: true });
  expect(await sweep(workshop, 0)).toBe(0);
  expect(await readdir(workshop.cache)).toEqual([]);
  expect(
    await sweepMirrors({
      directory: join(workshop.cache, 'none'),
      unusedMilliseconds: day,
      now: Date.now,
      signal: workshop.signal,
    }),
  ).toBe(0);
});
