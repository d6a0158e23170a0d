import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWell, untilApplication } from '../support/applications.ts';
import { type StartedPlumb, startBuilt, userEnvironment } from '../support/built.ts';
import { clusterAccess } from '../support/cluster.ts';
import { commandBlocks } from '../support/documents.ts';
import { connect, type KubeCall } from '../support/kube-call.ts';
import { kubectl, kubectlFolder } from '../support/kubectl.ts';
import { shell, type ShellResult } from '../support/shell.ts';
import { makeSignedClone } from '../support/signed-clone.ts';
import { cloneWorkTree, type WorkTree } from '../support/work-tree.ts';

/**
 * Every example of docs/cli.md, which is also every example that `--help` shows, is run by bash with the built
 * program. Where nothing else is said of an example, it runs beside a `plumb start` and ends with 0.
 */
interface Expectation {
  /** `plain`: with a cluster that holds nothing but what these examples put there. */
  readonly world?: 'plain';
  readonly exitCode?: number;
  /** What it has to write. */
  readonly writes?: RegExp;
  /** It goes on until Ctrl-C; it is ended once it has written this. */
  readonly endless?: RegExp;
  /** The example as it has to be called here. */
  readonly called?: (example: string) => string;
}

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-examples-'));
const bin = join(folder, 'bin');

let started: StartedPlumb;
let kube: KubeCall;
let work: WorkTree;
let env: Record<string, string>;
let plain = '';

/** Commands as a person types them in a clone on `my-branch`; the exit code is that of the last. */
function inBranch(script: string): string {
  return `cd ${work.folder} && git checkout --quiet my-branch\n${script}\nstatus=$?\ngit checkout --quiet main\nexit $status`;
}

/** A command in a clone whose commits and tag are signed. */
const inSigned = (example: string): string => `cd ${join(folder, 'signed')}\n${example}`;

/** A command in a clone of the examples. */
const inClone = (example: string): string => `cd ${work.folder}\n${example}`;

/** The example at the server of `plumb start`, which has tokens of Kubernetes and links, and no OIDC issuer. */
const atServer = (example: string): string =>
  example.replaceAll('https://plumbline.example.com', started.facts.api?.url ?? 'none');
const robot = 'kubectl create serviceaccount robot --dry-run=client -o yaml | kubectl apply -f - >&2';
const signInAsRobot = 'kubectl create token robot | plumb login --server https://plumbline.example.com --token-file -';
const signedIn = (example: string): string => atServer(`${robot}\n${signInAsRobot}\n${example}`);

const push = 'examples/k8s-apps/overlays/prod -n prod';
const expectations: Readonly<Record<string, Expectation>> = {
  'plumb get': { writes: /nginx-prod +Synced +Healthy/ },
  'plumb get -A -o wide': { writes: /default +nginx-prod/ },
  'plumb get nginx-prod -o yaml': { writes: /^apiVersion: plumbline\.dev\/v1alpha1\nkind: Application\n/ },
  'plumb get repositories': { writes: /k8s-apps/ },
  'plumb describe nginx-prod': { writes: /Sync: +Synced/ },
  'plumb tree nginx-prod': { writes: /Deployment.*nginx(.|\n)*Pod/i },
  'plumb tree nginx-prod -o name': { writes: /^deployment\.apps\/nginx$/m },
  'plumb diff nginx-prod --revision my-branch': { exitCode: 1, writes: /@@ spec\.replicas @@.*\n-5\n\+7\n/ },
  'plumb diff --base main --head my-branch': {
    exitCode: 1,
    called: (example) => `cd ${work.folder}\n${example}`,
    writes: /# default\/nginx-prod: 1 changed(.|\n)*-  replicas: 5\n\+  replicas: 7\n/,
  },
  'plumb diff --base origin/main --path overlays/prod --offline -o markdown': {
    exitCode: 1,
    called: (example) => inBranch(example),
    writes: /### Plumbline preview(.|\n)*\*\*1 Application would change; nothing risky was found\.\*\*/,
  },
  [`plumb diff --path ${push} --create-namespace`]: { world: 'plain', exitCode: 1, writes: /replicas: 3/ },
  'plumb audit --folder . --path overlays/prod': { called: inClone, writes: /COMMIT +AGE +USER +ACTION +MESSAGE/ },
  'plumb audit --folder . --since 7d --user ada@example.org -o wide': { called: inClone, writes: /No commit fits/ },
  'plumb audit --folder . --commit HEAD': { called: inClone, writes: /^(?:added|modified) /m },
  'plumb audit Deployment.apps/web -n team-a --folder .': { called: inClone, writes: /No commit fits/ },
  // What these do for whoever may is tried by src/cli/commands/restore.cluster.test.ts.
  'plumb audit Deployment.apps/web -n team-a --server https://plumbline.example.com': {
    called: signedIn,
    exitCode: 1,
    writes: /auth\.forbidden/,
  },
  'plumb restore Deployment.apps/web -n team-a --to 4f2c91d --dry-run': {
    called: signedIn,
    exitCode: 1,
    writes: /auth\.forbidden/,
  },
  "plumb restore Deployment.apps/web -n team-a --to 4f2c91d --message 'It was too slow'": {
    called: signedIn,
    exitCode: 1,
    writes: /auth\.forbidden/,
  },
  'plumb restore -n team-a --to 4f2c91d': { called: signedIn, exitCode: 1, writes: /auth\.forbidden/ },
  'plumb revert 4f2c91d -n team-a --dry-run': { called: signedIn, exitCode: 1, writes: /auth\.forbidden/ },
  "plumb revert 4f2c91d Deployment.apps/web -n team-a --message 'It was the wrong image'": {
    called: signedIn,
    exitCode: 1,
    writes: /auth\.forbidden/,
  },
  // What these do for whoever may is tried by src/cli/commands/set.cluster.test.ts.
  ...Object.fromEntries(
    [
      'plumb set shop Deployment.apps/web spec.replicas=3 -n team-a --dry-run',
      "plumb set shop Deployment.apps/web spec.replicas=3 -n team-a --message 'More load' --wait",
      "plumb set shop Deployment.apps/web 'spec.template.spec.containers[name=web].image=nginx:1.29' -n team-a",
      `plumb patch shop Deployment.apps/web -p '{"spec":{"replicas":3}}' -n team-a --dry-run`,
      `plumb patch shop Deployment.apps/web --type json -p '[{"op":"remove","path":"/spec/paused"}]' -n team-a`,
      "EDITOR='code --wait' plumb edit shop Deployment.apps/web -n team-a",
      // And by src/cli/commands/action.cluster.test.ts.
      'plumb actions deployment/web -n team-a',
      'plumb actions cronjob/backup -n team-a -o wide',
      'plumb action restart deployment/web -n team-a',
      "plumb action scale deployment/web -n team-a --param replicas=3 --message 'More load' --wait",
      'plumb action run cronjob/backup -n team-a',
    ].map((example) => [example, { called: signedIn, exitCode: 1, writes: /auth\.forbidden/ }]),
  ),
  'plumb history nginx-prod': { writes: /Succeeded +automated/ },
  'plumb history nginx-prod -o wide': { writes: /[0-9a-f]{40} +Succeeded/ },
  'plumb logs nginx-prod': { writes: / Synced / },
  'plumb logs nginx-prod -f': { endless: / Synced / },
  'plumb sync nginx-prod --healthy --timeout 2m': { writes: /nginx-prod/ },
  'plumb sync nginx-prod --prune --dry-run': { writes: /Nothing would be pruned/ },
  'plumb approve nginx-prod': { exitCode: 1, writes: /cli\.nothing-to-approve/ },
  'plumb approve nginx-prod --yes': { exitCode: 1, writes: /cli\.nothing-to-approve/ },
  [`plumb sync --path ${push} --create-namespace`]: { world: 'plain', writes: /deployment\.apps\/nginx created\n/ },
  [`plumb sync --path ${push} --dry-run`]: {
    world: 'plain',
    writes: /deployment\.apps\/nginx unchanged \(dry run\)\n/,
  },
  'plumb rollback nginx-prod': { writes: /nginx-prod is held at / },
  'plumb rollback nginx-prod 4f2c91d': {
    called: (example) => example.replace('4f2c91d', work.git('rev-parse', 'HEAD~1').slice(0, 7)),
    writes: /nginx-prod is held at /,
  },
  'plumb rollback nginx-prod 2': { writes: /nginx-prod is held at / },
  // What this does for whoever may is tried by src/cli/commands/rollback.cluster.test.ts.
  "plumb rollback nginx-prod 2 --commit --message 'It was too slow'": {
    called: signedIn,
    exitCode: 1,
    writes: /auth\.forbidden/,
  },
  'plumb rollback nginx-prod --release': { writes: /follows Git again/ },
  'plumb health -f examples/health/certificate.yaml': { writes: /certificate\.cert-manager\.io\/web +Degraded/ },
  'plumb health -f examples/health/certificate.yaml -f examples/health/widget.yaml -o name': {
    writes: /^Degraded\nHealthy\n$/,
  },
  'kubectl get deployments -A -o yaml | plumb health -f -': { writes: /deployment\.apps\/nginx +Healthy/ },
  'plumb health -f examples/health/widget.yaml --rules examples/health/application.yaml': {
    writes: /widget\.example\.dev\/engine +Progressing +Assembling: 2 parts/,
  },
  'plumb render examples/k8s-apps/overlays/prod': { writes: /kind: Deployment(.|\n)*replicas: 3/ },
  'plumb render examples/k8s-apps/charts/greeter -f examples/k8s-apps/environments/prod/greeter.yaml': {
    writes: /kind: PodDisruptionBudget/,
  },
  'plumb render examples/k8s-apps/base --type directory --exclude kustomization.yaml -o name': {
    writes: /^deployment\.apps\/nginx$/m,
  },
  'plumb start': { endless: /Ctrl-C ends it all/, called: (example) => `KUBECONFIG= ${example} --data one` },
  'plumb start --context staging': { world: 'plain', endless: /Ctrl-C ends it all/ },
  'plumb start --exit-when-synced': {
    called: (example) => `KUBECONFIG= ${example} --data two`,
    writes: /nginx-prod +Synced +Healthy/,
  },
  'plumb cluster start': { world: 'plain', writes: /State: +ready/ },
  'plumb cluster start --durable --directory ./cluster': { writes: /kept when it stops/ },
  'plumb cluster stop': { world: 'plain', writes: /The cluster has stopped\./ },
  'plumb cluster status': { world: 'plain', writes: /State: +ready/ },
  'export KUBECONFIG=$(plumb cluster status -o name)': {
    world: 'plain',
    called: (example) => `${example}\nkubectl get namespaces`,
    writes: /kube-system +Active/,
  },
  'plumb install': { world: 'plain', writes: /applications\.plumbline\.dev/ },
  'plumb install --dry-run -o yaml': { writes: /kind: CustomResourceDefinition/ },
  'plumb run': { world: 'plain', endless: /leading/ },
  'plumb run -n team-a': { world: 'plain', endless: /leading/ },
  "plumb run --egress-allow github.com --egress-allow '*.example.com' --egress-allow 10.20.0.0/16": {
    world: 'plain',
    endless: /leading/,
  },
  'plumb run --webhook-address 0.0.0.0:8080': {
    world: 'plain',
    called: (example) => example.replace('0.0.0.0:8080', '127.0.0.1:0'),
    endless: /^(?=[^]*listening for webhooks)(?=[^]*leading)/,
  },
  'plumb run --metrics-address 127.0.0.1:9464': {
    world: 'plain',
    called: (example) => example.replace(':9464', ':0'),
    endless: /^(?=[^]*listening for Prometheus)(?=[^]*leading)/,
  },
  'plumb run --api-address 127.0.0.1:8090': {
    world: 'plain',
    called: (example) => example.replace(':8090', ':0'),
    endless: /^(?=[^]*listening for the API)(?=[^]*leading)/,
  },
  'plumb login --server https://plumbline.example.com': {
    // docs/sign-in.md is run with an issuer.
    called: atServer,
    exitCode: 1,
    writes: /has no OIDC issuer/,
  },
  [signInAsRobot]: {
    called: (example) => atServer(`${robot}\n${example}`),
    writes: /Signed in to http.* as system:serviceaccount:default:robot/,
  },
  'plumb logout': { called: signedIn, writes: /Signed out of http/ },
  'plumb logout --everywhere': { called: signedIn, writes: /Signed out of http/ },
  'plumb whoami': { called: signedIn, writes: /User: +system:serviceaccount:default:robot/ },
  'plumb whoami -o name': { called: signedIn, writes: /^system:serviceaccount:default:robot$/m },
  'plumb run -v --log json': { world: 'plain', endless: /"level":.*leading/ },
  'source <(plumb completion bash)': { called: (example) => `${example}\ncomplete -p plumb`, writes: /plumb$/m },
  'plumb completion zsh > "${fpath[1]}/_plumb"': {
    called: (example) => `fpath=(none .)\n${example}\ncat _plumb`,
    writes: /^#compdef plumb/,
  },
  'plumb completion fish > ~/.config/fish/completions/plumb.fish': {
    called: (example) => `mkdir -p ~/.config/fish/completions\n${example}\ncat ~/.config/fish/completions/plumb.fish`,
    writes: /complete -c plumb/,
  },
  'plumb verify --keys allowed_signers': {
    called: inSigned,
    writes: /^commit [0-9a-f]{12} is signed by carol@example\.org /m,
  },
  'plumb verify --keys keys/ --since origin/main': { called: inSigned, writes: / is signed by carol@example\.org / },
  'plumb verify v1.2.3 --mode Tag --keys alice.asc': { called: inSigned, writes: /tag v1\.2\.3 is signed by .*alice/ },
  'plumb version': { writes: /plumb/ },
  'plumb version -o json': { writes: /^\{/ },
};

const examples = commandBlocks('docs/cli.md').flatMap(({ text }) =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('# ')),
);
// The plain cluster is started first and stopped last, whatever the order of the document.
const stop = 'plumb cluster stop';
const start = 'plumb cluster start';
const ofPlain = examples.filter((example) => expectations[example]?.world === 'plain');
const inOrder = [
  ...examples.filter((example) => !ofPlain.includes(example)),
  start,
  'plumb install',
  ...ofPlain.filter((example) => ![start, stop, 'plumb install'].includes(example)),
  stop,
];

beforeAll(async () => {
  mkdirSync(bin);
  symlinkSync(join(root, 'dist', 'cli', 'main.js'), join(bin, 'plumb'));
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  env = userEnvironment({
    HOME: folder,
    PATH: [bin, kubectlFolder, process.env['PATH'] ?? ''].join(delimiter),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  });
  await makeSignedClone(join(folder, 'signed'));
  started = await startBuilt([], env);
  env = { ...env, KUBECONFIG: started.facts.kubeconfig };
  kube = connect(clusterAccess(started.facts.kubeconfig));
  const { signal } = new AbortController();
  const well = (commit: string) =>
    untilApplication(kube, 'default', 'nginx-prod', (state) => isWell(state, commit), signal);
  work = cloneWorkTree(started.facts.cloneUrl, join(folder, 'work'));
  await well(work.git('rev-parse', 'HEAD'));
  work.replace('overlays/prod/kustomization.yaml', 'count: 3', 'count: 5');
  await well(work.push('Scale nginx to 5'));
  work.git('checkout', '--quiet', '-b', 'my-branch');
  work.replace('overlays/prod/kustomization.yaml', 'count: 5', 'count: 7');
  work.git('commit', '--quiet', '--all', '--message', 'Scale nginx to 7');
  work.git('push', '--quiet', 'origin', 'my-branch');
  work.git('checkout', '--quiet', 'main');
});

afterAll(async () => {
  await runShell('plumb cluster stop; plumb cluster stop --directory ./cluster', env);
  kube.close();
  started.child.kill('SIGTERM');
  await started.ended;
  rmSync(folder, { recursive: true, force: true });
});

function runShell(script: string, environment: Record<string, string>): Promise<ShellResult> {
  return shell(script, folder, environment).ended;
}

test('every example is in the document, once', () => {
  expect(inOrder.toSorted()).toEqual([...new Set(examples)].toSorted());
  expect(examples).toEqual(expect.arrayContaining(Object.keys(expectations)));
});

test('every other document that shows commands is known here, and what it shows works', async () => {
  const documents = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'cli.md');
  const showing = documents.filter((name) => commandBlocks(join('docs', name)).length > 0);
  // A test of its own that takes the blocks from the document, by itself or by what it shares with others, runs all others.
  const tests = ['src', 'test'].flatMap((folderOfTests) =>
    readdirSync(join(root, folderOfTests), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('examples.test.ts'))
      .map((name) => readFileSync(join(root, folderOfTests, name), 'utf8')),
  );
  const untested = showing.filter((name) => !tests.some((text) => text.includes(`commandBlocks('docs/${name}')`)));
  expect(untested).toEqual(['local-cluster.md', 'pull-requests.md']);
  const [block, ...others] = commandBlocks('docs/local-cluster.md');
  expect(others).toEqual([]);
  const apart = { ...env, XDG_STATE_HOME: join(folder, 'local-cluster') };
  const { output, failed } = await runShell(block?.text ?? '', apart);
  expect({ failed, output: failed.length === 0 ? '' : output }).toEqual({ failed: [], output: '' });
  expect(output).toMatch(/gone when it stops(.|\n)*The cluster has stopped(.|\n)*kept when it stops(.|\n)*has stopped/);
});

test('what docs/pull-requests.md shows tells what a merge would change, in a pipeline too', async () => {
  const [block] = commandBlocks('docs/pull-requests.md');
  const commands = block?.text.trim().split('\n') ?? [];
  expect(commands).toHaveLength(3);
  const shown = await runShell(inBranch(block?.text ?? ''), env);
  // There is something to be told, each time.
  expect(shown.failed).toEqual(commands);
  expect(shown.output.match(/^-  replicas: 5\n\+  replicas: 7$/gm)).toHaveLength(3);
  // The pipelines themselves cannot run here; what they call of Plumbline is run as it stands there.
  const lines = readFileSync(join(root, 'docs', 'pull-requests.md'), 'utf8').split('\n');
  const called = lines.filter((line) => line.includes('plumb diff') && line.includes('preview.md'));
  expect(called).toHaveLength(2);
  for (const line of called) {
    const variables = {
      ...env,
      GITHUB_BASE_REF: 'main',
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
      KUBECONFIG: '/none',
    };
    const script = `${line.trim().replace(/^- /, '')}\ncat preview.md; rm preview.md; test -z "$(git status --short)"`;
    const { exitCode, output } = await runShell(inBranch(script), variables);
    expect({ exitCode, output }).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('### Plumbline preview'),
    });
  }
});

test.each(inOrder)('%s', async (example) => {
  const { world, exitCode = 0, writes, endless, called } = expectations[example] ?? {};
  const script = called?.(example) ?? example;
  const running = shell(script, folder, world === 'plain' ? { ...env, KUBECONFIG: plain } : env);
  if (endless !== undefined) {
    await running.until(endless);
    running.signal('SIGINT');
  }
  const result = await running.ended;
  const wanted = endless === undefined ? exitCode : 130;
  const seen = { exitCode: result.exitCode, output: result.exitCode === wanted ? '' : result.output };
  expect(seen).toEqual({ exitCode: wanted, output: '' });
  if (writes !== undefined) expect(result.output).toMatch(writes);
  if (example === start) await nameContext();
});

/** The kubeconfig of the plain cluster, with a context that is called as in the examples. */
async function nameContext(): Promise<void> {
  const { output } = await runShell('plumb cluster status -o name', env);
  plain = join(folder, 'staging.kubeconfig');
  writeFileSync(plain, readFileSync(output.trim()));
  const current = await kubectl(['config', 'current-context'], { ...env, KUBECONFIG: plain });
  await kubectl(['config', 'rename-context', current.trim(), 'staging'], { ...env, KUBECONFIG: plain });
}
