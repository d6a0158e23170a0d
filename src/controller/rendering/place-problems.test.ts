import { expect, test } from 'vitest';
import { memoryTree } from '../../../test/support/render.ts';
import type { Problem } from '../../errors.ts';
import { type Origins, placeProblems } from './place-problems.ts';

const names = Array.from({ length: 50 }, (_, at) => `web-${at}`);
const objectOf = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } });
const files = {
  'app/all.yaml': names.map((name) => JSON.stringify(objectOf(name), undefined, 2)).join('\n---\n'),
  'app/other.yaml': '# alone\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata:\n  a: b\n',
};

/** What a render made of all that, anew at each call. */
function rendered(): Origins {
  const all = names.map((name, document) => ({ name, file: 'app/all.yaml', document }));
  return new Map(
    [...all, { name: 'other', file: 'app/other.yaml', document: 0 }].map(({ name, ...place }) => [
      `ConfigMap prod/${name}`,
      { origin: { source: 0, ...place }, object: objectOf(name) },
    ]),
  );
}

const partAt = (revision: string) => ({
  source: { repositoryRef: { name: 'apps' } },
  origin: {} as never,
  version: { revision, content: 'c', ref: 'refs/heads/main', at: new Date(0), subject: '' },
  group: 'team/apps@main',
  url: 'https://git.example.org/apps.git',
  files: memoryTree(files),
});

const refusals = (of: readonly string[], field = 'data.a'): Problem[] =>
  of.map((name) => ({
    code: 'kube.invalid',
    message: 'not so',
    where: { file: 'app/all.yaml', object: `ConfigMap prod/${name}`, field },
  }));

const readsOf = ({ files: { asked } }: ReturnType<typeof partAt>): readonly string[] =>
  asked.filter((question) => question.startsWith('read '));

test('a file is read once, however many of its objects are refused', async () => {
  const part = partAt('1'.repeat(40));
  const placed = await placeProblems(refusals([...names, 'other']), rendered(), [part]);
  // Each document has ten lines, and another one stands between two.
  expect(placed.map(({ where }) => `${where?.file}:${where?.line}`)).toEqual([
    ...names.map((_, at) => `app/all.yaml:${at * 11 + 8}`),
    'app/other.yaml:7',
  ]);
  expect(readsOf(part)).toEqual(['read app/all.yaml', 'read app/other.yaml']);
});

test('what is refused again and again is looked for once in a render, also at a later commit that has changed nothing of it', async () => {
  const origins = rendered();
  const first = partAt('1'.repeat(40));
  const later = partAt('2'.repeat(40));
  const refused = refusals(names);
  const placed = await placeProblems(refused, origins, [first]);
  const again = await placeProblems(refused, origins, [later]);
  expect(again.map(({ where }) => ({ ...where, commit: '1'.repeat(40) }))).toEqual(placed.map(({ where }) => where));
  expect(new Set(again.map(({ where }) => where?.commit))).toEqual(new Set(['2'.repeat(40)]));
  expect(readsOf(later)).toEqual([]);
  // Another field of the same object stands elsewhere, and another render may have come from other files.
  await placeProblems(refusals(['web-0'], 'metadata.name'), origins, [later]);
  expect(readsOf(later)).toEqual(['read app/all.yaml']);
  await placeProblems(refused, rendered(), [later]);
  expect(readsOf(later)).toEqual(['read app/all.yaml', 'read app/all.yaml']);
});
