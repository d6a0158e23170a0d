import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { userEnvironment } from '../support/built.ts';

/** The package as it is published: packed, installed into an empty folder, and used there. */
const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-package-'));
const home = join(folder, 'home');
const plumb = join(folder, 'node_modules', '.bin', 'plumb');

beforeAll(async () => {
  mkdirSync(home);
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const args = [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefer-offline',
    `./${tarball}`,
  ];
  await run('npm', args, { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function call(...args: string[]) {
  return run(plumb, args, { cwd: folder, env: userEnvironment({ HOME: home }) });
}

test('it tells its version, and nothing else', async () => {
  expect(await call('--version')).toEqual({ stdout: `${packageJson.version}\n`, stderr: '' });
});

test('it renders plain files, a kustomization and the chart that it brings along', async () => {
  const examples = join(folder, 'node_modules', 'plumbline', 'examples', 'k8s-apps');
  const flags = ['-q', '-o', 'name', '--root', examples];
  const overlay = await call('render', join(examples, 'overlays', 'prod'), ...flags);
  expect(overlay.stdout.trim().split('\n').toSorted()).toEqual(['deployment.apps/nginx', 'service/nginx']);
  const base = await call(
    'render',
    join(examples, 'base'),
    '--type',
    'directory',
    '--exclude',
    'kustomization.yaml',
    ...flags,
  );
  expect(base.stdout.trim().split('\n').toSorted()).toEqual(['deployment.apps/nginx', 'service/nginx']);
  const values = join(examples, 'environments', 'prod', 'greeter.yaml');
  const chart = await call('render', join(examples, 'charts', 'greeter'), '-f', values, ...flags);
  expect(chart.stdout).toContain('poddisruptionbudget.policy/greeter');
  expect(chart.stderr).toBe('');
});

test('it prints what it would install', async () => {
  const { stdout } = await call('install', '--dry-run', '-o', 'name');
  expect(stdout).toContain('customresourcedefinition.apiextensions.k8s.io/applications.plumbline.dev');
});

test('what cannot work without a source tree is said in one sentence', async () => {
  await expect(call('cluster', 'status')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('(local.binary-missing)'),
  });
});
