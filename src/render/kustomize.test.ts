import { afterAll, describe, expect, test } from 'vitest';
import { forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { createRenderer, RenderError, type RenderSource } from './index.ts';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:stable
          ports: [{containerPort: 80}]
`;
const service =
  'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n';
const base = {
  'base/kustomization.yaml': 'resources: [deployment.yaml, service.yaml]\n',
  'base/deployment.yaml': deployment,
  'base/service.yaml': service,
};

const withChart = (repo: string): string => `
namespace: prod
configMapGenerator: [{name: after, literals: [a=b], options: {disableNameSuffixHash: true}}]
helmCharts:
  - name: tiny
    releaseName: my
    valuesFile: values.yaml
    valuesInline: {color: red}
    ${repo}
`;
const thing = (items: string): string =>
  `apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nitems: [${items}]\n`;

describe.each(hosts)('kustomize, %s', (host) => {
  const renderer = createRenderer({ host });
  afterAll(() => renderer.close());

  const render = (files: Record<string, string>, path = 'overlay', source: RenderSource = { kind: 'auto' }) =>
    renderer.render(renderRequest(path, { source }), memoryTree(files), forever);

  const problems = async (files: Record<string, string>, path?: string, source?: RenderSource) => {
    const error: unknown = await render(files, path, source).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RenderError);
    return (error as RenderError).problems;
  };

  test('an overlay with every kind of change', async () => {
    const { objects, origins, warnings } = await render({
      ...base,
      'overlay/kustomization.yaml': `
namespace: prod
namePrefix: my-
resources: [../base, extra.yaml]
components: [../components/sidecar]
labels: [{pairs: {team: blue}}]
images: [{name: nginx, newTag: "1.29"}]
replicas: [{name: web, count: 5}]
configMapGenerator: [{name: settings, files: [app.conf], literals: [a=b]}]
generatorOptions: {disableNameSuffixHash: true}
patches:
  - patch: '[{"op": "add", "path": "/spec/type", "value": "NodePort"}]'
    target: {kind: Service}
replacements:
  - source: {kind: ConfigMap, name: extra, fieldPath: data.port}
    targets: [{select: {kind: Service}, fieldPaths: [spec.ports.0.targetPort], options: {create: true}}]
`,
      'overlay/extra.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {port: "8080"}\n',
      'overlay/app.conf': 'key = value\n',
      'components/sidecar/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec: {template: {spec: {containers: [{name: sidecar, image: envoy}]}}}
`,
    });
    expect(warnings).toEqual([]);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      'ConfigMap prod/my-extra',
      'ConfigMap prod/my-settings',
      'Service prod/my-web',
      'Deployment prod/my-web',
    ]);
    expect(origins).toEqual([
      { file: 'overlay/extra.yaml' },
      { file: 'overlay/kustomization.yaml', generator: 'ConfigMapGenerator' },
      { file: 'base/service.yaml' },
      { file: 'base/deployment.yaml' },
    ]);
    expect(objects[1]?.['data']).toEqual({ a: 'b', 'app.conf': 'key = value\n' });
    expect(objects[2]?.['spec']).toMatchObject({ type: 'NodePort', ports: [{ port: 80, targetPort: 8080 }] });
    expect(objects[3]).toMatchObject({
      metadata: { labels: { team: 'blue' } },
      spec: { replicas: 5, template: { spec: { containers: [{ image: 'envoy' }, { image: 'nginx:1.29' }] } } },
    });
    expect(JSON.stringify(objects)).not.toContain('config.kubernetes.io');
  });

  test("the Application's overrides lie over the kustomization", async () => {
    const { objects, origins } = await render(
      {
        ...base,
        'base/kustomization.yaml': 'resources: [deployment.yaml, service.yaml]\nsortOptions: {order: fifo}\n',
        'components/annotate/kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {seen: "yes"}\n',
      },
      'base',
      {
        kind: 'kustomize',
        namePrefix: 'a-',
        nameSuffix: '-z',
        namespace: 'stage',
        images: [{ name: 'nginx', newName: 'registry.example/nginx', digest: `sha256:${'0'.repeat(64)}` }],
        replicas: [{ name: 'web', count: 7 }],
        labels: { team: 'red' },
        patches: [{ patch: '[{"op": "remove", "path": "/spec/ports"}]', target: { kind: 'Service' } }],
        components: ['components/annotate'],
      },
    );
    // The order is the folder's own; an overlay would otherwise sort by kind.
    expect(objects).toMatchObject([
      {
        kind: 'Deployment',
        metadata: { name: 'a-web-z', namespace: 'stage', labels: { team: 'red' }, annotations: { seen: 'yes' } },
        spec: {
          replicas: 7,
          selector: { matchLabels: { app: 'web' } },
          template: { spec: { containers: [{ image: `registry.example/nginx@sha256:${'0'.repeat(64)}` }] } },
        },
      },
      { kind: 'Service', metadata: { name: 'a-web-z' }, spec: { selector: { app: 'web' } } },
    ]);
    expect(objects[1]?.['spec']).not.toHaveProperty('ports');
    expect(origins).toEqual([{ file: 'base/deployment.yaml' }, { file: 'base/service.yaml' }]);
  });

  test('origins are right where names alone do not tell', async () => {
    const { objects, origins } = await render({
      'one/kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: one-\n',
      'one/a.yaml': service,
      'two/kustomization.yaml': 'resources: [many.yaml]\nnamePrefix: two-\n',
      'two/many.yaml': `# comment\n---\n${service.replace('web', 'other')}---\n${service}`,
      'overlay/kustomization.yaml': 'resources: [../one, ../two]\n',
    });
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['one-web', 'two-other', 'two-web']);
    expect(origins).toEqual([
      { file: 'one/a.yaml' },
      { file: 'two/many.yaml' },
      { file: 'two/many.yaml', document: 1 },
    ]);
    expect(JSON.stringify(objects)).not.toContain('config.kubernetes.io');
  });

  test('what the user asks kustomize to annotate stays', async () => {
    const { objects } = await render({
      ...base,
      'overlay/kustomization.yaml': 'resources: [../base]\nbuildMetadata: [originAnnotations]\n',
    });
    expect(objects[0]?.metadata.annotations).toEqual({ 'config.kubernetes.io/origin': 'path: ../base/service.yaml\n' });
  });

  test('deprecated fields are warnings, with their file', async () => {
    const { warnings } = await render({
      ...base,
      'overlay/kustomization.yaml':
        'bases: [../base]\ncommonLabels: {a: b}\nvars: [{name: NEVER, objref: {apiVersion: v1, kind: Service, name: web}}]\n',
    });
    expect(warnings.map(({ code, where }) => `${code} ${where?.file ?? ''}`)).toEqual([
      'render.deprecated overlay/kustomization.yaml',
      'render.deprecated overlay/kustomization.yaml',
      'render.deprecated overlay/kustomization.yaml',
      'render.warning ',
    ]);
    expect(warnings[3]?.message).toContain('NEVER');
  });

  test('everything remote is refused, all at once, and without credentials', async () => {
    const found = await problems({
      ...base,
      'overlay/kustomization.yaml': `
resources: [../base, "https://user:token@example.com/org/repo//base?ref=v1", "git@example.com:org/repo.git", "github.com/org/repo"]
components: ["ssh://git@example.com/org/repo"]
crds: ["https://example.com/crd.json"]
openapi: {path: "https://example.com/openapi.json"}
patches: [{path: "https://example.com/patch.yaml"}]
configMapGenerator: [{name: a, files: ["key=https://example.com/file"]}]
`,
    });
    expect(found.map(({ code, where }) => `${code} ${where?.file} ${where?.field}`)).toEqual([
      'render.remote-refused overlay/kustomization.yaml resources',
      'render.remote-refused overlay/kustomization.yaml resources',
      'render.remote-refused overlay/kustomization.yaml resources',
      'render.remote-refused overlay/kustomization.yaml components',
      'render.remote-refused overlay/kustomization.yaml crds',
      'render.remote-refused overlay/kustomization.yaml openapi.path',
      'render.remote-refused overlay/kustomization.yaml patches.path',
      'render.remote-refused overlay/kustomization.yaml configMapGenerator.files',
    ]);
    expect(JSON.stringify(found)).not.toContain('token');
  });

  test.each([
    [
      'exec',
      'apiVersion: v1\nkind: Thing\nmetadata:\n  name: a\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n',
    ],
    [
      'container',
      'apiVersion: v1\nkind: Thing\nmetadata:\n  name: a\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: example/image}\n',
    ],
    ['legacy', 'apiVersion: someteam.example.com/v1\nkind: SedTransformer\nmetadata: {name: a}\n'],
  ])('a plugin is refused: %s', async (_, plugin) => {
    for (const field of ['generators', 'transformers']) {
      const found = await problems({
        ...base,
        'overlay/kustomization.yaml': `resources: [../base]\n${field}: [plugin.yaml]\n`,
        'overlay/plugin.yaml': plugin,
        'overlay/run.sh': '#!/bin/sh\ntouch /tmp/run\n',
      });
      expect(found).toMatchObject([{ code: 'render.plugin-refused' }]);
    }
  });

  test('a chart that lies beside is rendered by the same engine, and one that does not is refused', async () => {
    const files = {
      'overlay/values.yaml': 'color: green\nsize: big\n',
      'overlay/charts/tiny/Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 1.0.0\n',
      'overlay/charts/tiny/values.yaml': 'color: blue\nsize: small\nshape: round\n',
      'overlay/charts/tiny/templates/config.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-tiny", namespace: "{{ .Release.Namespace }}"}\ndata: {color: "{{ .Values.color }}", size: "{{ .Values.size }}", shape: "{{ .Values.shape }}"}\n',
    };
    const { objects } = await render({ ...files, 'overlay/kustomization.yaml': withChart('') });
    expect(objects).toMatchObject([
      { metadata: { name: 'after' } },
      { metadata: { name: 'my-tiny', namespace: 'prod' }, data: { color: 'red', size: 'big', shape: 'round' } },
    ]);
    const remote = withChart('repo: https://example.com/charts\n    version: 2.0.0');
    expect(await problems({ ...files, 'overlay/kustomization.yaml': remote })).toMatchObject([
      { code: 'render.remote-refused', where: { file: 'overlay/charts/tiny-2.0.0/tiny' } },
    ]);
  });

  test('a path out of the repository is refused, however it is written', async () => {
    for (const path of ['../../base', '../../../../../../repository/base']) {
      expect(await problems({ ...base, 'overlay/kustomization.yaml': `resources: [${path}]\n` })).toMatchObject([
        { code: 'render.outside-repository' },
      ]);
    }
  });

  test('a custom OpenAPI schema serves its own build only', async () => {
    const schema = {
      definitions: {
        'v1.Thing': {
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { type: 'object' },
            items: { type: 'array', 'x-kubernetes-patch-merge-key': 'name', 'x-kubernetes-patch-strategy': 'merge' },
          },
          'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Thing', version: 'v1' }],
        },
      },
    };
    const files = (openapi: string) => ({
      'overlay/kustomization.yaml': `resources: [thing.yaml]\npatches: [{path: patch.yaml}]\n${openapi}`,
      'overlay/thing.yaml': thing('{name: one, x: 1}, {name: two}'),
      'overlay/patch.yaml': thing('{name: one, y: 2}'),
      'overlay/schema.json': JSON.stringify(schema),
    });
    const replaced = [{ name: 'one', y: 2 }];
    const merged = [{ name: 'one', x: 1, y: 2 }, { name: 'two' }];
    const items = async (openapi: string) => (await render(files(openapi))).objects[0]?.['items'];
    expect(await items('')).toEqual(replaced);
    // Side by side, where the schema could leak from one into the other.
    const both = Array.from({ length: 8 }, (_, index) =>
      index % 2 === 0 ? items(`openapi: {path: schema.json}\n# ${index}`) : items(`# ${index}`),
    );
    expect(await Promise.all(both)).toEqual(both.map((_, index) => (index % 2 === 0 ? merged : replaced)));
    expect((await render(base, 'base')).objects).toHaveLength(2);
  });

  test('an error names the file as the repository has it', async () => {
    const [first] = await problems({
      ...base,
      'overlay/kustomization.yaml': 'resources: [../base]\npatches: [{path: folder}]\n',
      'overlay/folder/a.yaml': '',
    });
    expect(first?.code).toBe('render.kustomize');
    expect(first?.message).toContain('overlay/folder');
    expect(first?.message).not.toContain('/repository');
  });

  test('everything that is wrong with the files is told at once, each with its place', async () => {
    const wrong = await problems({
      'overlay/kustomization.yaml':
        'resources:\n  - ../base\n  - ../empty\npatches:\n  - path: patch.yaml\n  - path: absent.yaml\n',
      'overlay/patch.yaml': 'spec:\n  a: [\n',
      'base/kustomization.yaml':
        'resources:\n  - a.yaml\n  - b.yaml\n  - gone.yaml\nconfigMapGenerator:\n  - name: c\n    files: [key=lost.txt]\n',
      'base/a.yaml': `${service}---\nkind: Service: x\n`,
      'base/b.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {}\nspec: *unknown\n',
      'empty/README.md': '',
    });
    expect(wrong.map(({ code, where }) => [code, where?.file, where?.line])).toEqual([
      ['render.invalid-yaml', 'base/a.yaml', service.split('\n').length + 1],
      ['render.invalid-yaml', 'base/b.yaml', 5],
      ['render.file-missing', 'base/kustomization.yaml', 4],
      ['render.file-missing', 'base/kustomization.yaml', 7],
      ['render.file-missing', 'overlay/kustomization.yaml', 3],
      ['render.invalid-yaml', 'overlay/patch.yaml', 2],
      ['render.file-missing', 'overlay/kustomization.yaml', 6],
    ]);
  });

  test('every field that a kustomization does not have is told', async () => {
    const wrong = await problems({
      'overlay/kustomization.yaml': 'resource: [a.yaml]\nNamespace: prod\nprefixName: a-\n',
    });
    expect(wrong.map(({ where }) => [where?.line, where?.field])).toEqual([
      [1, 'resource'],
      [3, 'prefixName'],
    ]);
  });

  test('an alias bomb in a resource is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = Array.from({ length: 10 }, () => (level === 0 ? '"0123456789"' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]\n`;
    });
    const found = await problems({ ...base, 'base/service.yaml': `${service}bomb:\n  ${levels.join('  ')}` }, 'base');
    expect(found).toMatchObject([{ code: 'render.too-many-aliases', where: { file: 'base/service.yaml' } }]);
  });
});
