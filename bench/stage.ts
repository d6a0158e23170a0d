import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GitServer, startCluster, startGitServer } from '../src/local/index.ts';
import { createAccount } from './account.ts';
import { type ApiServer, collectionPath, connectApiServer, readAccess } from './api-server.ts';
import type { Counts } from './metrics.ts';
import { type MemoryWatch, watchMemory } from './processes.ts';
import { install, type RendererName, run, type SystemUnderTest } from './system.ts';
import type { Subjects } from './usage.ts';
import { homeNamespace, targetNamespace } from './workload.ts';

/** A cluster, a Git server and a controller that has just been started. */
export interface Stage {
  readonly directory: string;
  readonly gitServer: GitServer;
  readonly api: ApiServer;
  readonly subjects: Subjects & { readonly system: SystemUnderTest };
  readonly memory: MemoryWatch;
  /** Load of the machine over one minute before all this. */
  readonly loadBefore: number;
  /** The processes that the controller has started so far, by what they are. Those that Git starts itself come besides. */
  readonly started: () => Counts;
  /** Ends the controller. */
  readonly stop: () => Promise<void>;
}

/** How a stage is set up. */
export interface StageOptions {
  /** As `compileProgram` gives it. */
  readonly program: string;
  readonly renderer: RendererName;
  readonly nodeFlags: readonly string[];
  readonly onStep: (step: string) => void;
  /** How long what trails after the last Application is counted with it, milliseconds; 5 s where left out. */
  readonly trail?: number;
  /** Further arguments of `plumb run`. */
  readonly runArguments?: readonly string[];
}

const counter = join(import.meta.dirname, 'count-processes.mjs');

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Lends a stage to `body`, and takes it away again. @throws what `body` throws, or that the controller has ended, with what
 * that said last
 */
export async function onStage<Result>(options: StageOptions, body: (stage: Stage) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  const clear = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', clear);
  // Taken away in the reverse order, however far the set-up came: what is left open would keep this process from its end.
  await using taken = new AsyncDisposableStack();
  taken.defer(async () => {
    // Where it failed, something may be about to write there still.
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    process.off('exit', clear);
  });
  const [loadBefore = 0] = loadavg();
  options.onStep('starting a cluster');
  const cluster = taken.use(await startCluster());
  const stopped = new AbortController();
  taken.defer(() => stopped.abort());
  const gitServer = taken.adopt(
    await startGitServer({ root: join(directory, 'git'), signal: stopped.signal }),
    (server) => server.close(),
  );
  const api = taken.adopt(connectApiServer(readAccess(cluster.kubeconfigPath), 16), (opened) => opened.close());
  const kubeconfig = join(directory, 'kubeconfig');
  for (const name of [homeNamespace, targetNamespace]) {
    await api.apply(`${collectionPath('Namespace')}/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }
  await createAccount(api, cluster.kubeconfigPath, kubeconfig);
  await install(options.program, cluster.kubeconfigPath, directory);
  const folder = join(directory, 'run');
  await mkdir(folder);
  const nodeFlags = [...options.nodeFlags, `--import=${counter}`];
  const system = run({ ...options, nodeFlags, kubeconfig, directory: folder });
  const memory = watchMemory(system.pid);
  let isOver = false;
  const stop = async (): Promise<void> => {
    isOver = true;
    memory.stop();
    await system.stop();
  };
  taken.defer(stop);
  const died = Promise.withResolvers<never>();
  const watch = async (): Promise<void> => {
    const code = await system.ended;
    if (!isOver) died.reject(new Error(`the controller ended with code ${code}`));
  };
  void watch();
  const subjects = { api, cluster, system };
  const started = (): Counts => startedIn(folder);
  try {
    const stage = { directory, gitServer, api, subjects, memory, loadBefore, started, stop };
    return await Promise.race([body(stage), died.promise]);
  } catch (error) {
    throw new Error(`the controller said last:\n${system.tail()}`, { cause: error });
  }
}

function startedIn(folder: string): Counts {
  try {
    return new Map(
      Object.entries(JSON.parse(readFileSync(join(folder, 'processes'), 'utf8')) as Record<string, number>),
    );
  } catch {
    // None yet, or it is being written at this moment: the next look sees it.
    return new Map();
  }
}
