import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedPlumb, startBuilt, userEnvironment } from '../support/built.ts';
import { commandBlocks, shownBlock } from '../support/documents.ts';
import { kubectlFolder } from '../support/kubectl.ts';
import { shell, type ShellResult } from '../support/shell.ts';

/**
 * What the pages on the way up show is done as it stands there, with the built program, the real control plane and curl:
 * what goes into files too. The tests are one story and run in order.
 */
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-way-up-'));
const blocks = new Map(
  [
    ...commandBlocks('docs/api.md'),
    ...commandBlocks('docs/gitops-namespaces.md'),
    ...commandBlocks('docs/audit-and-restore.md').filter(({ name }) => name !== 'audit'),
    ...commandBlocks('docs/drift-capture.md'),
    ...commandBlocks('docs/operators.md'),
  ].map(({ name, text }) => [name, text]),
);

let env: Record<string, string>;
let started: StartedPlumb;

/** The commands of a block, with the addresses of this installation. */
function block(name: string): string {
  const text = blocks.get(name);
  if (text === undefined) throw new Error(`no page has a block ${name}`);
  return text.replaceAll('https://plumbline.example.com', started.facts.api?.url ?? '');
}

function run(script: string): Promise<ShellResult> {
  return shell(script, folder, env).ended;
}

/** Runs commands that all have to go well, and answers with what they wrote. */
async function done(script: string): Promise<string> {
  const { output, failed, exitCode } = await run(script);
  expect({ failed, exitCode, output: exitCode === 0 && failed.length === 0 ? '' : output }).toEqual({
    failed: [],
    exitCode: 0,
    output: '',
  });
  return output;
}

function write(name: string, content: string): void {
  writeFileSync(join(folder, name), content);
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
  started = await startBuilt([], env);
  env = { ...env, KUBECONFIG: started.facts.kubeconfig, PLUMB_SERVER: started.facts.api?.url ?? '' };
  await done('kubectl wait --for=condition=Ready application --all --timeout=2m');
  await done(`git clone --quiet ${started.facts.cloneUrl} k8s-apps`);
});

afterAll(async () => {
  started?.child.kill('SIGTERM');
  await started?.ended;
  rmSync(folder, { recursive: true, force: true });
});

test('every block of commands of these pages is run here', () => {
  expect([...blocks.keys()]).toEqual([
    'api',
    'api-events',
    'gitops-changes',
    'restore',
    'restore-http',
    'capture',
    'gitsync',
  ]);
});

test('a program asks the API, and is told of changes', async () => {
  const output = await done(block('api'));
  const [list = '', diff = '', asked = '', missing = ''] = output
    .slice(output.indexOf('{"items"'))
    .split(/(?<=\})\n?(?=\{)/);
  expect(JSON.parse(list)).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ kind: 'Application' })]),
  });
  expect(JSON.parse(diff)).toMatchObject({ items: [], problems: [] });
  expect(JSON.parse(asked)).toMatchObject({ request: expect.any(String) });
  expect(JSON.parse(missing)).toMatchObject({ status: 404, code: 'server.missing' });
  const events = shell(block('api-events'), folder, env);
  await events.until(/event: begin/);
  await done('kubectl annotate application nginx-prod seen=yes');
  await events.until(/event: change\nid: \S+\ndata: \{"kind":"Application","namespace":"default","name":"nginx-prod"/);
  events.signal('SIGINT');
  await events.ended;
});

test('a namespace is maintained by Git, and changes of it become commits', async () => {
  const { cloneUrl } = started.facts;
  const namespace = shownBlock('docs/gitops-namespaces.md', 'gitops-namespace').replace(
    'https://git.example.com/team/models.git',
    cloneUrl,
  );
  expect(namespace).toContain(cloneUrl);
  write('models.yaml', namespace);
  await done('kubectl apply -f models.yaml && kubectl wait --for=create application/gitops -n models --timeout=2m');
  // Whoever runs the commands of this page may write there.
  await done('kubectl create rolebinding robot --clusterrole admin --serviceaccount default:robot -n models');
  await done(
    'kubectl create rolebinding robot-acts --clusterrole plumbline-operator --serviceaccount default:robot -n models',
  );
  const output = await done(block('gitops-changes'));
  expect(output.match(/"state":"Committed","commit":"[0-9a-f]{40}"/g)).toHaveLength(2);
  expect(output.match(/"sync":\{"state":"synced"/g)).toHaveLength(2);
  expect(output.match(/s3:\/\/models\/iris\/2/g)?.length).toBeGreaterThan(1);
  expect(output).toMatch(/^op-\S+ .*Committed/m);
  const subjects = await done('git -C k8s-apps pull --quiet && git -C k8s-apps log -2 --format=%s');
  expect(
    subjects
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { Action: 'update', Message: 'A better one', Author: 'system:serviceaccount:default:robot' },
    { Action: 'create', Message: 'First model', Author: 'system:serviceaccount:default:robot' },
  ]);
});

test('the audit log tells who, and an object is restored and reverted', async () => {
  await done('plumb login --server "$PLUMB_SERVER" --token-file <(sed "s/.*Bearer //" header)');
  write('role.yaml', shownBlock('docs/audit-and-restore.md', 'restore-role').replace('team-a', 'models'));
  await done('kubectl apply -f role.yaml');
  const may =
    'kubectl create role goes-back-maps --resource configmaps --verb get,create,patch,restore,revert -n models';
  const bind = 'kubectl create rolebinding goes-back --role goes-back-maps --serviceaccount default:robot -n models';
  await done(`${may} && ${bind}`);
  await done(
    'until kubectl auth can-i restore configmaps -n models --as system:serviceaccount:default:robot; do :; done',
  );
  const output = await done(`${block('restore')}\n${block('restore-http')}`);
  expect(output).toMatch(/A better one\n.*First model/);
  // What each dry run shows, and what was restored.
  expect(output.match(/^\+ +"model": "s3:\/\/models\/iris\/1"$/gm)).toHaveLength(2);
  expect(output).toMatch(/Committed as [0-9a-f]{40}/);
  expect(output).toContain('"state":"Committed"');
  await done(`kubectl wait --for=jsonpath='{.data.model}'=s3://models/iris/2 configmap/iris -n models --timeout=2m`);
});

test('an operator hands its changes over', async () => {
  write('role.yaml', shownBlock('docs/operators.md', 'gitsync-role'));
  write('change.json', shownBlock('docs/operators.md', 'gitsync-change'));
  await done('kubectl create namespace shop');
  const gitops = 'plumbline.dev/git-path=namespaces plumbline.dev/git-repo=';
  await done(`kubectl annotate namespace shop ${gitops}${started.facts.cloneUrl}`);
  await done('kubectl label namespace shop plumbline.dev/gitops=enabled');
  await done('kubectl wait --for=create application/gitops -n shop --timeout=2m');
  const output = await done(block('gitsync'));
  expect(output).toMatch(/"state":"Committed","commit":"[0-9a-f]{40}"/);
  expect(output).toContain('"state":"synced"');
  expect(await done('kubectl get deployment web -n shop -o name')).toBe('deployment.apps/web\n');
});

test('what somebody does by hand is captured', async () => {
  const output = await done(block('capture'));
  expect(output).toContain('"Action":"Drift captured"');
  expect(output).toMatch(/spec\.replicas changed by kubectl/);
  expect(await done('kubectl get deployment nginx -n prod -o jsonpath={.spec.replicas}')).toBe('4');
});
