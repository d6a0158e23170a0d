import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openPast, type PastBench, refusal } from '../../test/support/past.ts';
import type { CommitId } from '../git/index.ts';
import type { NamespaceLayout } from './layout.ts';
import type { Edited } from './edit.ts';
import { planRevert, type RevertWish } from './revert.ts';
import { parseSubject } from './subject.ts';

const layout: NamespaceLayout = { prefix: '', namespace: 'team', format: 'json' };
const main = 'team/Deployment/web/web.json';
const yaml = 'team/Deployment/web/web.yaml';
const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };
const by = { user: 'jane', email: 'jane@example.org', author };

const deployment = (spec: object): string =>
  `${JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec }, undefined, 2)}\n`;

async function planner(all: PastBench, commit: CommitId, more: Partial<RevertWish> = {}): Promise<Edited> {
  const tip = await all.tip();
  const wish = { commit, paths: ['team'], name: 'deployment web', layout, by, ...more };
  return planRevert(all.past, wish, tip, all.signal);
}

const write = (tree: Readonly<Record<string, object>>) =>
  Object.fromEntries(Object.entries(tree).map(([path, value]) => [path, deployment(value)]));

const text = (...lines: readonly string[]) =>
  ['apiVersion: apps/v1', 'kind: Deployment', 'metadata:', '  name: web', 'spec:', ...lines, ''].join('\n');

const lines = (first: string, last: string) => [first, 'b', 'c', 'd', 'e', 'f', last, ''].join('\n');

const secret = (value: string) =>
  `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"${value}"}}\n`;

async function bench() {
  const all = await openPast();
  return { ...all, plan: (commit: CommitId, more: Partial<RevertWish> = {}) => planner(all, commit, more) };
}

test('what a commit did is undone, and what came later to other fields and files stays', async () => {
  const { change, plan, commit, read } = await bench();
  await change({ [main]: deployment({ replicas: 1, paused: false }), 'team/a.txt': 'a\n' });
  const bad = await change({ [main]: deployment({ replicas: 5, paused: false }), 'team/b.txt': 'b\n', 'crew/x': '1' });
  await change({ [main]: deployment({ replicas: 5, paused: true }), 'team/a.txt': 'changed\n' });
  const planned = await plan(bad);
  expect(parseSubject(planned.message)).toMatchObject({
    action: 'Reverting deployment',
    message: `Revert ${bad}`,
    author: 'jane',
  });
  await commit(planned);
  expect(await read(main)).toBe(deployment({ replicas: 1, paused: true }));
  expect(await read('team/b.txt')).toBeUndefined();
  expect(await read('team/a.txt')).toBe('changed\n');
  // Nothing of another namespace is touched.
  expect(await read('crew/x')).toBe('1');
  await expect(plan(bad)).rejects.toMatchObject({ code: 'writeback.unchanged' });
});

test('the same field, changed again since, is a conflict that tells both sides', async () => {
  const { change, plan } = await bench();
  await change({ [main]: deployment({ replicas: 1 }) });
  const bad = await change({ [main]: deployment({ replicas: 5 }) });
  await change({ [main]: deployment({ replicas: 9 }) });
  expect((await refusal(plan(bad))).problems).toEqual([
    {
      code: 'writeback.revert-conflict',
      message: 'this field was changed since: it is 9 now, and would be 1 again',
      where: { file: main, object: 'apps/Deployment web', field: 'spec.replicas' },
    },
  ]);
});

const ports = (first: object, second: object) =>
  deployment({
    ports: [
      { containerPort: 80, ...first },
      { containerPort: 443, ...second },
    ],
  });

test('items of lists are told apart by what the API server says of them, where it says so', async () => {
  const { change, plan, commit, read } = await bench();
  await change({ [main]: ports({}, {}) });
  const bad = await change({ [main]: ports({ hostPort: 1 }, {}) });
  await change({ [main]: ports({ hostPort: 1 }, { hostPort: 2 }) });
  expect((await refusal(plan(bad))).problems).toMatchObject([{ where: { field: 'spec.ports' } }]);
  const keys = [{ name: 'containerPort' }, { name: 'protocol', usual: 'TCP' }];
  const rulesOf = async ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }) =>
    apiVersion === 'apps/v1' && kind === 'Deployment'
      ? new Map([['spec.ports', { type: 'map', keys } as const]])
      : undefined;
  await commit(await plan(bad, { rulesOf }));
  expect(await read(main)).toBe(ports({}, { hostPort: 2 }));
});

test('in YAML the comments stay, those that the commit took away come back, and fields are joined where lines conflict', async () => {
  const { change, plan, commit, read } = await bench();
  await change({ [yaml]: text('  # how many', '  replicas: 1', '  a: 1', '  b: 1', '  c: 1', '  paused: false') });
  const bad = await change({ [yaml]: text('  replicas: 5', '  a: 1', '  b: 1', '  c: 1', '  paused: false') });
  await change({ [yaml]: text('  replicas: 5', '  a: 1', '  b: 1', '  c: 1', '  paused: true # now') });
  await commit(await plan(bad));
  expect(await read(yaml)).toBe(
    text('  # how many', '  replicas: 1', '  a: 1', '  b: 1', '  c: 1', '  paused: true # now'),
  );
  await change({ [yaml]: text('  replicas: 7', '  paused: false # later') });
  const wide = await change({ [yaml]: text('  replicas: 8', '  paused: false # later') });
  await change({ [yaml]: text('  replicas: 8', '  paused: true # later') });
  await commit(await plan(wide));
  expect(await read(yaml)).toBe(text('  replicas: 7', '  paused: true # later'));
});

test('files that are no objects are joined line by line', async () => {
  const { change, plan, commit, read } = await bench();
  await change({ 'team/x.txt': lines('a', 'z') });
  const bad = await change({ 'team/x.txt': lines('A', 'z') });
  await change({ 'team/x.txt': lines('A', 'Z') });
  await commit(await plan(bad));
  expect(await read('team/x.txt')).toBe(lines('a', 'Z'));
  const again = await change({ 'team/x.txt': lines('B', 'Z') });
  await change({ 'team/x.txt': lines('C', 'Z') });
  await expect(plan(again)).rejects.toMatchObject({
    problems: [{ code: 'writeback.revert-conflict', message: 'the same lines were changed since' }],
  });
});

test('a file that was made, removed or renamed', async () => {
  const { change, plan, commit, read } = await bench();
  const body = 'line\n'.repeat(20);
  const made = await change({ 'team/a.txt': body });
  const removed = await change({ 'team/a.txt': null, 'team/z': '' });
  await commit(await plan(removed));
  expect(await read('team/a.txt')).toBe(body);
  const renamed = await change({ 'team/a.txt': null, 'team/b.txt': body });
  await change({ 'team/b.txt': `${body}more\n` });
  await commit(await plan(renamed));
  expect(await read('team/a.txt')).toBe(`${body}more\n`);
  expect(await read('team/b.txt')).toBeUndefined();
  // It was changed since it was made: to remove it would throw that away.
  await expect(plan(made)).rejects.toMatchObject({ code: 'writeback.revert-conflict' });
});

test('an object that was written to another file of the layout since is found again', async () => {
  const { change, plan, commit, read } = await bench();
  const old = 'team/Deployment-web.json';
  await change({ [old]: deployment({ replicas: 1, paused: false }) });
  const bad = await change({ [old]: deployment({ replicas: 5, paused: false }) });
  await change({ [old]: null, [main]: deployment({ replicas: 5, paused: true }) });
  await commit(await plan(bad));
  expect(await read(main)).toBe(deployment({ replicas: 1, paused: true }));
  expect(await read(old)).toBeUndefined();
});

test('a merge is undone as what it brought into the branch; the first commit as all that it made', async () => {
  const { repository, change, plan, commit, read } = await bench();
  const base = await change({ [main]: deployment({ replicas: 1 }) });
  const onSide = await repository.commit({ 'team/side.txt': 's\n' }, { branch: 'side', parent: base });
  const onMain = await change({ 'team/main.txt': 'm\n' });
  await repository.git('update-ref', 'refs/heads/merged', onMain);
  const tree = (await repository.git('merge-tree', '--write-tree', onMain, onSide)).trim();
  const merge = (
    await repository.git(
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@b.c',
      'commit-tree',
      tree,
      '-p',
      onMain,
      '-p',
      onSide,
      '-m',
      'Merge',
    )
  ).trim() as CommitId;
  await repository.git('update-ref', 'refs/heads/main', merge);
  await commit(await plan(merge));
  expect([await read('team/side.txt'), await read('team/main.txt')]).toEqual([undefined, 'm\n']);
  await commit(await plan(base));
  expect(await read(main)).toBeUndefined();
});

test('a value of a Secret is in no conflict, and a plain one does not come back', async () => {
  const { change, plan } = await bench();
  const path = 'team/Secret/s/s.json';
  await change({ [path]: secret('aHVudGVyMQ==') });
  const bad = await change({ [path]: secret('aHVudGVyMg==') });
  const later = await change({ [path]: secret('aHVudGVyMw==') });
  const conflict = await refusal(plan(bad));
  expect(conflict.message).toContain('it is *** now, and would be *** again');
  const plain = await refusal(plan(later));
  expect(plain.code).toBe('writeback.plain-secret');
  expect(`${conflict.message}${plain.message}`).not.toContain('aHVudGVy');
});

test('to revert a revert gives back what was there', async () => {
  const all = await bench();
  const field = fc.constantFrom('replicas', 'paused', 'minReadySeconds', 'revisionHistoryLimit');
  const spec = fc.dictionary(field, fc.integer({ min: 0, max: 3 }), { minKeys: 1 });
  const files = fc.dictionary(fc.constantFrom(main, 'team/Deployment/b/b.json', 'team/c.txt'), spec, { minKeys: 1 });
  let round = 0;
  const everything = ['team/Deployment/b/b.json', 'team/c.txt', main];
  const state = () => Promise.all(everything.map((path) => all.read(path)));
  await fc.assert(
    fc.asyncProperty(files, files, async (before, after) => {
      const gone = Object.fromEntries(everything.map((path) => [path, null]));
      await all.change({ ...gone, ...write(before), 'team/round': String((round += 1)) });
      const earlier = await state();
      const bad = await all.change({ ...gone, ...write(after) });
      const there = await state();
      if (JSON.stringify(earlier) === JSON.stringify(there)) return;
      const undone = await all.commit(await all.plan(bad));
      expect(await state()).toEqual(earlier);
      await all.commit(await all.plan(undone));
      expect(await state()).toEqual(there);
    }),
    { numRuns: 8 },
  );
});
