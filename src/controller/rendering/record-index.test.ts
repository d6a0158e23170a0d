import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PathChange } from '../../render/index.ts';
import { createRecordIndex } from './record-index.ts';

const record = (files: readonly string[], missed: readonly string[] = [], directories: readonly string[] = []) => ({
  files: new Map(files.map((path) => [path, 'id'])),
  missed: new Set(missed),
  directories: new Map(directories.map((path) => [path, 'digest'])),
  links: new Set<string>(),
});

const change = (path: string, kind: PathChange['change'] = 'modified'): PathChange => ({ path, change: kind });

test('a changed file concerns those who read it and nobody else', () => {
  const index = createRecordIndex();
  index.set('one', record(['base/a.yaml', 'apps/one/k.yaml']));
  index.set('two', record(['base/a.yaml', 'apps/two/k.yaml']));
  expect([...index.affected([change('apps/one/k.yaml')])]).toEqual(['one']);
  expect([...index.affected([change('base/a.yaml')])].toSorted()).toEqual(['one', 'two']);
  expect([...index.affected([change('README.md')])]).toEqual([]);
});

test('a path that appears concerns those who looked for it, or for a folder above it', () => {
  const index = createRecordIndex();
  index.set('probed', record([], ['app/kustomization.yml']));
  index.set('folder', record([], ['app/charts']));
  index.set('listed', record([], [], ['app']));
  expect([...index.affected([change('app/kustomization.yml', 'added')])].toSorted()).toEqual(['listed', 'probed']);
  expect([...index.affected([change('app/charts/x/Chart.yaml', 'added')])].toSorted()).toEqual(['folder', 'listed']);
  expect([...index.affected([change('other/x', 'added')])]).toEqual([]);
});

test('a modified file does not concern those who only listed its folder', () => {
  const index = createRecordIndex();
  index.set('listed', record([], [], ['app']));
  expect([...index.affected([change('app/a.yaml')])]).toEqual([]);
  expect([...index.affected([change('app/a.yaml', 'removed')])]).toEqual(['listed']);
});

test('a link that was followed counts as read', () => {
  const index = createRecordIndex();
  index.set('linked', { ...record(['real.yaml']), links: new Set(['link.yaml']) });
  expect([...index.affected([change('link.yaml')])]).toEqual(['linked']);
});

test('a later record takes the place of the earlier, and a deleted one concerns nobody', () => {
  const index = createRecordIndex();
  index.set('one', record(['a']));
  index.set('one', record(['b']));
  expect([...index.affected([change('a')])]).toEqual([]);
  expect([...index.affected([change('b')])]).toEqual(['one']);
  index.delete('one');
  expect([...index.affected([change('b')])]).toEqual([]);
});

const segment = fc.constantFrom('a', 'b', 'c');
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const tree = fc.dictionary(path, fc.constantFrom('1', '2'), { maxKeys: 6 });

/** A tree of files as a render sees it; a path that is a folder is no file. */
function look(files: Readonly<Record<string, string>>, wanted: readonly string[], listed: readonly string[]) {
  const isFolder = (folder: string) =>
    folder === '.' || Object.keys(files).some((file) => file.startsWith(`${folder}/`));
  const children = (folder: string) =>
    [
      ...new Set(
        Object.keys(files)
          .filter((file) => folder === '.' || file.startsWith(`${folder}/`))
          .map((file) => {
            const rest = folder === '.' ? file : file.slice(folder.length + 1);
            const [head = ''] = rest.split('/');
            return `${head}${rest.includes('/') ? '/' : ''}`;
          }),
      ),
    ]
      .toSorted()
      .join();
  return {
    answers: [
      ...wanted.map((file) => files[file] ?? (isFolder(file) ? 'folder' : 'missing')),
      ...listed.map((folder) =>
        isFolder(folder) ? children(folder) : files[folder] === undefined ? 'missing' : 'file',
      ),
    ].join('|'),
    record: record(
      [...wanted, ...listed].filter((file) => files[file] !== undefined),
      [...wanted, ...listed].filter((file) => files[file] === undefined && !isFolder(file)),
      [...wanted, ...listed].filter((file) => files[file] === undefined && isFolder(file)),
    ),
  };
}

/** A path that is a folder is no file. */
const consistent = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(files).filter(([file]) => !Object.keys(files).some((other) => other.startsWith(`${file}/`))),
  );

test('whatever the commit: who would see something else is found', () => {
  fc.assert(
    fc.property(
      tree,
      tree,
      fc.array(path, { maxLength: 4 }),
      fc.array(fc.oneof(path, fc.constant('.')), { maxLength: 3 }),
      (one, two, wanted, listed) => {
        const before = consistent(one);
        const after = consistent(two);
        const changes: PathChange[] = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((file) => {
          if (before[file] === after[file]) return [];
          return [
            change(file, before[file] === undefined ? 'added' : after[file] === undefined ? 'removed' : 'modified'),
          ];
        });
        const first = look(before, wanted, listed);
        const index = createRecordIndex();
        index.set('app', first.record);
        if (look(after, wanted, listed).answers !== first.answers)
          expect(index.affected(changes).has('app')).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
