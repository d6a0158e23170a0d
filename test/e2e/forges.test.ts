import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWell, untilApplication } from '../support/applications.ts';
import { userEnvironment } from '../support/built.ts';
import { clusterAccess } from '../support/cluster.ts';
import { commandBlocks } from '../support/documents.ts';
import { type GiteaRepository, newGiteaRepository } from '../support/gitea.ts';
import { connect, type KubeCall } from '../support/kube-call.ts';
import { kubectlFolder } from '../support/kubectl.ts';
import { type Shell, shell, type ShellResult } from '../support/shell.ts';

/**
 * What docs/forges.md says is done as it stands there, with the built program, the real control plane and a real Gitea.
 * The tests are one story and run in order.
 */
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-forges-'));
const blocks = new Map(commandBlocks('docs/forges.md').map(({ name, text }) => [name, text]));
const repositories = '/apis/plumbline.dev/v1alpha1/namespaces/default/repositories';

let env: Record<string, string>;
let kube: KubeCall;
let controller: Shell;
let repository: GiteaRepository;

function runShell(script: string): Promise<ShellResult> {
  return shell(script, folder, env).ended;
}

/** Runs a block of the document. @throws Error with what it wrote, where it fails */
async function done(name: string): Promise<string> {
  const { output, failed } = await runShell(blocks.get(name) ?? `echo no block ${name}; false`);
  if (failed.length > 0) throw new Error(`${failed.join(', ')}: ${output}`);
  return output;
}

/** The files of an example, by their path in it. */
function filesOf(example: string): Record<string, string> {
  const base = join(root, 'examples', example);
  const files = readdirSync(base, { recursive: true }).map((file) => join(base, String(file)));
  return Object.fromEntries(
    files.filter((file) => statSync(file).isFile()).map((file) => [relative(base, file), readFileSync(file, 'utf8')]),
  );
}

/** Asks Gitea until it holds this state of the commit. */
async function untilStatus(commit: string, state: string): Promise<{ description: string }> {
  for (;;) {
    const { statuses } = await repository.call<{
      statuses: { context: string; status: string; description: string }[] | null;
    }>('GET', `/commits/${commit}/status`);
    const found = statuses?.find((each) => each.context === 'plumbline/default/nginx-prod' && each.status === state);
    if (found !== undefined) return found;
  }
}

async function push(files: Record<string, string>): Promise<string> {
  const commit = await repository.commit('main', files);
  await kube.call('PATCH', `${repositories}/k8s-apps`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': commit } },
  });
  return commit;
}

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
  const { output, failed } = await runShell('plumb cluster start --directory cluster -o name -q');
  if (failed.length > 0) throw new Error(output);
  env = { ...env, KUBECONFIG: output.trim() };
  kube = connect(clusterAccess(output.trim()));
  repository = await newGiteaRepository(filesOf('k8s-apps'));
  const installed = await runShell('plumb install -q');
  if (installed.failed.length > 0) throw new Error(installed.output);
  controller = shell('plumb run --log json', folder, env);
  await controller.until(/"leading"/);
  await kube.call('POST', repositories, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'k8s-apps' },
    spec: { url: repository.url, interval: '24h' },
  });
  await kube.call('POST', repositories.replace('repositories', 'applications'), {
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
  rmSync(folder, { recursive: true, force: true });
});

test('every block of commands in the document is run here', () => {
  expect([...blocks.keys()]).toEqual(['forges-secret', 'forges-repository', 'forges-events']);
});

test('what became of a commit is told once the document has been followed', async ({ signal }) => {
  const { firstCommit } = repository;
  await untilApplication(kube, 'default', 'nginx-prod', (state) => isWell(state, firstCommit), signal);
  writeFileSync(join(folder, 'token.txt'), `${repository.access.token}\n`);
  await done('forges-secret');
  await done('forges-repository');
  const scale = filesOf('k8s-apps')['overlays/prod/kustomization.yaml']?.replace(/count: .*/, 'count: 4') ?? '';
  const commit = await push({ 'overlays/prod/kustomization.yaml': scale });
  expect((await untilStatus(commit, 'success')).description).toContain('Healthy');
  const broken = await push({ 'overlays/prod/kustomization.yaml': `${scale}\nresource: []\n` });
  expect((await untilStatus(broken, 'failure')).description).toContain('overlays/prod/kustomization.yaml');
});

test('a token that is refused is told of by an Event', async () => {
  await kube.call('PATCH', '/api/v1/namespaces/default/secrets/k8s-apps-forge', {
    stringData: { token: 'f'.repeat(40) },
  });
  await push({ 'overlays/prod/kustomization.yaml': 'kind: [\n' });
  await controller.until(/commit status not set/);
  let events = '';
  while (!events.includes('forge.auth-failed')) events = await done('forges-events');
  expect(events).not.toContain('ffff');
  expect(await controller.until(/commit status not set/)).not.toContain(repository.access.token);
});
