import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/object.ts';
import { createRenderer, type RenderRequest, type RenderSource } from '../../src/render/index.ts';
import { hosts } from '../support/render.ts';
import { type Outcome, renderFolder } from './compare.ts';
import { discard, extract } from './fixture.ts';
import { objectsOf } from './manifests.ts';
import { helmTemplate, jsonnetEvaluate, kustomizeBuild, type Reference } from './reference.ts';

/** What the real tools do otherwise, on purpose. The names stand in docs/rendering.md, with the reason of each. */
interface Difference {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly source: RenderSource;
  readonly given?: Partial<RenderRequest>;
  /** Holds what ours gives (twice, each time by a renderer that knows nothing) against what the real tool gives twice. */
  readonly check: (ours: readonly [Outcome, Outcome], theirs: readonly [Reference, Reference]) => void;
}

const chart = 'apiVersion: v2\nname: app\nversion: 1.0.0\n';
const configMap = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata:\n${data}`;

function objects(outcome: Outcome): readonly JsonObject[] {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return outcome.result.objects as unknown as readonly JsonObject[];
}

function references(theirs: Reference): readonly JsonObject[] {
  if (!theirs.ok) throw new Error(theirs.error);
  return objectsOf(theirs.output);
}

const codes = (outcome: Outcome): readonly string[] => (outcome.ok ? [] : outcome.problems.map(({ code }) => code));
const warnings = (outcome: Outcome): readonly string[] =>
  (outcome.ok ? outcome.result.warnings : outcome.warnings).map(({ code }) => code);
const dataOf = (found: readonly JsonObject[]): unknown => found[0]?.['data'];

function sameTwice([ours, oursAgain]: readonly [Outcome, Outcome], theirs: readonly [Reference, Reference]): void {
  expect(objects(ours)).toEqual(objects(oursAgain));
  expect(references(theirs[0])).not.toEqual(references(theirs[1]));
}

const differences: readonly Difference[] = [
  {
    name: 'random values stay',
    files: {
      'app/Chart.yaml': chart,
      'app/templates/a.yaml': configMap('a', '  password: {{ randAlphaNum 24 }}\n  id: {{ uuidv4 }}\n'),
    },
    source: { kind: 'helm' },
    check: sameTwice,
  },
  {
    name: 'certificates stay',
    files: {
      'app/Chart.yaml': chart,
      'app/templates/a.yaml': configMap(
        'a',
        '  ca: {{ (genCAWithKey "ca" 365 (genPrivateKey "ed25519")).Cert | b64enc }}\n',
      ),
    },
    source: { kind: 'helm' },
    check: sameTwice,
  },
  {
    name: "`now` is the commit's time",
    files: {
      'app/Chart.yaml': chart,
      'app/templates/a.yaml': configMap('a', '  at: {{ now | date "2006-01-02T15:04:05" | quote }}\n'),
    },
    source: { kind: 'helm' },
    given: { now: new Date('2020-02-02T02:02:02Z') },
    check([ours], [theirs]) {
      expect(dataOf(objects(ours))).toEqual({ at: '2020-02-02T02:02:02' });
      expect(dataOf(references(theirs))).not.toEqual({ at: '2020-02-02T02:02:02' });
    },
  },
  {
    name: 'what is no object is refused',
    files: {
      'app/Chart.yaml': chart,
      'app/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: {nameless: yes}\n---\nonly: text\n',
    },
    source: { kind: 'helm' },
    check([ours], [theirs]) {
      expect(codes(ours)).toEqual([
        'render.invalid-object',
        'render.invalid-object',
        'render.invalid-object',
        'render.invalid-object',
      ]);
      expect(references(theirs)).toHaveLength(2);
    },
  },
  {
    name: "a schema's references are not fetched",
    files: {
      'app/Chart.yaml': chart,
      'app/values.schema.json': '{"properties": {"a": {"$ref": "https://schemas.example.com/a.json"}}}',
      'app/templates/a.yaml': configMap('a', '  a: b\n'),
    },
    source: { kind: 'helm', values: { a: 1 } },
    check([ours], [theirs]) {
      expect(dataOf(objects(ours))).toEqual({ a: 'b' });
      expect(warnings(ours)).toEqual(['render.warning']);
      expect(theirs).toMatchObject({ ok: false, error: expect.stringContaining('schemas.example.com') as string });
    },
  },
  {
    name: "the cluster's APIs are all there are",
    files: {
      'app/Chart.yaml': chart,
      'app/templates/a.yaml': configMap('a', '  cron: {{ .Capabilities.APIVersions.Has "batch/v1" | quote }}\n'),
    },
    source: { kind: 'helm' },
    given: { apiVersions: ['v1', 'apps/v1'] },
    check([ours], [theirs]) {
      expect(dataOf(objects(ours))).toEqual({ cron: 'false' });
      expect(dataOf(references(theirs))).toEqual({ cron: 'true' });
    },
  },
  {
    name: 'numbers beyond 2^53 are rounded, with a warning',
    files: {
      'app/kustomization.yaml': 'resources: [a.yaml]\n',
      'app/a.yaml': configMap('a', '  n: 9007199254740993\n'),
    },
    source: { kind: 'kustomize' },
    check([ours], [theirs]) {
      expect(dataOf(objects(ours))).toEqual({ n: 9_007_199_254_740_992 });
      expect(warnings(ours)).toEqual(['render.warning']);
      expect(theirs).toMatchObject({ ok: true, output: expect.stringContaining('"n": 9007199254740993') as string });
    },
  },
  {
    name: "a release without a name has the Application's",
    files: {
      'app/kustomization.yaml': 'helmCharts: [{name: app}]\n',
      'app/charts/app/Chart.yaml': chart,
      'app/charts/app/values.yaml': '',
      'app/charts/app/templates/a.yaml': configMap('a', '  release: {{ .Release.Name }}\n'),
    },
    source: { kind: 'kustomize' },
    check([ours], [theirs]) {
      expect(dataOf(objects(ours))).toEqual({ release: 'web' });
      expect(dataOf(references(theirs))).not.toEqual({ release: 'web' });
    },
  },
  {
    name: 'a pointer of Git LFS is refused',
    files: {
      'app/kustomization.yaml': 'configMapGenerator: [{name: a, files: [large.bin]}]\n',
      'app/large.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    },
    source: { kind: 'kustomize' },
    check([ours], [theirs]) {
      expect(codes(ours)).toEqual(['render.lfs-pointer']);
      expect(references(theirs)).toHaveLength(1);
    },
  },
  {
    name: 'nothing outside the repository is read',
    files: {
      'app/main.jsonnet': `{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: importstr '/etc/passwd' } }`,
    },
    source: { kind: 'jsonnet' },
    check([ours], [theirs]) {
      expect(codes(ours)).toEqual(['render.outside-repository']);
      expect(theirs).toMatchObject({ ok: true, output: expect.stringContaining('root:') as string });
    },
  },
  {
    name: 'remote bases are refused',
    files: {
      'app/kustomization.yaml': 'resources: ["https://example.com/base.yaml", "github.com/example/base//app?ref=v1"]\n',
    },
    source: { kind: 'kustomize' },
    check([ours], [theirs]) {
      expect(codes(ours)).toEqual(['render.remote-refused', 'render.remote-refused']);
      expect(theirs).toMatchObject({ ok: false, error: expect.stringContaining('127.0.0.1:1') as string });
    },
  },
];

function referenceOf(root: string, source: RenderSource): Promise<Reference> {
  if (source.kind === 'helm') return helmTemplate(root, 'app', source);
  if (source.kind === 'jsonnet') return jsonnetEvaluate(root, 'app/main.jsonnet', source);
  return kustomizeBuild(root, 'app');
}

test('every difference is documented, with its reason', () => {
  const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'rendering.md'), 'utf8');
  const section = document.split(/^## /m).find((text) => text.startsWith('What differs')) ?? '';
  const rows = section.matchAll(/^\| (?<name>[^|]+) \| [^|]+ \| [^|]{20,} \|$/gm);
  const names = Array.from(rows, ({ groups }) => groups?.['name'] ?? '');
  expect(names).toEqual(differences.map(({ name }) => name));
});

describe.each(hosts)('the renderer differs from the real tools, %s', (host) => {
  const renderers = [createRenderer({ host, workers: 1 }), createRenderer({ host, workers: 1 })] as const;
  afterAll(() => Promise.all(renderers.map((renderer) => renderer.close())));

  test.each(differences.map((difference): [string, Difference] => [difference.name, difference]))(
    '%s',
    async (_, { files, source, given, check }) => {
      const root = extract(new Map(Object.entries(files)));
      try {
        const [first, second] = renderers;
        const ours = [
          await renderFolder(first, root, 'app', source, given),
          await renderFolder(second, root, 'app', source, given),
        ] as const;
        check(ours, [await referenceOf(root, source), await referenceOf(root, source)]);
      } finally {
        discard(root);
      }
    },
  );
});
