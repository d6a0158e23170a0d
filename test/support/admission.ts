import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { kubeconfigPath } from './cluster.ts';
import { commandBlocks } from './documents.ts';
import type { GitOpsBench } from './gitops.ts';
import { temporaryFolder } from './folder.ts';
import { kubectlFolder } from './kubectl.ts';
import { limit } from './limit.ts';

/** What kubectl came to. */
export interface KubectlRun {
  readonly isDone: boolean;
  /** What it wrote to standard output and standard error, together. */
  readonly text: string;
}

/** Runs the real kubectl in the namespace as somebody; the editor of the bench where nobody is named. */
export async function kubectlAs(
  bench: Pick<GitOpsBench, 'namespace' | 'editor'>,
  args: readonly string[],
  { as = [bench.editor], input }: { readonly as?: readonly string[]; readonly input?: object } = {},
): Promise<KubectlRun> {
  const [user = '', ...groups] = as;
  const who = ['--as', user, ...groups.flatMap((group) => ['--as-group', group])];
  const file = input === undefined ? [] : ['-f', await fileOf(input)];
  const all = ['--kubeconfig', kubeconfigPath(), '-n', bench.namespace, ...who, ...args, ...file];
  // Where it remembers what the server offers: with the cluster of this run, and gone with it.
  const env = { HOME: dirname(kubeconfigPath()) };
  return new Promise((resolve) => {
    execFile(join(kubectlFolder, 'kubectl'), all, { env, timeout: 180_000 }, (error, stdout, stderr) => {
      resolve({ isDone: error === null, text: `${stdout}${stderr}` });
    });
  });
}

/** Runs a block of docs/admission.md as its reader would, for the namespace of the bench in the place of `models`. */
export async function runDocumented({ namespace }: Pick<GitOpsBench, 'namespace'>, name: string): Promise<void> {
  const block = commandBlocks('docs/admission.md').find((each) => each.name === name);
  if (block === undefined) throw new Error(`the page has no block ${name}`);
  const env = {
    PATH: `${kubectlFolder}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: kubeconfigPath(),
    HOME: dirname(kubeconfigPath()),
  };
  await promisify(execFile)('bash', ['-euc', block.text.replaceAll('models', namespace)], { env, timeout: 180_000 });
}

async function fileOf(object: object): Promise<string> {
  const path = join(temporaryFolder(), 'object.json');
  await writeFile(path, JSON.stringify(object));
  return path;
}

/**
 * Tries something until it comes to what is wanted: the API server tells nobody when a policy or a webhook is in force.
 * @throws Error with what it came to last, where that takes too long
 */
export async function untilRun(
  run: () => Promise<KubectlRun>,
  isWanted: (run: KubectlRun) => boolean,
): Promise<KubectlRun> {
  const signal = limit();
  for (;;) {
    const done = await run();
    if (isWanted(done)) return done;
    if (signal.aborted) throw new Error(`it came to no other end: ${done.text}`);
  }
}

/** Takes away what a controller of the bench has left in the cluster for all namespaces. */
export async function removeAdmission({ kube, namespace }: GitOpsBench): Promise<void> {
  const group = '/apis/admissionregistration.k8s.io/v1';
  const kinds = ['validatingwebhookconfigurations', 'validatingadmissionpolicybindings', 'validatingadmissionpolicies'];
  for (const kind of kinds) {
    const { items = [] } = await kube.call('GET', `${group}/${kind}`);
    const name = `plumbline-admission.${namespace}`;
    if (items.some(({ metadata }) => metadata.name === name)) await kube.call('DELETE', `${group}/${kind}/${name}`);
  }
}
