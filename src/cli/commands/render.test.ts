import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { plumbInProcess } from '../../../test/support/cli.ts';

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
