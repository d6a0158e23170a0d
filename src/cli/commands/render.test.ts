import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { plumbFromSource, plumbInProcess } from '../../../test/support/cli.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { chartFiles, packCharts, writeFiles } from '../../../test/support/helm-charts.ts';
import { shell } from '../../../test/support/shell.ts';
import { startStaticServer } from '../../../test/support/static-server.ts';

const cwd = join(import.meta.dirname, '..', '..', '..');

test('a kustomization is rendered, its base lying beside it', async () => {
  const { stdout, stderr, exitCode } = await plumbInProcess(['render', 'examples/k8s-apps/overlays/prod', '-q'], {
    cwd,
  });
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  const objects = loadAll(stdout) as { kind: string }[];
  expect(objects.map(({ kind }) => kind).toSorted()).toEqual(['Deployment', 'Service']);
  expect(objects.find(({ kind }) => kind === 'Deployment')).toMatchObject({
    metadata: { name: 'nginx', namespace: 'prod' },
    spec: { replicas: 3 },
  });
});

test('a chart is rendered with the values of an environment', async () => {
  const chart = 'examples/k8s-apps/charts/greeter';
  const flags = ['-f', 'examples/k8s-apps/environments/prod/greeter.yaml', '--release-name', 'hi', '-n', 'prod'];
  const { stdout } = await plumbInProcess(['render', chart, ...flags, '--set', 'replicas=5', '-o', 'json'], { cwd });
  const { items } = JSON.parse(stdout) as { items: { kind: string; metadata: object; spec?: object; data?: object }[] };
  expect(items.map(({ kind }) => kind)).toEqual(['PodDisruptionBudget', 'ConfigMap', 'Service', 'Deployment']);
  expect(items[3]).toMatchObject({ metadata: { name: 'hi' }, spec: { replicas: 5 } });
  expect(items[1]?.data).toMatchObject({ 'index.html': expect.stringContaining('Hello from production') });
});

test('what the schema of a chart refuses is told with the file', async () => {
  const { stderr, exitCode } = await plumbInProcess(
    ['render', 'examples/k8s-apps/charts/greeter', '--set', 'greeting='],
    { cwd },
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain('examples/k8s-apps/charts/greeter/values.yaml greeting');
  expect(stderr).toContain('(render.helm-values)');
});

test('values of Secrets are printed only where they are asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumb-render-'));
  try {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { password: 'correct-horse' },
    };
    writeFileSync(join(folder, 'secret.json'), JSON.stringify(secret));
    const masked = await plumbInProcess(['render', folder], { cwd });
    expect(masked.stdout).not.toContain('correct-horse');
    expect(load(masked.stdout)).toMatchObject({ stringData: { password: '***' } });
    const shown = await plumbInProcess(['render', folder, '--show-secrets'], { cwd });
    expect(load(shown.stdout)).toMatchObject({ stringData: { password: 'correct-horse' } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the charts that a chart needs are fetched, unless that is not wanted', async () => {
  const { packed, index } = await packCharts([chartFiles('redis', '17.0.0'), chartFiles('redis', '17.3.1')]);
  const [server, folder] = [await startStaticServer(), mkdtempSync(join(tmpdir(), 'plumb-render-'))];
  try {
    server.files.set('/index.yaml', index);
    for (const { file, bytes } of packed) server.files.set(`/${file}`, bytes);
    const needs = `dependencies: [{name: redis, version: 17.x, repository: "${server.url}"}]\n`;
    const files = chartFiles('app', '1.0.0');
    await writeFiles(join(folder, 'app'), { ...files, 'Chart.yaml': `${files['Chart.yaml'] ?? ''}${needs}` });
    const env = { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder };
    const fetched = await plumbInProcess(['render', 'app', '-o', 'name'], { cwd: folder, env });
    expect(fetched).toMatchObject({ stdout: 'configmap/app-redis\nconfigmap/app-app\n', exitCode: 0 });
    const { stderr, exitCode } = await plumbInProcess(['render', 'app', '--no-fetch'], { cwd: folder, env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('(render.chart-dependency)');
    server.files.delete('/index.yaml');
    const failed = await plumbInProcess(['render', 'app'], { cwd: folder, env });
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('app/Chart.yaml:4 dependencies[0]: the chart needs redis 17.x');
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  }
});

test('the commands of the page on sources do what it says', async () => {
  const [block, ...others] = commandBlocks('docs/sources.md');
  expect([block?.name, others]).toEqual(['needed-charts', []]);
  const folder = mkdtempSync(join(tmpdir(), 'plumb-render-'));
  try {
    const files = chartFiles('app', '1.0.0');
    const needs = 'dependencies: [{name: lib, version: 1.x, repository: "file://../lib"}]\n';
    await writeFiles(join(folder, 'app'), { ...files, 'Chart.yaml': `${files['Chart.yaml'] ?? ''}${needs}` });
    await writeFiles(join(folder, 'lib'), chartFiles('lib', '1.1.0'));
    const program = plumbFromSource.map((part) => `'${part}'`).join(' ');
    const script = `plumb() { ${program} "$@"; }\n${block?.text ?? ''}`;
    const { output, failed } = await shell(script, folder, { PATH: process.env['PATH'] ?? '', HOME: folder }).ended;
    expect({ output, failed }).toMatchObject({ failed: [] });
    expect(output).toContain('name: app-lib');
    expect(output).toContain('not everything is vendored');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
