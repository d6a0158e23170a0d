import { afterAll, describe, expect, test } from 'vitest';
import { forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { createRenderer, RenderError, type RenderSource } from './index.ts';

type JsonnetSource = Extract<RenderSource, { kind: 'jsonnet' }>;

const configMap = (name: string) => `{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '${name}' } }`;

/** That files come out as with the real jsonnet is for test/render; here is what it cannot show. */
describe.each(hosts)('jsonnet, %s', (host) => {
  const renderer = createRenderer({ host });
  afterAll(() => renderer.close());

  const render = (files: Record<string, string>, source: Partial<JsonnetSource> = {}, path = 'app') =>
    renderer.render(renderRequest(path, { source: { kind: 'jsonnet', ...source } }), memoryTree(files), forever);

  const problems = async (files: Record<string, string>, source?: Partial<JsonnetSource>) => {
    const error: unknown = await render(files, source).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RenderError);
    return (error as RenderError).problems;
  };

  test('without a main.jsonnet every .jsonnet file of the folder counts', async () => {
    const { objects, origins, record } = await render({
      'app/b.jsonnet': `import 'lib.libsonnet'`,
      'app/a.jsonnet': configMap('a'),
      'app/lib.libsonnet': configMap('b'),
      'app/deeper/c.jsonnet': configMap('c'),
    });
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(origins).toEqual([{ file: 'app/a.jsonnet' }, { file: 'app/b.jsonnet' }]);
    expect([...record.files.keys()].toSorted()).toEqual(['app/a.jsonnet', 'app/b.jsonnet', 'app/lib.libsonnet']);
  });

  test('where an import was looked for in vain is in the record', async () => {
    const { record } = await render(
      { 'app/main.jsonnet': `import 'x.libsonnet'`, 'lib/x.libsonnet': configMap('x') },
      { libraryPaths: ['lib', 'vendor'] },
    );
    expect([...record.missed].toSorted()).toEqual(['app/x.libsonnet', 'vendor/x.libsonnet']);
  });

  test.each([
    ['above the repository', `import '../../etc/passwd'`, 'render.outside-repository'],
    ['absolute', `importstr '/etc/passwd'`, 'render.outside-repository'],
    ['from the network', `import 'https://user:pass@example.com/x.libsonnet'`, 'render.outside-repository'],
    ['a pointer of Git LFS', `importstr 'large.txt'`, 'render.lfs-pointer'],
    ['a folder', `import 'folder'`, 'render.jsonnet'],
    ['a native function', `{ a: std.native('exec')('id') }`, 'render.jsonnet'],
  ])('refuses an import %s', async (_, content, code) => {
    const found = await problems({
      'app/main.jsonnet': content,
      'app/large.txt': 'version https://git-lfs.github.com/spec/v1\n',
      'app/folder/x': '',
    });
    expect(found.map((problem) => problem.code)).toEqual([code]);
    expect(JSON.stringify(found)).not.toContain('user:pass');
  });

  test('every file that fails is reported', async () => {
    const found = await problems({
      'app/a.jsonnet': `error 'first'`,
      'app/b.jsonnet': '{\n  a: b\n}',
      'app/c.jsonnet': configMap('c'),
    });
    expect(found).toMatchObject([
      { code: 'render.jsonnet', message: 'first', where: { file: 'app/a.jsonnet', line: 1 } },
      { code: 'render.jsonnet', message: 'Unknown variable: b', where: { file: 'app/b.jsonnet', line: 2, column: 6 } },
    ]);
  });

  test('what is no object is reported with its place in the result', async () => {
    const found = await problems({
      'app/main.jsonnet': `{ a: ${configMap('a')}, b: [1, 'text'], c: { kind: 'ConfigMap' }, d: null }`,
    });
    expect(found.map(({ code, message, where }) => [code, where?.field ?? message])).toEqual([
      ['render.invalid-object', '$.b[0]'],
      ['render.invalid-object', '$.b[1]'],
      ['render.invalid-object', 'apiVersion'],
      ['render.invalid-object', 'metadata.name'],
    ]);
  });

  test('an error in the code of a variable names the variable', async () => {
    const found = await problems(
      { 'app/main.jsonnet': `{ a: std.extVar('sizes') }` },
      { extVars: [{ name: 'sizes', value: '[1,', code: true }] },
    );
    expect(found).toMatchObject([{ code: 'render.jsonnet', message: expect.stringContaining('sizes') as string }]);
  });
});
