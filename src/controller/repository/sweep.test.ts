import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openWorkshop } from '../../../test/support/git-workshop.ts';
import { openMirror } from '../../git/index.ts';
import type { Log } from '../log.ts';
import { sweepDaily } from './sweep.ts';

const hour = 60 * 60_000;

function logTo(tell: (message: string) => void): Log {
  const line = (_fields: unknown, message: string): void => tell(message);
  return { info: line, warn: line, error: line, debug: line };
}

test('once a day what nobody has used for a week is removed, and a folder that cannot be read ends nothing', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ 'a.txt': 'a' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  await mirror.close();
  const [home = ''] = await readdir(workshop.cache);
  const week = new Date(Date.now() - 8 * 24 * hour);
  await utimes(join(workshop.cache, home, 'url'), week, week);

  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const waits: number[] = [];
  const told: string[] = [];
  const due = [Promise.withResolvers<() => void>(), Promise.withResolvers<() => void>()];
  const ended = sweepDaily({
    mirrors: workshop.cache,
    log: logTo((message) => told.push(message)),
    now: Date.now,
    schedule: (milliseconds, callback) => {
      due[waits.length]?.resolve(callback);
      waits.push(milliseconds);
      return () => {};
    },
    signal: stop.signal,
  });
  (await due[0]?.promise)?.();
  await due[1]?.promise;
  expect(waits).toEqual([hour, 24 * hour]);
  expect(told).toEqual(['mirrors removed that nobody has used for a week']);
  expect(await readdir(workshop.cache)).toEqual([]);
  stop.abort();
  await ended;
});

test('it ends at once where there is nothing to begin', async () => {
  const ended = sweepDaily({
    mirrors: '/nowhere',
    log: logTo(() => {}),
    now: Date.now,
    schedule: () => () => {},
    signal: AbortSignal.abort(),
  });
  await expect(ended).resolves.toBeUndefined();
});
