import { afterAll, describe, expect, test } from 'vitest';
import { forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { createRenderer, RenderError, type RenderRequest, type RenderSource } from './index.ts';

type HelmSource = Extract<RenderSource, { kind: 'helm' }>;

const configMap = (name: string, data = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${data}`;
const chart = (name: string, rest = '') => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${rest}`;

/** That charts come out as with the real helm is for test/render; here is what it cannot show. */
describe.each(hosts)('charts, %s', (host) => {
  const renderer = createRenderer({ host });
  afterAll(() => renderer.close());

  const render = (
    files: Record<string, string>,
    source: Partial<HelmSource> = {},
    given: Partial<RenderRequest> = {},
  ) =>
    renderer.render(
      renderRequest('chart', { source: { kind: 'helm', ...source }, ...given }),
      memoryTree(files),
      forever,
    );

  const problems = async (files: Record<string, string>, source?: Partial<HelmSource>) => {
    const error: unknown = await render(files, source).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RenderError);
    return (error as RenderError).problems;
  };

  test('an object tells which template made it, also in a subchart and in crds', async () => {
    const { objects, origins } = await render({
      'chart/Chart.yaml': chart('parent', 'dependencies: [{name: child, version: 1.0.0, alias: renamed}]\n'),
      'chart/templates/deeper/a.yaml': configMap('a'),
      'chart/crds/crd.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}\n',
      'chart/charts/folder/Chart.yaml': chart('child'),
      'chart/charts/folder/templates/b.yaml': configMap('b'),
    });
    expect(objects.map(({ metadata }, index) => [metadata.name, origins[index]?.file])).toEqual([
      ['c', 'chart/crds/crd.yaml'],
      ['b', 'chart/charts/folder/templates/b.yaml'],
      ['a', 'chart/templates/deeper/a.yaml'],
    ]);
  });

  test('every template that fails is reported, each with file, line and column', async () => {
    const found = await problems({
      'chart/Chart.yaml': chart('chart'),
      'chart/templates/a.yaml': configMap('a', 'data:\n  x: {{ .Values.missing.x }}\n'),
      'chart/templates/b.yaml': configMap('b', 'data:\n  x: {{ required "x is needed" .Values.x }}\n'),
      'chart/templates/c.yaml': configMap('c', 'data:\n  x: {{ fail "never" }}\n'),
      'chart/templates/d.yaml': configMap('d'),
    });
    expect(found.map(({ code, message, where }) => [code, message, where])).toEqual([
      ['render.helm', 'never', { file: 'chart/templates/c.yaml', line: 5, column: 8 }],
      ['render.helm', 'x is needed', { file: 'chart/templates/b.yaml', line: 5, column: 8 }],
      [
        'render.helm',
        'executing "chart/templates/a.yaml" at <.Values.missing.x>: nil pointer evaluating interface {}.x',
        { file: 'chart/templates/a.yaml', line: 5, column: 15 },
      ],
    ]);
  });

  test('every template whose output is not YAML, or no object, is reported', async () => {
    const invalid = await problems({
      'chart/Chart.yaml': chart('chart'),
      'chart/templates/a.yaml': 'a: b: c\n',
      'chart/templates/b.yaml': 'a: [1\n',
    });
    expect(invalid.map(({ code, where }) => [code, where?.file])).toEqual([
      ['render.invalid-yaml', 'chart/templates/a.yaml'],
      ['render.invalid-yaml', 'chart/templates/b.yaml'],
    ]);
    const noObjects = await problems({
      'chart/Chart.yaml': chart('chart'),
      'chart/templates/a.yaml': 'kind: ConfigMap\nmetadata: {name: a}\n',
      'chart/templates/c.yaml': configMap('off'),
    });
    expect(noObjects.map(({ code, message, where }) => [code, message, where?.file])).toEqual([
      ['render.invalid-object', 'ConfigMap a has no apiVersion', 'chart/templates/a.yaml'],
      ['render.invalid-object', 'ConfigMap has no metadata.name', 'chart/templates/c.yaml'],
    ]);
    const wrongTypes = await problems({
      'chart/Chart.yaml': chart('chart'),
      'chart/templates/a.yaml': '- a list\n',
      'chart/templates/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, annotations: [a]}\n',
    });
    expect(wrongTypes.map(({ code, where }) => [code, where])).toEqual([
      ['render.invalid-object', { file: 'chart/templates/a.yaml' }],
      ['render.invalid-object', { file: 'chart/templates/b.yaml', field: 'metadata.annotations' }],
    ]);
  });

  test('everything that is wrong with the values is reported', async () => {
    const found = await problems(
      { 'chart/Chart.yaml': chart('chart'), 'env/broken.yaml': 'a: 1\nb: [\n' },
      {
        valueFiles: ['env/absent.yaml', 'env/broken.yaml', '../outside.yaml', 'https://user:pass@example.com/v.yaml'],
        parameters: [
          { name: 'a[-1]', value: 'x' },
          { name: 'b', value: '{', json: true },
        ],
        fileParameters: [{ name: 'c', path: 'absent.txt' }],
      },
    );
    expect(found.map(({ code, where }) => [code, where?.file ?? where?.field])).toEqual([
      ['render.file-missing', 'env/absent.yaml'],
      ['render.helm-values', 'env/broken.yaml'],
      ['render.outside-repository', undefined],
      ['render.remote-refused', undefined],
      ['render.helm-values', 'b'],
      ['render.helm-values', 'a[-1]'],
      ['render.file-missing', 'absent.txt'],
    ]);
    expect(JSON.stringify(found)).not.toContain('user:pass');
  });

  test('a problem of a schema names the file that set the value', async () => {
    const schema = {
      properties: {
        replicas: { type: 'integer' },
        image: { type: 'object', required: ['tag'], properties: { name: { type: 'string' } } },
        hosts: { type: 'array', items: { type: 'object', properties: { port: { maximum: 9 } } } },
        mode: { enum: ['a', 'b'] },
      },
    };
    const found = await problems(
      {
        'chart/Chart.yaml': chart('chart'),
        'chart/values.yaml': 'replicas: 1\nimage: {name: nginx}\nmode: c\n',
        'chart/values.schema.json': JSON.stringify(schema),
        'env/a.yaml': 'replicas: two\n',
        'env/b.yaml': 'hosts: [{port: 1}, {port: 10}]\n',
      },
      { valueFiles: ['env/a.yaml', 'env/b.yaml'], values: { other: 1 } },
    );
    const named = found.map(({ code, message, where }) => [
      code,
      where?.field,
      where?.file,
      message.split(': ').slice(1).join(': '),
    ]);
    expect(named).toEqual([
      ['render.helm-values', 'hosts[1].port', 'env/b.yaml', 'hosts[1].port: maximum: got 10, want 9'],
      ['render.helm-values', 'image', 'chart/values.yaml', "image: missing property 'tag'"],
      ['render.helm-values', 'mode', 'chart/values.yaml', "mode: value must be one of 'a', 'b'"],
      ['render.helm-values', 'replicas', 'env/a.yaml', 'replicas: got string, want integer'],
    ]);
  });

  test('what a schema refers to outside the chart is left out, with a warning, and the rest holds', async () => {
    const files = {
      'chart/Chart.yaml': chart('chart'),
      'chart/values.schema.json': JSON.stringify({
        properties: {
          a: { $ref: 'https://schemas.example.com/a.json' },
          b: { $ref: 'file:///etc/b.json' },
          c: { type: 'string' },
        },
      }),
      'chart/templates/a.yaml': configMap('a'),
    };
    const { warnings } = await render(files, { values: { a: 1, c: 'text' } });
    expect(warnings.map(({ message }) => message)).toEqual([
      // In the same order each time: that of the addresses.
      expect.stringContaining('file:///etc/b.json'),
      expect.stringContaining('https://schemas.example.com/a.json'),
    ]);
    expect(await problems(files, { values: { c: 1 } })).toMatchObject([
      { code: 'render.helm-values', where: { field: 'c' } },
    ]);
  });

  test('templates are told what the cluster serves, and nothing that it has dropped', async () => {
    const files = {
      'chart/Chart.yaml': chart('chart'),
      'chart/templates/a.yaml': configMap(
        'a',
        'data:\n{{- range list "apps/v1/Deployment" "policy/v1beta1" "example.com/v1" }}\n  {{ . | replace "/" "." }}: {{ $.Capabilities.APIVersions.Has . | quote }}\n{{- end }}\n  kube: {{ .Capabilities.KubeVersion }}\n',
      ),
    };
    const { objects } = await render(files, { apiVersions: ['example.com/v1'] });
    expect(objects[0]?.['data']).toEqual({
      'apps.v1.Deployment': 'true',
      'policy.v1beta1': 'false',
      'example.com.v1': 'true',
      kube: 'v1.36.3',
    });
  });

  test('a key that stands twice in a values file is a warning', async () => {
    const { warnings } = await render(
      {
        'chart/Chart.yaml': chart('chart'),
        'env.yaml': 'a: 1\nb: 2\na: 3\n',
        'chart/templates/a.yaml': configMap('a'),
      },
      { valueFiles: ['env.yaml'] },
    );
    expect(warnings).toMatchObject([{ code: 'render.warning', where: { file: 'env.yaml', line: 3 } }]);
  });

  test('a missing values file can be let go', async () => {
    const { objects, record } = await render(
      { 'chart/Chart.yaml': chart('chart'), 'chart/templates/a.yaml': configMap('a') },
      { valueFiles: ['env.yaml'], ignoreMissingValueFiles: true },
    );
    expect(objects).toHaveLength(1);
    expect(record.missed).toContain('env.yaml');
  });

  test('Git LFS pointers are refused where Helm would read them, and only there', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n';
    const files = {
      'chart/Chart.yaml': chart('chart'),
      'chart/docs/picture.png': pointer,
      'chart/templates/a.yaml': configMap('a'),
    };
    expect((await render(files)).objects).toHaveLength(1);
    expect(
      await problems({ ...files, 'chart/templates/b.yaml': pointer, 'chart/charts/c-1.0.0.tgz': pointer }),
    ).toMatchObject([
      { code: 'render.lfs-pointer', where: { file: 'chart/charts/c-1.0.0.tgz' } },
      { code: 'render.lfs-pointer', where: { file: 'chart/templates/b.yaml' } },
    ]);
  });

  test('an alias bomb in the output of a template is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
        : `a${level}: &a${level} [${Array(9)
            .fill(`*a${level - 1}`)
            .join(', ')}]`,
    );
    const found = await problems({
      'chart/Chart.yaml': chart('chart'),
      'chart/templates/a.yaml': configMap('a', `${levels.join('\n')}\n`),
    });
    expect(found).toMatchObject([{ where: { file: 'chart/templates/a.yaml' } }]);
  });

  test('the record holds every file of the chart and what was looked for beside it', async () => {
    const { record } = await render(
      {
        'chart/Chart.yaml': chart('chart'),
        'chart/values.yaml': '',
        'chart/templates/a.yaml': configMap('a'),
        'env.yaml': 'a: 1',
        'README.md': '',
      },
      { valueFiles: ['env.yaml'] },
    );
    expect([...record.files.keys()].toSorted()).toEqual([
      'chart/Chart.yaml',
      'chart/templates/a.yaml',
      'chart/values.yaml',
      'env.yaml',
    ]);
    expect([...record.missed]).toEqual(['chart/.helmignore']);
    expect([...record.directories.keys()].toSorted()).toEqual(['chart', 'chart/templates']);
  });
});
