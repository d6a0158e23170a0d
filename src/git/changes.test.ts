import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openWorkshop, realGit, type Change, type TestRepository } from '../../test/support/git-workshop.ts';
import { openMirror, type CommitId, type Mirror, type PathChange } from './index.ts';

/** What Git says; files that only became executable, or ceased to be, are left out as we do. */
async function gitDiff(repository: TestRepository, from: string, to: string): Promise<readonly PathChange[]> {
  const text = await realGit([`--git-dir=${repository.directory}`, 'diff-tree', '-r', '-z', '--no-renames', from, to]);
  const fields = text.split('\0');
  const changes: PathChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldId, newId, status] = (fields[at] ?? '').slice(1).split(' ');
    const bothFiles = oldMode.startsWith('100') && newMode.startsWith('100');
    if (bothFiles && oldId === newId) continue;
    const change = status === 'A' ? 'added' : status === 'D' ? 'removed' : 'modified';
    changes.push({ path: fields[at + 1] ?? '', change });
  }
  return changes;
}

const byPath = (changes: readonly PathChange[]): readonly PathChange[] =>
  changes.toSorted((a, b) => `${a.path} ${a.change}`.localeCompare(`${b.path} ${b.change}`));

async function treeIn(mirror: Mirror, commit: CommitId) {
  return (await mirror.tree(commit)).root;
}

test('the changes between two commits are those that Git tells', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  const name = fc.constantFrom('a', 'b', 'c', 'd.yaml', 'a.b', 'a-b');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const content: fc.Arbitrary<Change> = fc.oneof(
    fc.constantFrom('1', '2', '3'),
    fc.constantFrom({ link: 'a' }, { link: 'b' }),
    fc.constantFrom({ executable: '1' }, { executable: '2' }),
    fc.constant({ submodule: '1'.repeat(40) }),
  );
  const tree = fc.dictionary(path, content, { minKeys: 1, maxKeys: 12 }).map(withoutConflicts);
  await fc.assert(
    fc.asyncProperty(tree, tree, async (before, after) => {
      const from = await repository.commit(before, { parent: null });
      const to = await repository.commit(after, { parent: null });
      await mirror.fetch({ commit: from }, { signal: workshop.signal });
      await mirror.fetch({ commit: to }, { signal: workshop.signal });
      const mine = await mirror.changes(await treeIn(mirror, from), await treeIn(mirror, to));
      expect(byPath(mine)).toEqual(byPath(await gitDiff(repository, from, to)));
      expect(await mirror.changes(await treeIn(mirror, to), await treeIn(mirror, to))).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

/** A path cannot be a file and a folder: the shorter one gives way. */
function withoutConflicts(tree: Record<string, Change>): Record<string, Change> {
  const paths = Object.keys(tree);
  return Object.fromEntries(
    Object.entries(tree).filter(([path]) => !paths.some((other) => other.startsWith(`${path}/`))),
  );
}

test('more changes than the limit are an error and not a part of them', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { signal } = workshop;
  const from = await repository.commit({ keep: '1' });
  const to = await repository.commit(Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`f${index}`, 'x'])));
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal, limits: { changes: 10 } });
  await mirror.fetch({}, { signal });
  await expect(mirror.changes(await treeIn(mirror, from), await treeIn(mirror, to))).rejects.toThrow(
    /more than 10 files differ/,
  );
});
