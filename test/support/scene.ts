import { afterAll, beforeEach, type TestContext } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import { type ControllerBench, openControllerBench } from './controller.ts';
import { type GitOpsBench, openGitOpsBench } from './gitops.ts';
import { createTestRepository, type TestRepository } from './git-repository.ts';
import { type ApiProxy, startApiProxy } from './api-proxy.ts';
import { clusterAccess } from './cluster.ts';
import { lifetime } from './limit.ts';
import { type JobWatch, watchJobs } from './hooks.ts';
import { eachTest, wholeFile } from './opened.ts';

export { eachTest, wholeFile } from './opened.ts';

/** What the tests of a file have of a bench besides its namespace, its repository and its controllers. */
interface BenchOptions {
  /** Of a cluster of its own, where the file has one. */
  readonly kubeconfig?: () => string;
}

/**
 * A bench for each test of a file, all with one renderer. Where a test fails, what its controllers have logged is
 * written out.
 */
export function controllerOfEachTest(prefix: string, { kubeconfig }: BenchOptions = {}): ControllerBench {
  const shared = rendererOfFile();
  return eachTest(async (context) => {
    const own = kubeconfig === undefined ? {} : { kubeconfig: kubeconfig() };
    return tellingLog(await openControllerBench(prefix, { shared, ...own }), context);
  }, closeIt);
}

/** The same, with Git behind a password and users with rights. */
export function gitOpsOfEachTest(prefix: string): GitOpsBench {
  const shared = rendererOfFile();
  return eachTest(async (context) => tellingLog(await openGitOpsBench(prefix, shared), context), closeIt);
}

/** One bench for all tests of a file. Where a test fails, what its controllers have logged by then is written out. */
export function controllerOfFile(prefix: string): ControllerBench {
  return tellingLogOfFile(wholeFile(() => openControllerBench(prefix), closeIt));
}

/** The same, with Git behind a password and users with rights. */
export function gitOpsOfFile(prefix: string): GitOpsBench {
  return tellingLogOfFile(wholeFile(() => openGitOpsBench(prefix), closeIt));
}

/** A repository beside that of the bench. Opened before the bench, it is there until the controllers have ended. */
export function repositoryOfEachTest(): TestRepository {
  return eachTest(createTestRepository, (repository) => repository.remove());
}

/** A way to the API server of the run, some of whose answers a test makes up; to be opened before what goes by it. */
export function apiProxyOfEachTest(): ApiProxy {
  return eachTest(() => startApiProxy(clusterAccess()), closeIt);
}

/** The Jobs that there are, and were, in the namespace of each test. */
export function jobsOfEachTest(bench: Pick<ControllerBench, 'client' | 'namespace'>): JobWatch {
  return eachTest(
    () => watchJobs(bench.client, bench.namespace, lifetime()),
    (jobs) => jobs.stop(),
  );
}

/** A renderer starts in a second, which the tests of a file share. */
function rendererOfFile() {
  const renderer = createRenderer({ host: 'wasm', workers: 1 });
  afterAll(() => renderer.close());
  return renderer;
}

function tellingLog<Bench extends Pick<ControllerBench, 'logged'>>(bench: Bench, { onTestFailed }: TestContext): Bench {
  onTestFailed(() => {
    process.stderr.write(`${bench.logged.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });
  return bench;
}

function tellingLogOfFile<Bench extends Pick<ControllerBench, 'logged'>>(bench: Bench): Bench {
  beforeEach((context) => void tellingLog(bench, context));
  return bench;
}

const closeIt = (opened: { close(): Promise<void> }): Promise<void> => opened.close();
