import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { corpusFolder } from '../../../../test/render/corpus.ts';
import { forever, memoryTree, renderRequest } from '../../../../test/support/render.ts';
import { type Problem, problemsOf } from '../../../errors.ts';
import { groupOf, type Json } from '../../../object.ts';
import { createRenderer, type FileTree, folderTree, type RenderSource } from '../../../render/index.ts';
import { applyEdits, valueAt } from '../field-path.ts';
import { placeChange } from '../place-change.ts';
import type { FieldEdit, FieldStep, PlaceRequest } from '../types.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
afterAll(() => renderer.close());

interface Chart {
  readonly tree: FileTree;
  readonly path: string;
  readonly source: RenderSource;
  readonly isShared?: PlaceRequest['isShared'];
}

/** `Deployment podinfo` */
type ObjectName = `${string} ${string}`;

async function place(chart: Chart, object: ObjectName, edits: readonly FieldEdit[]) {
  const { tree, path, source, isShared } = chart;
  let renders = 0;
  const render = (files: FileTree) => {
    renders += 1;
    return renderer.render(renderRequest(path, { source }), files, forever);
  };
  const [kind = '', name = ''] = object.split(' ');
  const found = (await render(tree)).objects.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${object}`);
  const key = { group: groupOf(found.apiVersion), kind, namespace: found.metadata.namespace ?? 'prod', name };
  const request: PlaceRequest = {
    wishes: [{ key, edits }],
    tree,
    path,
    source,
    namespace: 'prod',
    render,
    ...(isShared === undefined ? {} : { isShared }),
  };
  const placement = await placeChange(request, forever);
  const files = Object.fromEntries(
    placement.changes.map(({ path: file, content }) => [file, Buffer.from(content ?? []).toString('utf8')]),
  );
  return { files, explanation: placement.explanation, renders };
}

const set = (path: readonly FieldStep[], value: Json | undefined): FieldEdit => ({ path, value });

async function refusal(chart: Chart, object: ObjectName, edit: FieldEdit): Promise<readonly Problem[]> {
  return place(chart, object, [edit]).then(
    ({ explanation }) => {
      throw new Error(`it was placed: ${explanation}`);
    },
    (error: unknown) => problemsOf(error),
  );
}

/** The lines of a file that differ, as `-old` and `+new`. */
function changedLines(before: string, after: string): readonly string[] {
  const [old, young] = [before.split('\n'), after.split('\n')];
  return [
    ...old.filter((line) => !young.includes(line)).map((line) => `-${line}`),
    ...young.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

const chartFiles = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\nappVersion: "7"\n',
  'chart/values.yaml': `# How many.
replicas: 1
image:
  repository: example.org/web  # ours
  tag: ""
label: one
shout: quiet
resources: {}
env:
  - name: A
    value: a
ports: [80, 443]
debug: false
`,
  'chart/templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {one: {{ .Values.label }}, two: {{ .Values.label }}, loud: {{ upper .Values.shout }}}
spec:
  replicas: {{ .Values.replicas }}
  {{- with .Values.minReadySeconds }}
  minReadySeconds: {{ . }}
  {{- end }}
  paused: {{ .Values.debug }}
  strategy: {type: Recreate}
  template:
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
          env: {{- toYaml .Values.env | nindent 12 }}
          args: [{{ range .Values.ports }}"--port={{ . }}", {{ end }}]
`,
  'envs/base.yaml': 'label: base\n',
  'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\n',
};
const web = ['spec', 'template', 'spec', 'containers', { name: 'web' }] as const;

const small = (more: Partial<Extract<RenderSource, { kind: 'helm' }>> = {}, files = {}): Chart => ({
  tree: memoryTree({ ...chartFiles, ...files }),
  path: 'chart',
  source: { kind: 'helm', releaseName: 'web', valueFiles: ['envs/base.yaml', 'envs/prod.yaml'], ...more },
});

describe('a field of a chart', () => {
  test.each<[string, FieldEdit, Record<string, string>]>([
    [
      'that a file of values sets is set there',
      set(['spec', 'replicas'], 5),
      { 'envs/prod.yaml': '# Production.\nreplicas: 5 # enough\n' },
    ],
    [
      'that the defaults set is set in the last file',
      set([...web, 'image'], 'example.net/web:7'),
      { 'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\nimage:\n  repository: example.net/web\n' },
    ],
    [
      'that a template falls back for is set',
      set([...web, 'image'], 'example.org/web:8'),
      { 'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\nimage:\n  tag: "8"\n' },
    ],
    [
      'in a map that is copied is added to it',
      set([...web, 'resources'], { limits: { cpu: '1' } }),
      { 'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\nresources:\n  limits:\n    cpu: "1"\n' },
    ],
    [
      'that no value sets yet is set where a template asks for it',
      set(['spec', 'minReadySeconds'], 9),
      { 'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\nminReadySeconds: 9\n' },
    ],
    [
      'that is a flag is turned',
      set(['spec', 'paused'], true),
      { 'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\ndebug: true\n' },
    ],
    [
      'in an item of a list writes the list where it was inherited',
      set([...web, 'env', { name: 'A' }, 'value'], 'b'),
      { 'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\nenv:\n  - name: A\n    value: b\n' },
    ],
    [
      'in a text among others is found',
      set([...web, 'args', 1], '--port=8443'),
      { 'envs/prod.yaml': '# Production.\nreplicas: 3 # enough\nports:\n  - 80\n  - 8443\n' },
    ],
    [
      'that is a new item of a list is added to it',
      set([...web, 'env', { name: 'B' }], { name: 'B', value: 'b' }),
      {
        'envs/prod.yaml':
          '# Production.\nreplicas: 3 # enough\nenv:\n  - name: A\n    value: a\n  - name: B\n    value: b\n',
      },
    ],
  ])('%s', async (_, edit, expected) => {
    const { files, renders } = await place(small(), 'Deployment web', [edit]);
    expect(files).toEqual(expected);
    expect(renders).toBeLessThan(40);
  });

  test('is set in the defaults where there is no file of values', async () => {
    const { files } = await place(small({ valueFiles: [] }), 'Deployment web', [set(['spec', 'replicas'], 2)]);
    expect(changedLines(chartFiles['chart/values.yaml'], files['chart/values.yaml'] ?? '')).toEqual([
      '-replicas: 1',
      '+replicas: 2',
    ]);
  });

  test('is set in a later file where the one that sets it is shared, and refused where all are', async () => {
    const shared = (names: readonly string[]): Chart => ({ ...small(), isShared: (file) => names.includes(file) });
    const own = {
      ...small({ valueFiles: ['envs/prod.yaml', 'envs/base.yaml'] }),
      isShared: shared(['envs/prod.yaml']).isShared,
    };
    const { files } = await place({ ...own, isShared: (file) => file === 'envs/prod.yaml' }, 'Deployment web', [
      set(['spec', 'replicas'], 4),
    ]);
    expect(files).toEqual({ 'envs/base.yaml': 'label: base\nreplicas: 4\n' });
    const [problem] = await refusal(
      shared(['envs/base.yaml', 'envs/prod.yaml']),
      'Deployment web',
      set(['spec', 'replicas'], 4),
    );
    expect(problem).toMatchObject({ code: 'writeback.cannot-place' });
    expect(problem?.message).toContain('replicas can be set in envs/prod.yaml only, which others are rendered from');
    expect(problem?.hint).toContain('values of its own');
  });

  test.each<[string, Chart, FieldEdit, RegExp]>([
    [
      'a template writes it by itself',
      small(),
      set(['spec', 'strategy', 'type'], 'RollingUpdate'),
      /no value of the chart leads to spec.strategy.type/,
    ],
    [
      'a template computes it',
      small(),
      set(['metadata', 'labels', 'loud'], 'Silent'),
      /a template computes .*shout|would not be as it shall be/,
    ],
    [
      'several fields come of one value',
      small(),
      set(['metadata', 'labels', 'one'], 'two'),
      /metadata\.labels\.two of .* would change too/,
    ],
    [
      'the Application sets it inline',
      small({ values: { replicas: 6 } }),
      set(['spec', 'replicas'], 7),
      /what the Application itself sets.*replicas \(helm\.values\)/,
    ],
    [
      'a parameter sets it',
      small({ parameters: [{ name: 'image.tag', value: '9' }] }),
      set([...web, 'image'], 'example.org/web:10'),
      /image\.tag \(helm\.parameters\)/,
    ],
    ['it would be the whole object', small(), set([], undefined), /made and removed by its templates/],
  ])('is refused where %s', async (_, given, edit, reason) => {
    const problems = await refusal(given, 'Deployment web', edit);
    expect(problems.map(({ message }) => message).join('\n')).toMatch(reason);
  });
});

describe('a field of a real chart', () => {
  const corpus = corpusFolder();
  const podinfo = join('podinfo', 'charts', 'podinfo');
  const ingress = join('ingress-nginx', 'charts', 'ingress-nginx');
  const controller = ['spec', 'template', 'spec', 'containers', { name: 'controller' }] as const;

  test.each<[string, string, string, RenderSource, ObjectName, FieldEdit, readonly string[]]>([
    [
      'podinfo: replicas',
      podinfo,
      'values.yaml',
      { kind: 'helm', releaseName: 'podinfo' },
      'Deployment podinfo',
      set(['spec', 'replicas'], 3),
      ['-replicaCount: 1', '+replicaCount: 3'],
    ],
    [
      'podinfo: the tag of the image',
      podinfo,
      'values-prod.yaml',
      { kind: 'helm', releaseName: 'podinfo', valueFiles: [join(podinfo, 'values-prod.yaml')] },
      'Deployment podinfo',
      set(
        ['spec', 'template', 'spec', 'containers', { name: 'podinfo' }, 'image'],
        'ghcr.io/stefanprodan/podinfo:6.15.0',
      ),
      ['-  tag: 6.14.1', '+  tag: 6.15.0'],
    ],
    [
      'podinfo: the limit of an autoscaler',
      podinfo,
      'values-prod.yaml',
      { kind: 'helm', releaseName: 'podinfo', valueFiles: [join(podinfo, 'values-prod.yaml')] },
      'HorizontalPodAutoscaler podinfo',
      set(['spec', 'maxReplicas'], 20),
      ['-  maxReplicas: 5', '+  maxReplicas: 20'],
    ],
    [
      'ingress-nginx: how long a pod may take to end',
      ingress,
      'values.yaml',
      { kind: 'helm', releaseName: 'ingress' },
      'Deployment ingress-ingress-nginx-controller',
      set(['spec', 'template', 'spec', 'terminationGracePeriodSeconds'], 120),
      ['-  terminationGracePeriodSeconds: 300', '+  terminationGracePeriodSeconds: 120'],
    ],
    [
      'ingress-nginx: a request for memory',
      ingress,
      'values.yaml',
      { kind: 'helm', releaseName: 'ingress' },
      'Deployment ingress-ingress-nginx-controller',
      set([...controller, 'resources', 'requests', 'memory'], '128Mi'),
      ['-      memory: 90Mi', '+      memory: 128Mi'],
    ],
    [
      'ingress-nginx: an annotation of a Service',
      ingress,
      'values.yaml',
      { kind: 'helm', releaseName: 'ingress' },
      'Service ingress-ingress-nginx-controller',
      set(['metadata', 'annotations'], { team: 'edge' }),
      ['+      team: edge'],
    ],
  ])('%s', async (_, path, file, source, object, edit, lines) => {
    const { files, renders } = await place({ tree: folderTree(corpus), path, source }, object, [edit]);
    expect(Object.keys(files)).toEqual([join(path, file)]);
    const before = await readFile(join(corpus, path, file), 'utf8');
    const changed = changedLines(before, files[join(path, file)] ?? '');
    expect(changed).toEqual(expect.arrayContaining([...lines]));
    expect(changed.length).toBeLessThanOrEqual(lines.length + 1);
    expect(renders).toBeLessThan(80);
  });

  test('is refused where the value brings another object with it', async () => {
    const chart: Chart = { tree: folderTree(corpus), path: ingress, source: { kind: 'helm', releaseName: 'ingress' } };
    const problems = await refusal(chart, 'Deployment ingress-ingress-nginx-controller', set(['spec', 'replicas'], 4));
    expect(problems[0]?.code).toBe('writeback.not-proved');
    expect(problems[0]?.message).toContain('PodDisruptionBudget');
  });
});

/** A value of a generated chart, and the fields that a template makes of it. */
interface GeneratedValue {
  readonly path: readonly string[];
  readonly value: string | number | boolean;
  /** Texts around it, one for each field. */
  readonly fields: readonly { readonly before: string; readonly after: string }[];
  /** Set in the last file of values, and not in the defaults alone. */
  readonly inFile: boolean;
}

const word = fc.stringMatching(/^[a-z]{3,8}$/);
const scalar = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9.-]{2,9}$/), fc.integer({ min: 2, max: 99_999 }), fc.boolean());
const generatedValue = fc.record({
  path: fc.tuple(fc.constantFrom('one', 'two', 'three'), fc.constantFrom('inner', 'outer'), word),
  value: scalar,
  fields: fc.array(fc.record({ before: fc.constantFrom('', 'v-', 'a '), after: fc.constantFrom('', '-x', ' end') }), {
    minLength: 1,
    maxLength: 2,
  }),
  inFile: fc.boolean(),
});
const generatedChart = fc
  .uniqueArray(generatedValue, { selector: ({ path }) => path.join('.'), minLength: 1, maxLength: 12 })
  .chain((values) =>
    fc.record({
      values: fc.constant<readonly GeneratedValue[]>(values),
      index: fc.nat(values.length - 1),
      next: scalar,
    }),
  );

function nested(values: readonly GeneratedValue[]): Json {
  return (
    applyEdits(
      {},
      values.map(({ path, value }) => ({ path, value })),
    ) ?? {}
  );
}

function generatedFiles(values: readonly GeneratedValue[]): Record<string, string> {
  const lines = values.flatMap(({ path, fields }, index) =>
    fields.map(
      ({ before, after }, number) => `  f${index}-${number}: "${before}{{ .Values.${path.join('.')} }}${after}"`,
    ),
  );
  return {
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/values.yaml': stringify(nested(values)),
    'chart/templates/a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n${lines.join('\n')}\n`,
    'env.yaml': `# mine\n${stringify(nested(values.filter(({ inFile }) => inFile)))}`,
  };
}

test('of any chart, a field that a value alone makes is placed with one line, and one of several is refused', async () => {
  await fc.assert(
    fc.asyncProperty(generatedChart, async ({ values, index, next }) => {
      const value = values[index];
      fc.pre(value !== undefined && typeof value.value === typeof next && value.value !== next);
      const files = generatedFiles(values);
      const chart: Chart = {
        tree: memoryTree(files),
        path: 'chart',
        source: { kind: 'helm', releaseName: 'a', valueFiles: ['env.yaml'] },
      };
      const [first, second] = value.fields;
      const edit = set(['data', `f${index}-0`], `${first?.before}${next}${first?.after}`);
      if (second !== undefined) {
        const problems = await refusal(chart, 'ConfigMap a', edit);
        expect(problems.some(({ code }) => code === 'writeback.not-proved')).toBe(true);
        return;
      }
      const placed = await place(chart, 'ConfigMap a', [edit]);
      expect(Object.keys(placed.files)).toEqual(['env.yaml']);
      const env = placed.files['env.yaml'] ?? '';
      expect(valueAt(parse(env) as Json, value.path)).toEqual(next);
      const before = files['env.yaml'] ?? '';
      const kept = before === '# mine\n{}\n' ? ['# mine'] : before.split('\n');
      const lost = kept.filter((line) => !env.split('\n').includes(line));
      expect(lost.length).toBeLessThanOrEqual(value.inFile ? 1 : 0);
    }),
    { numRuns: 60 },
  );
});
