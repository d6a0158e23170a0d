import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { createRenderer, folderTree, RenderError, type RenderSource } from './index.ts';

const secret = 'a-file-of-this-machine';
let directory = '';
let outside = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plumbline-sandbox-'));
  outside = join(directory, 'outside.yaml');
  await writeFile(outside, `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${secret}}\n`);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const chart = (template: string): Record<string, string> => ({
  'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
  'app/templates/a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: ${template}}\n`,
});
const kustomization = (text: string): Record<string, string> => ({
  'app/kustomization.yaml': text,
  'app/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
});

describe.each(hosts)('what a render cannot reach, %s', (host) => {
  const renderer = createRenderer({ host });
  afterAll(() => renderer.close());

  /** What a render says, its objects or its problems, as text. */
  async function said(files: Record<string, string>, source: RenderSource = { kind: 'auto' }): Promise<string> {
    try {
      const { objects, warnings } = await renderer.render(renderRequest('app', { source }), memoryTree(files), forever);
      return JSON.stringify({ objects, warnings });
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      return JSON.stringify(error.problems);
    }
  }

  test.each<[string, (path: string) => Record<string, string>]>([
    ['a resource', (path) => kustomization(`resources: ["${path}"]\n`)],
    ['a component', (path) => kustomization(`components: ["${path}"]\n`)],
    ['a generated file', (path) => kustomization(`configMapGenerator: [{name: g, files: ["${path}"]}]\n`)],
    ['generated variables', (path) => kustomization(`secretGenerator: [{name: g, envs: ["${path}"]}]\n`)],
    ['a patch', (path) => kustomization(`resources: [a.yaml]\npatches: [{path: "${path}"}]\n`)],
    ['a replacement', (path) => kustomization(`resources: [a.yaml]\nreplacements: [{path: "${path}"}]\n`)],
    ['a configuration', (path) => kustomization(`resources: [a.yaml]\nconfigurations: ["${path}"]\n`)],
    ['a CRD', (path) => kustomization(`resources: [a.yaml]\ncrds: ["${path}"]\n`)],
    ['a schema', (path) => kustomization(`resources: [a.yaml]\nopenapi: {path: "${path}"}\n`)],
    ['a chart', (path) => kustomization(`helmGlobals: {chartHome: "${path}"}\nhelmCharts: [{name: x}]\n`)],
    ['values', (path) => kustomization(`helmCharts: [{name: x, valuesFile: "${path}"}]\n`)],
    ['an import', (path) => ({ 'app/main.jsonnet': `import "${path}"` })],
    ['an imported text', (path) => ({ 'app/main.jsonnet': `importstr "${path}"` })],
    ['a file of the chart', (path) => chart(`{{ .Files.Get "${path}" | quote }}`)],
    ['files of the chart', (path) => chart(`{{ (.Files.Glob "${path}").AsConfig | quote }}`)],
  ])('a file of the machine as %s', async (_, files) => {
    for (const path of [outside, `../../../../../../../..${outside}`, `file://${outside}`]) {
      expect(await said(files(path)), path).not.toContain(secret);
    }
  });

  test('a file of the machine as values of a chart', async () => {
    const files = chart('{{ .Values | toJson | quote }}');
    for (const path of [outside, `../../../../../../../..${outside}`]) {
      expect(await said(files, { kind: 'helm', valueFiles: [path] })).not.toContain(secret);
      expect(await said(files, { kind: 'helm', fileParameters: [{ name: 'a', path }] })).not.toContain(secret);
      expect(await said(files, { kind: 'jsonnet', libraryPaths: [path] })).not.toContain(secret);
    }
  });

  test('environment, network and cluster', async () => {
    for (const template of ['{{ env "PATH" | quote }}', '{{ expandenv "$HOME" | quote }}']) {
      expect(await said(chart(template))).toContain('not defined');
    }
    expect(await said(chart('{{ getHostByName "localhost" | quote }}'))).toContain('"value":""');
    expect(await said(chart('{{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}'))).toContain('"value":"{}"');
  });
});

test('a folder on disk is a tree, whose links stay inside', async () => {
  const root = join(directory, 'tree');
  await mkdir(join(root, '.git'), { recursive: true });
  await mkdir(join(root, 'base'));
  await writeFile(join(root, 'base', 'a.yaml'), 'a: 1\n');
  await symlink('base', join(root, 'inside'));
  await symlink(outside, join(root, 'escape.yaml'));
  await symlink('nowhere', join(root, 'dangling'));
  const tree = folderTree(root);
  expect(await tree.list('.')).toEqual([
    { name: 'base', kind: 'directory' },
    { name: 'escape.yaml', kind: 'file' },
    { name: 'inside', kind: 'directory' },
  ]);
  expect(await tree.stat('.')).toMatchObject({ kind: 'directory' });
  expect(await tree.stat('inside/a.yaml')).toEqual(await tree.stat('base/a.yaml'));
  expect(Buffer.from((await tree.read('inside/a.yaml')) ?? []).toString()).toBe('a: 1\n');
  for (const path of ['escape.yaml', '../outside.yaml']) {
    await expect(tree.read(path)).rejects.toMatchObject({ problems: [{ code: 'render.outside-repository' }] });
  }
  expect(await tree.stat('dangling')).toBeUndefined();
  expect(await tree.read('base')).toBeUndefined();
  expect(await tree.list('base/a.yaml')).toBeUndefined();
  const before = await tree.stat('base/a.yaml');
  await writeFile(join(root, 'base', 'a.yaml'), 'a: 23\n');
  expect(await tree.stat('base/a.yaml')).not.toEqual(before);
});
