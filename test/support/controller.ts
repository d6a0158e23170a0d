import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application, Repository } from '../../src/api/index.ts';
import { type Log, runController, type RunningController, type RunOptions } from '../../src/controller/index.ts';
import { createKubeClient, type KubeClient, loadClusterConfig } from '../../src/kube/index.ts';
import { createRenderer, type Renderer } from '../../src/render/index.ts';
import { clusterAccess, kubeconfigPath, namespaceName } from './cluster.ts';
import { installCrds } from './crds.ts';
import { createTestRepository, type TestRepository } from './git-repository.ts';
import { connect, type KubeCall, type SeenObject } from './kube-call.ts';
import { limit } from './limit.ts';

/** Everything that a test of the controller needs, in a namespace of its own. */
export interface ControllerBench {
  readonly namespace: string;
  readonly kube: KubeCall;
  /** The client that the controller uses: its counters tell the calls that were made. */
  readonly client: KubeClient;
  readonly renderer: Renderer;
  readonly repository: TestRepository;
  /** Lines that the controller logged. */
  readonly logged: readonly { readonly level: string; readonly message: string; readonly fields: object }[];
  /** What the controllers log to. */
  readonly log: Log;
  /** Starts a controller that looks after this namespace alone, or after all of the cluster; several may run. */
  start(options?: Partial<RunOptions> & { readonly everywhere?: true }): Pick<
    RunningController,
    'started' | 'receive' | 'isReady' | 'views' | 'changes' | 'gitops' | 'admission' | 'past'
  > & {
    stop(): Promise<void>;
    /** Fetches the repository of this bench now, or another one. */
    trigger(url?: string): void;
  };
  /** Creates the Repository `apps` of this bench, or one of another name. */
  createRepository(spec?: Partial<Repository['spec']>, name?: string): Promise<void>;
  /** Its source is the Repository `apps` where the spec names none. */
  createApplication(name: string, spec: object, annotations?: Record<string, string>): Promise<void>;
  patchApplication(name: string, patch: object): Promise<void>;
  /** Waits until the Application is as wanted. */
  application(name: string, isWanted: (application: Application) => boolean): Promise<Application>;
  /** Waits until each of them was as wanted at some time. */
  applications(
    names: readonly string[],
    isWanted: (application: Application) => boolean,
  ): Promise<ReadonlyMap<string, Application>>;
  close(): Promise<void>;
}

const apiPath = '/apis/plumbline.dev/v1alpha1';

/** Whether the Application is Synced and Healthy at this commit. */
export function isReadyAt(commit: string): (application: Application) => boolean {
  return ({ status }) => status?.revision === commit && hasCondition('Ready', 'True')({ status } as Application);
}

/** Whether a condition has this status, and this reason where one is given. */
export function hasCondition(type: string, status: string, reason?: string): (application: Application) => boolean {
  return (application) =>
    application.status?.conditions?.some(
      (condition) =>
        condition.type === type && condition.status === status && (reason === undefined || condition.reason === reason),
    ) ?? false;
}

/** The message of a condition. */
export function messageOf(application: Application, type: string): string {
  return application.status?.conditions?.find((condition) => condition.type === type)?.message ?? '';
}

/**
 * A namespace, a repository, a client and a renderer, and the means to start controllers on them. A renderer
 * that is given stays the caller's: it takes a second to start, which the tests of a file can share.
 */
export async function openControllerBench(
  prefix: string,
  { kubeconfig = kubeconfigPath(), shared }: { readonly kubeconfig?: string; readonly shared?: Renderer } = {},
): Promise<ControllerBench> {
  const namespace = namespaceName(prefix);
  // What is opened last is closed first, also where one of them fails: the controllers before all that they use.
  await using opening = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-controller-'));
  opening.defer(() => rm(directory, { recursive: true, force: true }));
  const repository = opening.adopt(await createTestRepository(), (opened) => opened.remove());
  const kube = opening.adopt(connect(clusterAccess(kubeconfig)), (opened) => opened.close());
  await installCrds(kube);
  await kube.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const client = opening.adopt(createKubeClient(await loadClusterConfig({ kubeconfig })), (opened) => opened.close());
  const renderer = shared ?? opening.adopt(createRenderer({ host: 'wasm', workers: 1 }), (opened) => opened.close());
  const logged: { level: string; message: string; fields: object }[] = [];
  let started = 0;
  const stops = new Set<() => Promise<void>>();
  opening.defer(async () => void (await Promise.all([...stops].map((stop) => stop()))));

  const logAt = (level: string) => (fields: object, message: string) => void logged.push({ level, message, fields });
  const log: Log = { info: logAt('info'), warn: logAt('warn'), error: logAt('error'), debug: logAt('debug') };
  const collection = `${apiPath}/namespaces/${namespace}`;
  const opened = opening.move();

  return {
    namespace,
    kube,
    client,
    renderer,
    repository,
    logged,
    log,
    start({ everywhere, ...options } = {}) {
      const stop = new AbortController();
      const controller = runController({
        client,
        renderer,
        mirrors: join(directory, 'mirrors'),
        artifacts: join(directory, 'artifacts'),
        allowFileUrls: true,
        namespace,
        ...(everywhere === true ? {} : { watchNamespace: namespace }),
        identity: `test-${(started += 1)}`,
        version: '0.0.0',
        log,
        now: Date.now,
        random: Math.random,
        signal: stop.signal,
        ...options,
      });
      const end = async (): Promise<void> => {
        stops.delete(end);
        stop.abort();
        await controller.ended;
      };
      stops.add(end);
      return { ...controller, stop: end, trigger: (url = repository.url) => controller.trigger(url) };
    },
    async createRepository(spec = {}, name = 'apps') {
      await kube.call('POST', `${collection}/repositories`, {
        apiVersion: 'plumbline.dev/v1alpha1',
        kind: 'Repository',
        metadata: { name, namespace },
        // Long, so that a commit arrives by the trigger or not at all.
        spec: { url: repository.url, interval: '1h', ...spec },
      });
    },
    async createApplication(name, spec, annotations = {}) {
      await kube.call('POST', `${collection}/applications`, {
        apiVersion: 'plumbline.dev/v1alpha1',
        kind: 'Application',
        metadata: { name, namespace, annotations },
        spec: 'sources' in spec ? spec : { source: { repositoryRef: { name: 'apps' } }, ...spec },
      });
    },
    async patchApplication(name, patch) {
      await kube.call('PATCH', `${collection}/applications/${name}`, patch);
    },
    application: async (name, isWanted) =>
      (await kube.until(
        `${collection}/applications`,
        (seen) => seen.metadata.name === name && isWanted(seen as unknown as Application),
        limit(),
      )) as unknown as Application,
    async applications(names, isWanted) {
      const found = new Map<string, Application>();
      // One watch tells of all of them: a watch for each would begin with all the others each time.
      for (const name of names) {
        const isNext = (seen: SeenObject): boolean => {
          const application = seen as unknown as Application;
          if (isWanted(application)) found.set(seen.metadata.name, application);
          return found.has(name);
        };
        if (!found.has(name)) {
          await kube.until(`${collection}/applications`, isNext, limit());
        }
      }
      return found;
    },
    close: () => opened.disposeAsync(),
  };
}
