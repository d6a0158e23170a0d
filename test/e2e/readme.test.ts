import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitServer } from '../../src/local/index.ts';
import { userEnvironment } from '../support/built.ts';
import { commandBlocks } from '../support/documents.ts';
import { kubectlFolder } from '../support/kubectl.ts';
import { processesOfSession } from '../support/processes.ts';
import { shell, type ShellResult } from '../support/shell.ts';
import { lifetime } from '../support/limit.ts';

/** What the README says is done as it stands there, by bash, from the source tree. */
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-readme-'));
const blocks = new Map(commandBlocks('README.md').map(({ name, text }) => [name, text]));
const env = userEnvironment({
  HOME: folder,
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_CACHE_HOME: join(folder, 'cache'),
  PATH: `${kubectlFolder}${delimiter}${process.env['PATH'] ?? ''}`,
  GIT_CONFIG_NOSYSTEM: '1',
});

beforeAll(() => {
  writeFileSync(join(folder, '.gitconfig'), '[user]\n\tname = Ada\n\temail = ada@example.com\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder that looks like the source tree to the commands of a block, and may be written to. */
function workFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  cpSync(join(root, 'examples'), join(path, 'examples'), { recursive: true });
  writeFileSync(join(path, 'plumb'), `#!/bin/sh\nexec ${join(root, 'plumb')} "$@"\n`);
  chmodSync(join(path, 'plumb'), 0o755);
  return path;
}

function block(name: string): string {
  const text = blocks.get(name);
  if (text === undefined) throw new Error(`README.md has no block ${name}`);
  return text;
}

async function run(script: string, cwd: string, extra: Record<string, string> = {}): Promise<ShellResult> {
  return shell(script, cwd, { ...env, ...extra }).ended;
}

/** Lends a fresh cluster, started with the command line. */
async function withCluster(name: string, body: (cwd: string, kubeconfig: string) => Promise<void>): Promise<void> {
  const cwd = workFolder(name);
  const started = await run('./plumb cluster start --directory cluster -o name -q', cwd);
  expect(started).toMatchObject({ exitCode: 0, failed: [] });
  try {
    await body(cwd, started.output.trim());
  } finally {
    expect(await run('./plumb cluster stop --directory cluster -q', cwd)).toMatchObject({ exitCode: 0 });
  }
}

test('every block of commands in the README is known here', () => {
  // `npm test` is what runs this.
  expect([...blocks.keys()]).toEqual(['start', 'test', 'first-steps', 'way-up', 'own-cluster', 'pipeline']);
  expect(block('test')).toBe('npm test\n');
});

test('npm start brings everything up, the first five minutes go as written, and Ctrl-C ends it all', async () => {
  const start = shell(block('start'), root, env);
  try {
    const guide = await start.until(/Ctrl-C ends it all/);
    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(guide)?.[1] ?? '';
    const url = /git clone (\S+)/.exec(guide)?.[1] ?? '';
    const script = block('first-steps')
      .replace('<path that npm start printed>', kubeconfig)
      .replace('<URL that npm start printed>', url);
    expect(script).not.toMatch(/<.*>/);
    const cwd = workFolder('first-steps');
    const steps = await run(script, cwd);
    // There was a difference to be shown, and nothing else failed.
    expect(steps.failed).toEqual(['./plumb diff nginx-prod']);
    expect(steps.exitCode).toBe(0);
    for (const name of ['nginx-prod', 'greeter-prod', 'greeter-staging']) expect(steps.output).toContain(name);
    expect(steps.output).toContain('DriftReverted');
    expect(steps.output).toMatch(/@@ spec\.replicas @@.*\n-1\n\+5\n/);
    expect(steps.output).toMatch(/Sync: +Synced/);
    await goUp(guide, cwd);
    start.signal('SIGINT');
    expect((await start.ended).exitCode).toBe(130);
    expect(processesOfSession(start.pid)).toEqual([]);
    const after = await run(`kubectl --kubeconfig ${kubeconfig} get ns; git ls-remote ${url}`, folder);
    expect(after.failed).toHaveLength(2);
  } finally {
    start.signal('SIGKILL');
  }
});

/** The same terminal goes on with the way up. */
async function goUp(guide: string, cwd: string): Promise<void> {
  const [, kubeconfig = ''] = /export KUBECONFIG=(\S+)/.exec(guide) ?? [];
  const script = block('way-up')
    .replace('<API that npm start printed>', /API +(\S+)\/api\/v1/.exec(guide)?.[1] ?? '')
    .replace('<URL that npm start printed>', /git clone (\S+)/.exec(guide)?.[1] ?? '');
  expect(script).not.toMatch(/<.*>/);
  const { output, failed, exitCode } = await run(script, cwd, { KUBECONFIG: kubeconfig });
  expect({ failed, exitCode, output: exitCode === 0 ? '' : output }).toEqual({ failed: [], exitCode: 0, output: '' });
  expect(output.match(/"state":"Committed","commit":"[0-9a-f]{40}"/g)).toHaveLength(2);
  expect(output).toMatch(/^red$/m);
  expect(output).toContain('{"Action":"update","Message":"Red sells","Author":"plumbline-admin","Email":""}');
  expect(output).toMatch(/Red sells\n.*A first color/);
  expect(output.match(/^\+ +"color": "blue"$/gm)?.length).toBeGreaterThan(0);
  expect(output).toMatch(/Committed as [0-9a-f]{40}/);
  expect(output).toContain('"Action":"Drift captured"');
}

test('npm start -- --exit-when-synced tells how it went and ends with 0', async () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('`npm start -- --exit-when-synced`');
  const { exitCode, output } = await run('npm start -- --exit-when-synced --no-color', root);
  expect({ exitCode, output: exitCode === 0 ? '' : output }).toEqual({ exitCode: 0, output: '' });
  for (const name of ['greeter-prod', 'greeter-staging', 'nginx-prod']) {
    expect(output).toMatch(new RegExp(`${name} +Synced +Healthy`));
  }
});

test('a cluster of one’s own is looked after as the README says, and by npm start -- --context NAME', async () => {
  await withCluster('own', async (cwd, kubeconfig) => {
    const git = await startGitServer({ root: join(cwd, 'git'), signal: lifetime() });
    await git.create('k8s-apps', {
      from: join(root, 'examples', 'k8s-apps'),
      message: 'Begin',
      author: { name: 'Ada', email: 'ada@example.com' },
      at: new Date('2026-11-21T10:00:00Z'),
    });
    const file = join(cwd, 'examples', 'applications', 'repository.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/url: .*/, `url: ${git.url('k8s-apps')}`));
    const own = shell(`${block('own-cluster')}\necho 'all done'`, cwd, { ...env, KUBECONFIG: kubeconfig });
    try {
      expect(await own.until(/all done/)).toMatch(/nginx-prod +Synced +Healthy/);
    } finally {
      own.signal('SIGTERM');
      expect((await own.ended).failed).toEqual([]);
      await git.close();
    }
    const context = await run('kubectl config rename-context "$(kubectl config current-context)" own', cwd, {
      KUBECONFIG: kubeconfig,
    });
    expect(context).toMatchObject({ exitCode: 0 });
    const start = await run('npm start -- --context own --exit-when-synced --no-color', root, {
      KUBECONFIG: kubeconfig,
    });
    expect({ exitCode: start.exitCode, output: start.exitCode === 0 ? '' : start.output }).toEqual({
      exitCode: 0,
      output: '',
    });
  });
});

test('a pipeline needs no controller', async () => {
  await withCluster('pipeline', async (cwd, kubeconfig) => {
    const first = await run(block('pipeline'), cwd, { KUBECONFIG: kubeconfig });
    expect(first.failed).toEqual(['./plumb diff --path examples/k8s-apps/overlays/prod -n prod --create-namespace']);
    expect(first.exitCode).toBe(0);
    expect(first.output).toMatch(/^\+ +replicas: 3$/m);
    expect(first.output).toContain('deployment.apps/nginx created');
    const again = await run(block('pipeline'), cwd, { KUBECONFIG: kubeconfig });
    expect(again.failed).toEqual([]);
    expect(again.output).toContain('deployment.apps/nginx unchanged');
  });
});
