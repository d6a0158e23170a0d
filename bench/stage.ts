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

/** Lends a stage to `body`, and takes it away again. */
export async function onStage<Result>(options: StageOptions, body: (stage: Stage) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  const stopped = new AbortController();
  const clear = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    const [loadBefore = 0] = loadavg();
    options.onStep('starting a cluster');
    await using cluster = await startCluster();
    const gitServer = await startGitServer({ root: join(directory, 'git'), signal: stopped.signal });
    const api = connectApiServer(readAccess(cluster.kubeconfigPath), 16);
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
    const started = (): Counts => startedIn(folder);
    let isOver = false;
    const stop = async (): Promise<void> => {
      isOver = true;
      memory.stop();
      await system.stop();
    };
    try {
      const subjects = { api, cluster, system };
      const died = Promise.withResolvers<never>();
      const watch = async (): Promise<void> => {
        const code = await system.ended;
        if (!isOver) died.reject(new Error(`the controller ended with code ${code}`));
      };
      void watch();
      const stage = { directory, gitServer, api, subjects, memory, loadBefore, started, stop };
      return await Promise.race([body(stage), died.promise]);
    } catch (error) {
      throw new Error(`the controller said last:\n${system.tail()}`, { cause: error });
    } finally {
      await stop();
      await api.close();
      await gitServer.close();
    }
  } finally {
    stopped.abort();
    await rm(directory, { recursive: true, force: true });
    process.off('exit', clear);
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
