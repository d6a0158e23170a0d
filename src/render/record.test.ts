import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { forever, memoryTree, renderRequest } from '../../test/support/render.ts';
import {
  createRenderer,
  isAffected,
  type PathChange,
  type ReadRecord,
  RenderError,
  type RenderSource,
} from './index.ts';

const record = (given: {
  files?: string[];
  missed?: string[];
  listed?: string[];
  existing?: string[];
  links?: string[];
}): ReadRecord => ({
  files: new Map((given.files ?? []).map((path) => [path, 'id'])),
  missed: new Set(given.missed),
  directories: new Map([
    ...(given.listed ?? []).map((path): [string, string] => [path, 'digest']),
    ...(given.existing ?? []).map((path): [string, string] => [path, 'exists']),
  ]),
  links: new Set(given.links),
});

test.each<[string, Parameters<typeof record>[0], PathChange, boolean]>([
  ['a file that was read', { files: ['a/b'] }, { path: 'a/b', change: 'modified' }, true],
  ['a file that was not', { files: ['a/b'] }, { path: 'a/c', change: 'modified' }, false],
  ['a missed path that comes', { missed: ['a/b'] }, { path: 'a/b', change: 'added' }, true],
  ['a missed path that comes as a folder', { missed: ['a/b'] }, { path: 'a/b/c', change: 'added' }, true],
  ['a name beside a missed path', { missed: ['a/b'] }, { path: 'a/bc', change: 'added' }, false],
  ['a name in a listed folder', { listed: ['a'] }, { path: 'a/b', change: 'added' }, true],
  ['a name below a listed folder', { listed: ['a'] }, { path: 'a/b/c', change: 'removed' }, true],
  ['content in a listed folder', { listed: ['a'] }, { path: 'a/b', change: 'modified' }, false],
  ['a name in the listed root', { listed: ['.'] }, { path: 'b', change: 'added' }, true],
  ['a name in a folder that need only exist', { existing: ['a'] }, { path: 'a/b', change: 'added' }, false],
  ['the last name of such a folder', { existing: ['a'] }, { path: 'a/b', change: 'removed' }, true],
  ['a folder that becomes a file', { existing: ['a'] }, { path: 'a', change: 'added' }, true],
  ['a link on the way', { files: ['a/b'], links: ['a'] }, { path: 'a', change: 'modified' }, true],
  ['a file that becomes a folder', { files: ['a'] }, { path: 'a/b', change: 'added' }, true],
])('%s', (_, given, change, expected) => {
  expect(isAffected(record(given), [{ path: 'unrelated', change: 'modified' }, change])).toBe(expected);
});

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: "${value}"}\n`;

// Every path that a tree of this kind may hold; the content decides how they hang together.
const paths = [
  'app/kustomization.yaml',
  'app/a.yaml',
  'app/sub/b.yaml',
  'app/Chart.yaml',
  'app/values.yaml',
  'app/templates/t.yaml',
  'app/main.jsonnet',
  'app/lib.libsonnet',
  'base/kustomization.yaml',
  'base/c.yaml',
  'base',
  'app/sub',
  'other/d.yaml',
] as const;

function contents(path: string): string[] {
  switch (path) {
    case 'app/kustomization.yaml':
      return [
        'resources: [../base]\n',
        'resources: [a.yaml, ../base]\nnamePrefix: x-\n',
        'resources: [a.yaml, sub/b.yaml]\n',
        'broken: [\n',
      ];
    case 'base/kustomization.yaml':
      return ['resources: [c.yaml]\n', 'resources: [c.yaml]\nnameSuffix: -y\n'];
    case 'app/Chart.yaml':
      return ['apiVersion: v2\nname: app\nversion: 1.0.0\n', 'apiVersion: v2\nname: app\nversion: 1.0.1\n'];
    case 'app/values.yaml':
      return ['value: 1\n', 'value: 2\n'];
    case 'app/templates/t.yaml':
      return [configMap('t', '{{ .Values.value }}'), configMap('t', '{{ .Chart.Version }}')];
    case 'app/main.jsonnet':
      return ["import 'lib.libsonnet'", '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "main"}}'];
    case 'app/lib.libsonnet':
      return ['{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "lib"}}'];
    default:
      return [configMap('one', '1'), configMap('one', '2'), configMap('two', '1')];
  }
}

const file = fc
  .constantFrom(...paths)
  .chain((path) => fc.tuple(fc.constant(path), fc.option(fc.constantFrom(...contents(path)), { freq: 3 })));

/** A path cannot be a file and a folder. */
function consistent(files: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...files].filter(([path]) => ![...files.keys()].some((other) => other.startsWith(`${path}/`))),
  );
}

function changesBetween(before: Record<string, string>, after: Record<string, string>): PathChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((path): PathChange[] => {
    if (before[path] === after[path]) return [];
    if (before[path] === undefined) return [{ path, change: 'added' }];
    return [{ path, change: after[path] === undefined ? 'removed' : 'modified' }];
  });
}

/** `app/base` is a link to `real`. */
const real = (path: string): string => path.replace(/^app\/base(?=\/|$)/, 'real');

describe('the record of a render', () => {
  const renderer = createRenderer({ host: 'native', memoryCacheBytes: 0 });
  const cached = createRenderer({ host: 'native' });
  afterAll(() => Promise.all([renderer.close(), cached.close()]));

  async function outcome(files: Record<string, string>, source: RenderSource, by = renderer) {
    try {
      const { digest, record: seen } = await by.render(renderRequest('app', { source }), memoryTree(files), forever);
      return { result: digest, record: seen };
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      return { result: JSON.stringify(error.problems), record: error.record };
    }
  }

  test('names every change that can change the result; the cache never serves an old one', async () => {
    const kinds = fc.constantFrom<RenderSource>(
      { kind: 'auto' },
      { kind: 'auto' },
      { kind: 'directory', recurse: true },
      { kind: 'kustomize', namePrefix: 'over-' },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { minLength: 3, maxLength: 10 }),
        fc.array(file, { minLength: 1, maxLength: 2 }),
        kinds,
        async (first, edits, source) => {
          const start = new Map<string, string>();
          for (const [path, content] of first) if (content !== null) start.set(path, content);
          const edited = new Map(start);
          for (const [path, content] of edits) {
            if (content === null) edited.delete(path);
            else edited.set(path, content);
          }
          const [before, after] = [consistent(start), consistent(edited)];
          const one = await outcome(before, source);
          const two = await outcome(after, source);
          const affected = isAffected(one.record, changesBetween(before, after));
          expect(affected || one.result === two.result, 'a change of the result that the record did not foresee').toBe(
            true,
          );
          await outcome(before, source, cached);
          expect((await outcome(after, source, cached)).result).toBe(two.result);
          expect((await outcome(before, source, cached)).result).toBe(one.result);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('a change outside of what was read is no reason to look again', async () => {
    const files = {
      'app/kustomization.yaml': 'resources: [../base]\n',
      'app/notes.txt': 'one',
      'base/kustomization.yaml': 'resources: [c.yaml]\n',
      'base/c.yaml': configMap('c', '1'),
      'base/unused.yaml': configMap('unused', '1'),
    };
    const { record: seen } = await outcome(files, { kind: 'auto' });
    expect([...seen.files.keys()].toSorted()).toEqual([
      'app/kustomization.yaml',
      'base/c.yaml',
      'base/kustomization.yaml',
    ]);
    const change = (path: string, how: PathChange['change'] = 'modified'): boolean =>
      isAffected(seen, [{ path, change: how }]);
    expect(change('app/notes.txt')).toBe(false);
    expect(change('base/unused.yaml')).toBe(false);
    expect(change('base/new.yaml', 'added')).toBe(false);
    expect(change('base/c.yaml')).toBe(true);
    expect(change('app/kustomization.yml', 'added')).toBe(true);
  });

  test('links on the way, and what they lead to, are in the record', async () => {
    const files = {
      'real/kustomization.yaml': 'resources: [c.yaml]\n',
      'real/c.yaml': configMap('c', '1'),
      'app/kustomization.yaml': 'resources: [base]\n',
    };
    const behind = memoryTree(files);
    const tree = {
      stat: (path: string) => behind.stat(real(path)),
      read: (path: string) => behind.read(real(path)),
      list: (path: string) => behind.list(real(path)),
      linksFollowed: async (path: string) => (real(path) === path ? [] : ['app/base', real(path)]),
    };
    for (const cachedNow of [false, true]) {
      const result = await cached.render(renderRequest('app', { name: 'linked' }), tree, forever);
      expect(result.cached).toBe(cachedNow);
      const change = (path: string, how: PathChange['change'] = 'modified'): boolean =>
        isAffected(result.record, [{ path, change: how }]);
      expect(change('real/c.yaml')).toBe(true);
      expect(change('app/base')).toBe(true);
      expect(change('real/Kustomization', 'added')).toBe(true);
      expect(change('real/other.yaml')).toBe(false);
    }
  });
});
