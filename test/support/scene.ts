import { afterAll, afterEach, beforeAll, beforeEach, type TestContext } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import { type ControllerBench, openControllerBench } from './controller.ts';
import { type GitOpsBench, openGitOpsBench } from './gitops.ts';
import { createTestRepository, type TestRepository } from './git-repository.ts';
import { type ApiProxy, startApiProxy } from './api-proxy.ts';
import { clusterAccess } from './cluster.ts';
import { lifetime } from './limit.ts';
import { type JobWatch, watchJobs } from './hooks.ts';

/**
 * Opens something for each test of a file, and closes it after that test: what was opened last is closed first.
 * @returns stands for what the test that runs has; only to be asked from within a test or its hooks
 */
export function eachTest<Opened extends object>(
  open: (context: TestContext) => Promise<Opened>,
  close: (opened: Opened) => unknown,
): Opened {
  const now = standIn<Opened>();
  beforeEach(async (context) => now.set(await open(context)));
  // Where it could not be opened there is nothing to close.
  afterEach(async () => {
    const opened = now.take();
    if (opened !== undefined) await close(opened);
  });
  return now.opened;
}

/** The same for all tests of a file together. */
export function wholeFile<Opened extends object>(
  open: () => Promise<Opened>,
  close: (opened: Opened) => unknown,
): Opened {
  const now = standIn<Opened>();
  beforeAll(async () => now.set(await open()));
  afterAll(async () => {
    const opened = now.take();
    if (opened !== undefined) await close(opened);
  });
  return now.opened;
}

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

const closeIt = (opened: { close(): Promise<void> }): Promise<void> => opened.close();

/** Something that passes on to what is opened now whatever it is asked for. */
function standIn<Opened extends object>() {
  let now: Opened | undefined;
  const there = (): Opened => {
    if (now === undefined) throw new Error('it is not open: only tests and their hooks may ask');
    return now;
  };
  // It has nothing of its own: all that is read of it is what is there at that moment.
  const opened = new Proxy({} as Opened, {
    get: (_, name) => Reflect.get(there(), name) as unknown,
    has: (_, name) => Reflect.has(there(), name),
    ownKeys: () => Reflect.ownKeys(there()),
    getOwnPropertyDescriptor(_, name) {
      const property = Reflect.getOwnPropertyDescriptor(there(), name);
      return property && { ...property, configurable: true };
    },
  });
  return {
    opened,
    set(next: Opened): void {
      now = next;
    },
    take(): Opened | undefined {
      const last = now;
      now = undefined;
      return last;
    },
  };
}
