import { dump } from 'js-yaml';
import { onTestFinished } from 'vitest';
import type { OperatorStatus } from '../../src/operator/index.ts';
import { createRenderer, type Renderer } from '../../src/render/index.ts';
import { exampleFile } from './canary.ts';
import { clusterAccess } from './cluster.ts';
import { type ControllerBench, openControllerBench } from './controller.ts';
import { anyDefinition, installDefinition } from './crds.ts';
import type { TestRepository } from './git-workshop.ts';
import { connect, type KubeCall, type SeenObject } from './kube-call.ts';
import { limit } from './limit.ts';

/** What the shops of a file share. */
export interface ShopParts {
  readonly kube: KubeCall;
  readonly renderer: Renderer;
  close(): Promise<void>;
}

/** Puts the definitions that the example needs into the cluster. */
export async function openShopParts(): Promise<ShopParts> {
  const kube = connect(clusterAccess());
  const renderer = createRenderer({ host: 'wasm', workers: 1 });
  await installDefinition(kube, (await exampleFile('crd.yaml')) as Parameters<typeof installDefinition>[1]);
  await installDefinition(kube, anyDefinition('VirtualService', 'networking.istio.io'));
  return {
    kube,
    renderer,
    async close() {
      await renderer.close();
      kube.close();
    },
  };
}

/** What the example tells in the status of its resources. */
export interface CanaryStatus extends OperatorStatus {
  readonly history?: readonly { readonly promoted: boolean; readonly image: string }[];
}
export type SeenCanary = Omit<SeenObject, 'status'> & { readonly status?: CanaryStatus };

/** A repository that people commit to and look into. */
export type Committed = Pick<TestRepository, 'url' | 'git'> & {
  commit(changes: Readonly<Record<string, string>>, options: { readonly message: string }): Promise<string>;
};

/** A namespace with a canary of `web`. */
export interface Shop {
  readonly bench: ControllerBench;
  readonly namespace: string;
  /** Commits the Deployment `web` with this image, as a person does. */
  release(image: string): Promise<string>;
  /** Has the controller look at the repository now. */
  fetch(): void;
  /** Of the canaries on the API server. */
  readonly path: string;
  canary(isWanted: (status: CanaryStatus) => boolean): Promise<SeenCanary>;
  /** Actions and messages of all commits, the first one first. */
  subjects(): Promise<readonly string[]>;
  /** Paths that a commit changed. */
  changed(commit: string): Promise<readonly string[]>;
}

/** The Deployment that people release. */
export const deployment = (image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
  },
});

/** A namespace whose objects lie in a repository, a controller that syncs it, and a canary of `web`. */
export async function openShop(
  { kube, renderer }: ShopParts,
  prefix: string,
  repository: Committed,
  spec: object = {},
): Promise<Shop> {
  const bench = await openControllerBench(prefix, { shared: renderer });
  onTestFinished(() => bench.close());
  const { namespace } = bench;
  const file = `namespaces/${namespace}/Deployment/web/web.yaml`;
  const release = async (image: string): Promise<string> => {
    const commit = await repository.commit({ [file]: dump(deployment(image)) }, { message: `Release ${image}` });
    pushed.trigger();
    return commit;
  };
  let pushed = { trigger: (): void => undefined };
  await release('web:1');
  await bench.createRepository({ url: repository.url });
  const source = { repositoryRef: { name: 'apps' }, path: `namespaces/${namespace}`, directory: { recurse: true } };
  const sync = { automated: true, prune: true };
  await bench.createApplication('shop', { source, destination: { namespace }, sync });
  const controller = bench.start();
  pushed = { trigger: () => controller.trigger(repository.url) };
  triggers.add(pushed.trigger);
  onTestFinished(() => void triggers.delete(pushed.trigger));
  await controller.started;
  const path = `/apis/examples.plumbline.dev/v1/namespaces/${namespace}/canarydeployments`;
  const canary = (await exampleFile('canary.yaml')) as { readonly spec: object };
  await kube.call('POST', path, {
    ...canary,
    metadata: { name: 'web' },
    spec: { ...canary.spec, analysisPeriodSeconds: 0, stepSeconds: 1, stepWeight: 50, ...spec },
  });
  return {
    bench,
    namespace,
    release,
    fetch: () => pushed.trigger(),
    path,
    canary: async (isWanted) =>
      (await kube.until(
        path,
        ({ status }) => status !== undefined && isWanted(status as CanaryStatus),
        limit(),
      )) as SeenCanary,
    async subjects() {
      const text = await repository.git('log', '--reverse', '--format=%s', 'main');
      return text
        .trim()
        .split('\n')
        .map((line) => {
          if (!line.startsWith('{')) return line;
          const { Action, Message } = JSON.parse(line) as { Action: string; Message: string };
          return Message === '' ? Action : `${Action}: ${Message}`;
        });
    },
    async changed(commit) {
      const text = await repository.git('show', '--format=', '--name-only', commit);
      return text
        .trim()
        .split('\n')
        .map((path_) => path_.replace(`namespaces/${namespace}/`, ''))
        .toSorted();
    },
  };
}

const triggers = new Set<() => void>();
/** Has the controllers of all shops look at their repositories. */
export const onPush = (): void => {
  for (const trigger of triggers) trigger();
};

/** Whether a canary rests in a phase. */
export const settledIn = (phase: string) => (status: CanaryStatus) =>
  status.phase === phase &&
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

/** The `gitSync` block for a repository. */
export function gitSync(repository: { readonly url: string }, more: object = {}): object {
  return { enabled: true, repository: repository.url, branch: 'main', path: 'namespaces', format: 'yaml', ...more };
}
