import { expect, test } from 'vitest';
import { openWorkshop } from '../../test/support/git-workshop.ts';
import { openMirror } from './index.ts';
import { type Transfer, toldTransfer } from './transfer.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

test('each fetch and push of a mirror is told, with how it ended', async () => {
  const workshop = await openWorkshop();
  const { signal, cache } = workshop;
  const repository = await workshop.repository();
  const parent = await repository.commit({ a: '1' });
  const told: Transfer[] = [];
  const mirror = await openMirror({
    url: repository.url,
    directory: cache,
    allowFile: true,
    onTransfer: (transfer) => told.push(transfer),
    signal,
  });
  await mirror.fetch({ branch: 'main' }, { signal });
  // Not there is an answer, too.
  await expect(mirror.fetch({ branch: 'none' }, { signal })).rejects.toThrow('none');
  const changes = [{ path: 'a', content: Buffer.from('2') }];
  const { commit } = await mirror.commit({ parent, changes, message: 'x', author, committer: author }, { signal });
  await mirror.push({ branch: 'main', expected: parent, commit }, { signal });
  await repository.commit({ a: '3' });
  await mirror.push({ branch: 'main', expected: parent, commit }, { signal });
  expect(told.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
    'fetch succeeded',
    'fetch succeeded',
    'push succeeded',
    'push moved',
  ]);
  expect(told.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
});

test('what fails is told as such; what was ended from here is not', async () => {
  const told: string[] = [];
  const tell = ({ operation, outcome }: Transfer): void => void told.push(`${operation} ${outcome}`);
  const stop = new AbortController();
  const fail = {
    run: async () => {
      throw new Error('no');
    },
    outcomeOf: () => 'succeeded' as const,
  };
  await expect(toldTransfer(tell, 'fetch', stop.signal, fail)).rejects.toThrow('no');
  stop.abort();
  await expect(toldTransfer(tell, 'push', stop.signal, fail)).rejects.toThrow('no');
  await expect(toldTransfer(undefined, 'push', stop.signal, fail)).rejects.toThrow('no');
  expect(told).toEqual(['fetch failed']);
});
