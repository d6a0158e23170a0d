import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openPast } from '../../test/support/past.ts';
import { realGit } from '../../test/support/git-workshop.ts';
import { type AuditPage, type AuditRequest, readAudit } from './audit.ts';
import { readCommitDiff } from './commit-diff.ts';
import { formatMessage } from './subject.ts';

const web = 'team/Deployment/web/web.json';

async function bench() {
  const all = await openPast();
  const read = async (request: Partial<AuditRequest> = {}): Promise<AuditPage> =>
    readAudit(all.past, { tip: await all.tip(), paths: ['team'], limit: 100, ...request }, all.signal);
  return { ...all, read };
}

test('an entry tells who, when, what and why, and which files', async () => {
  const { change, repository, read } = await bench();
  const first = await change({ [web]: '1' }, { user: 'jane', action: 'create', message: 'A first try' });
  const second = await repository.commit({ [web]: '2', 'other/x': '' }, { message: 'By hand\n\nwith a body' });
  const { entries, next } = await read();
  expect(next).toBeUndefined();
  const signature = { name: 'Ada', email: 'ada@example.org', at: new Date(1_700_000_002_000) };
  expect(entries).toEqual([
    {
      commit: second,
      parents: [first],
      author: signature,
      committer: signature,
      message: 'By hand',
      files: [{ path: web, change: 'modified' }],
    },
    {
      commit: first,
      parents: [],
      author: { ...signature, at: new Date(1_700_000_001_000) },
      committer: { ...signature, at: new Date(1_700_000_001_000) },
      user: { name: 'jane', email: 'jane@example.org' },
      action: 'create',
      message: 'A first try',
      files: [{ path: web, change: 'added' }],
    },
  ]);
});

test('pages follow one another and stay what they are while others commit', async () => {
  const { change, read } = await bench();
  const ids: string[] = [];
  for (let round = 0; round < 7; round += 1) ids.unshift(await change({ [web]: String(round) }));
  const first = await read({ limit: 3 });
  await change({ [web]: 'later' });
  const second = await read({ limit: 3, cursor: first.next ?? '' });
  const third = await read({ limit: 3, cursor: second.next ?? '' });
  expect([first, second, third].map(({ entries }) => entries.map(({ commit }) => commit))).toEqual([
    ids.slice(0, 3),
    ids.slice(3, 6),
    ids.slice(6),
  ]);
  expect(third.next).toBeUndefined();
  for (const cursor of ['nonsense', `${ids[0]}`, `${ids[0]}.${'ab'.repeat(20)}`, `${'ab'.repeat(20)}.${ids[0]}`]) {
    await expect(read({ cursor })).rejects.toMatchObject({ code: 'writeback.cursor-invalid' });
  }
});

test('entries are chosen by user, by action and by time, also with a page between', async () => {
  const { change, repository, read } = await bench();
  const created = await change({ [web]: '1' }, { user: 'Jane', action: 'create' });
  const promoted = await change({ [web]: '2' }, { user: 'bob', action: 'Canary promoted' });
  const updated = await change({ [web]: '3' }, { user: 'jane' });
  const byHand = await repository.commit({ [web]: '4' }, { message: 'By hand' });
  const found = async (request: Partial<AuditRequest>) => (await read(request)).entries.map(({ commit }) => commit);
  expect(await found({ filter: { user: 'jane' } })).toEqual([updated, created]);
  expect(await found({ filter: { user: 'BOB@example.org' } })).toEqual([promoted]);
  expect(await found({ filter: { user: 'ada@example.org' } })).toEqual([byHand]);
  expect(await found({ filter: { action: 'canary PROMOTED' } })).toEqual([promoted]);
  expect(await found({ filter: { user: 'jane', action: 'create' } })).toEqual([created]);
  expect(await found({ filter: { since: new Date(1_700_000_002_000), until: new Date(1_700_000_004_000) } })).toEqual([
    updated,
    promoted,
  ]);
  const first = await read({ filter: { user: 'jane' }, limit: 1 });
  expect(first.entries.map(({ commit }) => commit)).toEqual([updated]);
  expect(await found({ filter: { user: 'jane' }, limit: 1, cursor: first.next ?? '' })).toEqual([created]);
});

test('any split into pages gives the same log', async () => {
  const { change, past, tip, signal } = await bench();
  for (let round = 0; round < 12; round += 1) {
    await change({ [web]: String(round) }, { user: round % 3 === 0 ? 'jane' : 'bob' });
  }
  const newest = await tip();
  const pagesOf = async (limit: number, user: string | undefined): Promise<readonly string[]> => {
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const filter = user === undefined ? {} : { user };
      const place = cursor === undefined ? {} : { cursor };
      const page = await readAudit(past, { tip: newest, paths: ['team'], limit, filter, ...place }, signal);
      expect(page.entries.length).toBeLessThanOrEqual(limit);
      all.push(...page.entries.map(({ commit }) => commit));
      cursor = page.next;
    } while (cursor !== undefined);
    return all;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 13 }),
      fc.constantFrom(undefined, 'jane', 'bob'),
      async (limit, user) => {
        expect(await pagesOf(limit, user)).toEqual(await pagesOf(100, user));
      },
    ),
    { numRuns: 12 },
  );
});

test('the diff of one commit, of these paths alone, with Secrets masked', async () => {
  const { change, past, signal, tip } = await bench();
  await change({ [web]: '{"a": 1}\n' });
  const secret = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"aHVudGVyMg=="}}\n';
  const commit = await change({
    [web]: '{"a": 2}\n',
    'team/Deployment/web/secret.json': secret,
    'team/Deployment/web/link': { link: 'web.json' },
    'crew/x.txt': 'hidden\n',
  });
  await tip();
  const { entry, diffs, more } = await readCommitDiff(past, commit, ['team'], signal);
  expect(entry).toMatchObject({ commit, action: 'update', user: { name: 'jane' } });
  expect(more).toBe(0);
  expect(diffs.map(({ path, change: what, note }) => [path, what, note])).toEqual([
    ['team/Deployment/web/link', 'added', 'a link or a submodule is involved'],
    ['team/Deployment/web/secret.json', 'added', 'values of Secrets are masked'],
    [web, 'modified', undefined],
  ]);
  expect(diffs[2]?.diff).toContain('-{"a": 1}\n+{"a": 2}');
  expect(JSON.stringify(diffs)).not.toMatch(/aHVudGVyMg|hidden/);
});

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
const byHand = (number: number): boolean => number % 5 === 4;

test('in a long history Git finds what may fit, and what does is told', async () => {
  const { repository, read } = await bench();
  const users = ['jane', 'Bob "the" Builder', 'Zoë'];
  const stream = Array.from({ length: 1_500 }, (_, number) => {
    const isByHand = byHand(number);
    const author = users[number % 3] ?? '';
    const subject = { action: number % 4 === 0 ? 'create' : 'update', message: 'for jane', author, email: '' };
    const message = isByHand ? `By hand ${number}` : formatMessage(subject);
    const name = isByHand ? 'Jane' : 'Plumbline';
    const who = `${name} <${name}@example.org> ${1_700_000_000 + number} +0000`;
    return `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data(message)}M 644 inline ${web}\n${data(String(number))}`;
  });
  await realGit([`--git-dir=${repository.directory}`, 'fast-import', '--quiet'], stream.join(''));
  const countOf = async (filter: AuditRequest['filter'] & object) =>
    (await read({ filter, limit: 2_000 })).entries.length;
  const numbers = Array.from({ length: 1_500 }, (_, number) => number);
  const count = (fits: (number: number) => boolean): number => numbers.filter(fits).length;
  // By hand, Jane was the author; else whoever was signed in counts, and not who is mentioned.
  expect(await countOf({ user: 'JANE' })).toBe(count((number) => byHand(number) || number % 3 === 0));
  expect(await countOf({ user: 'Bob "the" Builder' })).toBe(count((number) => !byHand(number) && number % 3 === 1));
  expect(await countOf({ user: 'zoë' })).toBe(count((number) => !byHand(number) && number % 3 === 2));
  expect(await countOf({ user: 'jane@example.org' })).toBe(count(byHand));
  expect(await countOf({ action: 'Create' })).toBe(count((number) => !byHand(number) && number % 4 === 0));
  expect(await countOf({ action: 'create', user: 'zoë' })).toBe(
    count((number) => !byHand(number) && number % 4 === 0 && number % 3 === 2),
  );
  expect(await countOf({ user: '.*' })).toBe(0);
});
