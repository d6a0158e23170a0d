import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** `plumbline/operator` as somebody else's project has it: installed from the package, and with its types. */
const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-operator-package-'));
const example = join(root, 'examples', 'canary-operator');

beforeAll(async () => {
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const quiet = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await run('npm', ['install', ...quiet, `./${tarball}`], { cwd: folder });
  for (const file of ['operator.ts', 'objects.ts'])
    writeFileSync(join(folder, file), readFileSync(join(example, file)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the example runs on the package, as far as it gets without a cluster', async () => {
  writeFileSync(join(folder, 'operator.yaml'), 'gitSync: {enabled: true, branch: main, colour: red}\n');
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig('http://127.0.0.1:1')));
  const environment = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  const started = run(process.execPath, ['operator.ts'], { cwd: folder, env: environment, timeout: 180_000 });
  const error = (await started.catch((thrown: unknown) => thrown)) as { readonly stderr: string };
  expect(error.stderr).toContain('gitSync.colour: there is no such field (operator.config-invalid)');
  expect(error.stderr).toContain('gitSync.repository: is needed where gitSync is enabled');
});

test('its types are whole: the example type-checks with nothing but the package', async () => {
  const options = {
    compilerOptions: {
      target: 'ES2024',
      module: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: ['*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const checked = await run(compiler, ['-p', '.'], { cwd: folder }).catch(
    (thrown: unknown) => thrown as { stdout: string },
  );
  expect(checked.stdout).toBe('');
  // And a mistake is seen.
  const source = readFileSync(join(folder, 'operator.ts'), 'utf8');
  writeFileSync(join(folder, 'operator.ts'), source.replace("nextPhase: 'RollBack'", "nextPhase: 'Nowhere'"));
  const wrong = await run(compiler, ['-p', '.'], { cwd: folder }).catch(
    (thrown: unknown) => thrown as { stdout: string },
  );
  expect(wrong.stdout).toContain('\'"Nowhere"\'');
});

function kubeconfig(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: {} }],
  };
}
