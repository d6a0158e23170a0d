import { afterAll, describe, expect, test } from 'vitest';
import { forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { createRenderer, RenderError, type RenderSource } from './index.ts';

const configMap = (name: string, extra = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${extra}`;

describe.each(hosts)('plain folders, %s', (host) => {
  const renderer = createRenderer({ host });
  afterAll(() => renderer.close());

  const render = (files: Record<string, string>, source: RenderSource = { kind: 'directory' }, path = 'app') =>
    renderer.render(renderRequest(path, { source }), memoryTree(files), forever);

  const problems = async (files: Record<string, string>, source?: RenderSource) => {
    const error = await render(files, source).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RenderError);
    return (error as RenderError).problems;
  };

  test('documents of YAML and JSON come in the order of their files, with their origins', async () => {
    const { objects, origins } = await render({
      'app/b.yaml': `${configMap('one')}---\n# nothing here\n---\n${configMap('two')}`,
      'app/a.json': '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "zero"}}',
      'app/c.yml': `--- # first\n${configMap('three')}...\n`,
      'app/README.md': 'not a manifest',
    });
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['zero', 'one', 'two', 'three']);
    expect(origins).toEqual([
      { file: 'app/a.json' },
      { file: 'app/b.yaml' },
      { file: 'app/b.yaml', document: 1 },
      { file: 'app/c.yml' },
    ]);
  });

  test('a List of any kind is taken apart', async () => {
    const { objects } = await render({
      'app/a.yaml': `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n- apiVersion: v1\n  kind: List\n  items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]\n`,
      'app/b.yaml': 'apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {name: c}}]\n',
    });
    expect(objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`)).toEqual([
      'v1 Secret a',
      'v1 Pod b',
      'apps/v1 Deployment c',
    ]);
  });

  const tree = {
    'app/a.yaml': configMap('a'),
    'app/b.txt': configMap('b'),
    'app/sub/c.yaml': configMap('c'),
    'app/sub/deep/d.yaml': configMap('d'),
    'app/sub/deep/e.json': '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e"}}',
  };

  test.each<[string, Omit<RenderSource & { kind: 'directory' }, 'kind'>, string]>([
    ['the folder alone', {}, 'a'],
    ['the folders below', { recurse: true }, 'a c d e'],
    ['a name', { recurse: true, include: ['*.json'] }, 'e'],
    ['a choice', { recurse: true, include: ['{a,d}.yaml', '*.txt'] }, 'a b d'],
    ['a path', { recurse: true, include: ['sub/*.yaml'] }, 'c'],
    ['any depth', { recurse: true, include: ['sub/**/*.yaml'] }, 'c d'],
    ['a class', { recurse: true, include: ['[a-c].yaml'] }, 'a c'],
    ['an excluded folder', { recurse: true, exclude: ['deep'] }, 'a c'],
    ['an excluded path', { recurse: true, exclude: ['sub/*.yaml'] }, 'a d e'],
  ])('include and exclude: %s', async (_, options, names) => {
    const { objects } = await render(tree, { kind: 'directory', ...options });
    expect(
      objects
        .map(({ metadata }) => metadata.name)
        .toSorted()
        .join(' '),
    ).toBe(names);
  });

  test('an open bracket in a glob is refused', async () => {
    expect(await problems(tree, { kind: 'directory', include: ['[a.yaml'] })).toMatchObject([
      { code: 'render.invalid-options' },
    ]);
  });

  test('values are read as Kubernetes reads them', async () => {
    const { objects } = await render({
      'app/a.yaml': configMap(
        'a',
        'values: {yes: on, octal: 0777, quoted: "yes", big: 9007199254740991, date: 2026-11-21, float: 1.50, none: ~}\n',
      ),
    });
    expect(objects[0]?.['values']).toEqual({
      true: true,
      octal: 511,
      quoted: 'yes',
      big: 9_007_199_254_740_991,
      date: '2026-11-21',
      float: 1.5,
      none: null,
    });
  });

  test('a number that cannot be kept exactly is a warning', async () => {
    const large = '{big: 9007199254740993, exact: 9007199254740992, text: "9007199254740993"}';
    const { objects, warnings } = await render({ 'app/a.yaml': configMap('a', `values: ${large}\n`) });
    expect(objects).toHaveLength(1);
    expect(warnings).toMatchObject([{ code: 'render.warning' }]);
    expect(warnings[0]?.message).toContain('9007199254740993');
  });

  test('anchors and merge keys are written out', async () => {
    const { objects } = await render({
      'app/a.yaml': configMap('a', 'base: &base {a: 1, b: 2}\nother: {<<: *base, b: 3}\n'),
    });
    expect(objects[0]?.['other']).toEqual({ a: 1, b: 3 });
  });

  test('every problem of every file is reported, with file and line', async () => {
    const found = await problems({
      'app/a.yaml': `${configMap('a')}---\n${configMap('a', 'data:\n  x: 1\n  y: 2\n  x: 3\n')}`,
      'app/b.yaml': `${configMap('b')}data: *unknown\n`,
      'app/c.yaml': '\n\nkind: ConfigMap\n',
      'app/d.yaml': configMap('d', 'data: [1\n'),
      'app/e.json': '{\n"apiVersion": "v1",\n"kind": "ConfigMap",\n"kind": "Secret",\n"metadata": {"name": "e"}}',
      'app/f.json': '{\n"apiVersion": "v1",\n}',
      'app/g.yaml': '- a list\n',
      'app/h.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: h-}\n',
    });
    expect(
      found.map(({ code, where }) => `${code} ${where?.file}:${where?.line} ${where?.field ?? ''}`.trim()),
    ).toEqual([
      'render.invalid-yaml app/a.yaml:11',
      'render.invalid-yaml app/b.yaml:4',
      'render.invalid-object app/c.yaml:3 apiVersion',
      'render.invalid-object app/c.yaml:3 metadata.name',
      'render.invalid-yaml app/d.yaml:4',
      'render.invalid-yaml app/e.json:4',
      'render.invalid-yaml app/f.json:3',
      'render.invalid-object app/g.yaml:1',
      'render.invalid-object app/h.yaml:1 metadata.name',
    ]);
    expect(found[0]?.message).toContain('line 9');
    expect(found[1]?.message).toContain('*unknown');
  });

  test('a bomb of aliases is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = Array.from({ length: 10 }, () => (level === 0 ? '"0123456789"' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]\n`;
    });
    expect(await problems({ 'app/a.yaml': configMap('a', levels.join('')) })).toMatchObject([
      { code: 'render.too-many-aliases', where: { file: 'app/a.yaml' } },
    ]);
  });

  test('a pointer to a file in Git LFS is refused', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';
    expect(await problems({ 'app/a.yaml': pointer })).toMatchObject([
      { code: 'render.lfs-pointer', where: { file: 'app/a.yaml' } },
    ]);
  });

  test('a folder without manifests gives no objects, and a missing one is an error', async () => {
    expect((await render({ 'app/README.md': 'text' })).objects).toEqual([]);
    expect(await problems({ 'other/a.yaml': configMap('a') })).toMatchObject([{ code: 'render.path-missing' }]);
  });

  test('a single file can be the path', async () => {
    expect((await render(tree, { kind: 'auto' }, 'app/sub/c.yaml')).objects).toHaveLength(1);
  });
});
