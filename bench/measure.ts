import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GitServer, type LocalCluster, startCluster, startGitServer } from '../src/local/index.ts';
import { createAccount } from './account.ts';
import { type ApiServer, collectionPath, connectApiServer, readAccess } from './api-server.ts';
import { type Author, createAuthor } from './author.ts';
import { type CommitArrival, measureCommits } from './commit.ts';
import { type Convergence, converge } from './converge.ts';
import { type DriftReversal, measureDrift } from './drift.ts';
import { untilFetched } from './fetched.ts';
import { type Limit, limitNamespace, measureCommitLimit, measureDriftLimit, measureLimit } from './limit.ts';
import { type MemoryWatch, memoryOf, proportionalMemoryOf, watchMemory } from './processes.ts';
import type { Distribution } from './statistics.ts';
import { install, type RendererName, run, type SystemUnderTest } from './system.ts';
import { idleUsage, type Subjects, type Usage } from './usage.ts';
import { homeNamespace, repositoryObject, targetNamespace, workloadFiles } from './workload.ts';

/** What is measured, and how often. */
export interface MeasureOptions {
  /** N of W(N). */
  readonly count: number;
  readonly renderer: RendererName;
  /** As `compileProgram` gives it. */
  readonly program: string;
  /** Length of the look at an idle cluster. */
  readonly idleSeconds: number;
  /** The same with no controller. */
  readonly idleSecondsWithout: number;
  readonly driftRepetitions: number;
  readonly commitRepetitions: number;
  /** Applies at once of the bare loop; the fastest counts. */
  readonly parallelisms: readonly number[];
  /** Further flags for the controller's Node. */
  readonly nodeFlags: readonly string[];
  /** Told what is done now. */
  readonly onStep: (step: string) => void;
}

/** All that one run for one N tells. Memory in bytes, latencies in milliseconds. */
export interface Measurement {
  readonly count: number;
  readonly renderer: RendererName;
  /** How the controller was started. */
  readonly command: string;
  /** Load of the machine over one minute before the run. */
  readonly loadBefore: number;
  /** From the start of the controller until the Repository had its commit. */
  readonly startSeconds: number;
  readonly convergence: Convergence;
  readonly memory: {
    readonly peak: MemoryWatch['peak'];
    readonly peakAfterConverging: MemoryWatch['peak'];
    readonly idle: MemoryWatch['peak'];
  };
  readonly idle: Usage;
  /** The cluster with no controller. */
  readonly idleWithout: Usage;
  readonly drift: DriftReversal;
  readonly commits: CommitArrival;
  readonly limit: Limit & { readonly drift: Distribution; readonly commit: Distribution };
}

const patience = 60_000;

/** Runs W(N) on a cluster of its own. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  const stopped = new AbortController();
  const clear = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    const [loadBefore = 0] = loadavg();
    options.onStep('starting a cluster');
    await using cluster = await startCluster();
    const gitServer = await startGitServer({ root: join(directory, 'git'), signal: stopped.signal });
    const connect = (connections: number) => connectApiServer(readAccess(cluster.kubeconfigPath), connections);
    const api = connect(16);
    try {
      return { loadBefore, ...(await measureIn({ options, directory, cluster, gitServer, connect, api })) };
    } finally {
      await api.close();
      await gitServer.close();
    }
  } finally {
    stopped.abort();
    await rm(directory, { recursive: true, force: true });
    process.off('exit', clear);
  }
}

interface Surroundings {
  readonly options: MeasureOptions;
  readonly directory: string;
  readonly cluster: LocalCluster;
  readonly gitServer: GitServer;
  readonly connect: (connections: number) => ApiServer;
  readonly api: ApiServer;
}

async function measureIn(world: Surroundings): Promise<Omit<Measurement, 'loadBefore'>> {
  const { options, directory, cluster, api } = world;
  const { count, onStep } = options;
  onStep('preparing the repository and the cluster');
  const { author, commit, url } = await prepareRepository(world);
  const kubeconfig = join(directory, 'kubeconfig');
  await prepareCluster(world, kubeconfig, url);
  await mkdir(join(directory, 'run'));
  onStep('starting the controller');
  const startedAt = performance.now();
  const system = run({ ...options, kubeconfig, directory: join(directory, 'run') });
  const memory = watchMemory(system.pid);
  const subjects: Subjects = { api, cluster, system };
  try {
    const startSeconds =
      ((await Promise.race([untilFetched(api, commit, patience), neverEnded(system)])) - startedAt) / 1000;
    onStep(`converging ${count} Applications`);
    const convergence = await converge(subjects, count, commit);
    const peakAfterConverging = memory.peak;
    onStep(`${options.idleSeconds} idle seconds`);
    const idle = await idleUsage(subjects, options.idleSeconds);
    const idleMemory = { ...memoryOf(system.pid), pss: proportionalMemoryOf(system.pid) };
    onStep('reverting manual changes');
    const drift = await measureDrift(subjects, count, options.driftRepetitions);
    onStep('pushing commits');
    const push = async (files: ReadonlyMap<string, string>, subject: string): Promise<string> => {
      const id = await author.commit(files, subject);
      await author.push(url);
      return id;
    };
    const commits = await measureCommits(subjects, { push }, count, options.commitRepetitions);
    await stopSystem(system, memory);
    onStep(`${options.idleSecondsWithout} idle seconds without the controller`);
    const idleWithout = await idleUsage({ api, cluster }, options.idleSecondsWithout);
    return {
      count,
      renderer: options.renderer,
      command: system.command,
      startSeconds,
      convergence,
      memory: { peak: memory.peak, peakAfterConverging, idle: idleMemory },
      idle,
      idleWithout,
      drift,
      commits,
      limit: await limitOf(world, { author, url, directory }),
    };
  } catch (error) {
    throw new Error(`W${count} failed; the controller said last:\n${system.tail()}`, { cause: error });
  } finally {
    await stopSystem(system, memory);
  }
}

/** Rejects as soon as the controller ends by itself. */
async function neverEnded(system: SystemUnderTest): Promise<never> {
  throw new Error(`the controller ended with code ${await system.ended}`);
}

async function stopSystem(system: SystemUnderTest, memory: MemoryWatch): Promise<void> {
  memory.stop();
  await system.stop();
}

async function prepareRepository({ options, directory, gitServer }: Surroundings) {
  const author: Author = await createAuthor(join(directory, 'author.git'), () => Date.now());
  const commit = await author.commit(workloadFiles(options.count), `Describe ${options.count} applications`);
  await gitServer.create('workload');
  const url = gitServer.url('workload');
  await author.push(url);
  return { author, commit, url };
}

async function prepareCluster(
  { options, api, cluster, directory }: Surroundings,
  kubeconfig: string,
  url: string,
): Promise<void> {
  for (const name of [homeNamespace, targetNamespace]) {
    await api.apply(`${collectionPath('Namespace')}/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }
  await createAccount(api, cluster.kubeconfigPath, kubeconfig);
  await install(options.program, cluster.kubeconfigPath, directory);
  await api.call('POST', collectionPath('Repository', homeNamespace), repositoryObject(url));
}

async function limitOf(
  { options, cluster, connect, api }: Surroundings,
  route: { readonly author: Author; readonly url: string; readonly directory: string },
): Promise<Measurement['limit']> {
  const { count } = options;
  options.onStep('the limit: a bare loop of applies');
  const limit = await measureLimit({ api, cluster }, connect, count, options.parallelisms);
  const namespace = limitNamespace(limit.parallelism);
  options.onStep('the limit: bare reverts and commits');
  return {
    ...limit,
    drift: await measureDriftLimit(api, namespace, count, options.driftRepetitions),
    commit: await measureCommitLimit(api, route, namespace, count, options.commitRepetitions),
  };
}
