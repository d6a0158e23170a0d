import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../../src/local/index.ts';
import { isWell, untilApplication } from '../support/applications.ts';
import { userEnvironment } from '../support/built.ts';
import { clusterAccess } from '../support/cluster.ts';
import { commandBlocks } from '../support/documents.ts';
import { type Exposition, parseExposition } from '../support/exposition.ts';
import { connect, type KubeCall } from '../support/kube-call.ts';
import { kubectl, kubectlFolder } from '../support/kubectl.ts';
import { type Shell, shell, type ShellResult } from '../support/shell.ts';
import { sentWebhook } from '../support/webhooks.ts';
import { lifetime } from '../support/limit.ts';

/**
 * What docs/webhooks.md says is done as it stands there, with the built program, the real control plane, Git over
 * HTTP and curl. Nothing arrives by polling here. The tests are one story and run in order.
 */
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-webhooks-'));
const blocks = new Map(commandBlocks('docs/webhooks.md').map(({ name, text }) => [name, text]));

let env: Record<string, string>;
let git: GitServer;
let kube: KubeCall;
let controller: Shell;
let address: string;
let metrics: string;

function runShell(script: string): Promise<ShellResult> {
  return shell(script, folder, env).ended;
}

/** Runs what has to go well before anything can be tried. @throws Error with what it wrote */
async function prepare(script: string): Promise<string> {
  const { output, failed } = await runShell(script);
  if (failed.length > 0) throw new Error(`${failed.join(', ')}: ${output}`);
  return output.trim();
}

/** Runs a block of the document; its hosts are ours here. */
async function block(name: string): Promise<ShellResult> {
  const text = blocks.get(name);
  if (text === undefined) throw new Error(`docs/webhooks.md has no block ${name}`);
  return runShell(
    text
      .replaceAll('https://git.example.com/team/k8s-apps.git', git.url('k8s-apps'))
      .replaceAll('https://plumbline.example.com', address),
  );
}

async function done(name: string): Promise<string> {
  const { output, failed, exitCode } = await block(name);
  expect({ name, failed, exitCode, output: failed.length === 0 ? '' : output }).toEqual({
    name,
    failed: [],
    exitCode: 0,
    output: '',
  });
  return output;
}

/** Where the controller listens. */
async function listeningFor(what: string): Promise<string> {
  const line = new RegExp(`"port":(\\d+),"msg":"listening for ${what}"`);
  return `http://127.0.0.1:${line.exec(await controller.until(line))?.[1] ?? ''}`;
}

/** Runs the block until it is let in: a changed Secret takes effect when its watch event has come. */
async function untilDone(name: string): Promise<void> {
  while ((await block(name)).failed.length > 0);
}

/**
 * Pushes another number of replicas, and returns the commit. The Git server runs in this process: a Git that this one
 * waits for without doing anything else would wait for ever.
 */
async function pushReplicas(count: number): Promise<string> {
  const { output, failed } = await runShell(
    `cd work && sed -i 's/count: .*/count: ${count}/' overlays/prod/kustomization.yaml && ` +
      `git commit --quiet --all --message 'Scale nginx to ${count}' && git push --quiet && git rev-parse HEAD`,
  );
  expect(failed).toEqual([]);
  return output.trim();
}

const arrived = (commit: string, signal: AbortSignal) =>
  untilApplication(kube, 'default', 'nginx-prod', (state) => isWell(state, commit), signal);

beforeAll(async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(join(root, 'dist', 'cli', 'main.js'), join(bin, 'plumb'));
  env = userEnvironment({
    HOME: folder,
    PATH: [bin, kubectlFolder, process.env['PATH'] ?? ''].join(delimiter),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  });
  const kubeconfig = await prepare('plumb cluster start --directory cluster -o name -q');
  env = { ...env, KUBECONFIG: kubeconfig };
  kube = connect(clusterAccess(kubeconfig));
  git = await startGitServer({ root: join(folder, 'git'), signal: lifetime() });
  await git.create('k8s-apps', {
    from: join(root, 'examples', 'k8s-apps'),
    message: 'Begin',
    author: { name: 'Ada', email: 'ada@example.com' },
    at: new Date('2026-11-21T10:00:00Z'),
  });
  await prepare('git config --global user.name Ada && git config --global user.email ada@example.com');
  await prepare(`git clone --quiet ${git.url('k8s-apps')} work`);
  await prepare('plumb install -q');
  controller = shell('plumb run --webhook-address 127.0.0.1:0 --metrics-address 127.0.0.1:0 --log json', folder, env);
  await controller.until(/"msg":"leading"/);
  address = await listeningFor('webhooks');
  metrics = await listeningFor('Prometheus');
  const resources = '/apis/plumbline.dev/v1alpha1/namespaces/default';
  await kube.call('POST', `${resources}/repositories`, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'k8s-apps' },
    spec: { url: git.url('k8s-apps'), interval: '24h' },
  });
  await kube.call('POST', `${resources}/applications`, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'nginx-prod' },
    spec: {
      source: { repositoryRef: { name: 'k8s-apps' }, path: 'overlays/prod' },
      destination: { namespace: 'prod' },
      sync: { createNamespace: true },
    },
  });
});

afterAll(async () => {
  controller?.signal('SIGKILL');
  await controller?.ended;
  kube?.close();
  await runShell('plumb cluster stop --directory cluster -q');
  await git?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('every block of commands in the document is run here', () => {
  expect([...blocks.keys()]).toEqual([
    'webhooks-secret',
    'webhooks-show',
    'webhooks-installation',
    'webhooks-rotate',
    'webhooks-rotated',
    'webhooks-generic',
  ]);
});

test('a push arrives when curl tells of it, and not before the secret is there', async ({ signal }) => {
  await arrived((await runShell('git -C work rev-parse HEAD')).output.trim(), signal);
  expect((await runShell(`curl -sf ${address}/readyz ${address}/healthz`)).failed).toEqual([]);
  await done('webhooks-secret');
  expect(await done('webhooks-show')).toMatch(/^[0-9a-f]{64}$/);
  const commit = await pushReplicas(4);
  await untilDone('webhooks-generic');
  await arrived(commit, signal);
});

test('the secret is replaced while the controller runs', async ({ signal }) => {
  const old = (await done('webhooks-show')).trim();
  await done('webhooks-rotate');
  const now = (await done('webhooks-show')).trim();
  expect(now).not.toBe(old);
  await untilDone('webhooks-generic');
  await done('webhooks-rotated');
  const commit = await pushReplicas(5);
  await done('webhooks-generic');
  await arrived(commit, signal);
  const log = await controller.until(/"msg":"webhook"/);
  expect(log).not.toContain(old);
  expect(log).not.toContain(now);
});

test('a hook of an organisation speaks for all, in the form of its product', async ({ signal }) => {
  await done('webhooks-installation');
  const encoded = await kubectl(
    ['get', 'secret', 'plumbline-webhooks', '-n', 'plumbline-system', '-o', 'jsonpath={.data.github}'],
    env,
  );
  const secret = Buffer.from(encoded, 'base64').toString();
  const commit = await pushReplicas(6);
  const repository = { clone_url: git.url('k8s-apps') };
  const { headers, body } = sentWebhook('github-push', secret, { after: commit, repository });
  const send = async (path: string) =>
    (await fetch(`${address}${path}`, { method: 'POST', headers, body: new Uint8Array(body) })).status;
  // A changed Secret takes effect when its watch event has come.
  while ((await send('/webhooks')) === 401);
  await arrived(commit, signal);
  expect(await send('/webhooks/github')).toBe(200);
});

test('Prometheus reads what docs/metrics.md says', async () => {
  const known = new Map(commandBlocks('docs/metrics.md').map(({ name, text }) => [name, text]));
  expect([...known.keys()]).toEqual(['metrics-read', 'metrics-service']);
  const read = async (): Promise<Exposition> => parseExposition(await (await fetch(`${metrics}/metrics`)).text());
  const drift = { namespace: 'default', name: 'nginx-prod', group: 'apps', kind: 'Deployment', outcome: 'reverted' };
  await prepare('kubectl scale deployment nginx --namespace prod --replicas 0');
  while ((await read()).value('plumbline_application_drift_total', drift) === undefined);
  const { output, failed } = await runShell(
    (known.get('metrics-read') ?? '').replace('http://127.0.0.1:9464', metrics),
  );
  expect(failed).toEqual([]);
  expect(output).toMatch(/^plumbline_application_syncs_total\{.*outcome="succeeded".*\} [1-9]/m);
  expect((await runShell(known.get('metrics-service') ?? '')).output).toContain('prometheus.io/port: "9464"');
  const { value } = await read();
  expect(value('plumbline_leader')).toBe(1);
  expect(value('plumbline_build_info')).toBe(1);
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(0);
  expect(value('nodejs_eventloop_lag_p99_seconds')).toBeDefined();
  expect(
    value('plumbline_git_operation_duration_seconds_count', { operation: 'fetch', outcome: 'succeeded' }),
  ).toBeGreaterThan(0);
  expect(value('plumbline_render_duration_seconds_count', { purpose: 'sync', outcome: 'rendered' })).toBeGreaterThan(0);
  expect(value('plumbline_commit_to_applied_seconds_count')).toBeGreaterThan(0);
  expect(value('plumbline_api_requests_total', { verb: 'apply', code: '200' })).toBeGreaterThan(0);
  expect((await runShell(`curl -sf ${metrics}/readyz ${metrics}/healthz`)).failed).toEqual([]);
});

test('Ctrl-C ends the listener with the controller', async () => {
  controller.signal('SIGINT');
  expect((await controller.ended).exitCode).toBe(130);
  expect((await runShell(`curl -s ${address}/healthz`)).failed).toHaveLength(1);
  expect((await runShell(`curl -s ${metrics}/healthz`)).failed).toHaveLength(1);
});
