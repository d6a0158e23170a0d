import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ApiServer, collectionPath, objectPath } from './api-server.ts';
import { type Author, createAuthor, git } from './author.ts';
import { triggerFetch } from './commit.ts';
import { createApplications, isSettled, untilAllSettled } from './converge.ts';
import { follow, type Followed } from './follow.ts';
import { inParallel } from './in-parallel.ts';
import { type Counts, difference, total } from './metrics.ts';
import { type MemoryWatch, memoryOf, type TreeUse } from './processes.ts';
import { onStage, type Stage, type StageOptions } from './stage.ts';
import { type Distribution, distribution } from './statistics.ts';
import { readCounters, type Usage, usageBetween } from './usage.ts';
import { applicationName, type BenchObject, homeNamespace, repositoryObject, targetNamespace } from './workload.ts';
import {
  type Change,
  changeOf,
  type Monorepo,
  monorepoApplication,
  monorepoFiles,
  type Reach,
  reaches,
  reachOf,
  settingsName,
  settingsObject,
} from './monorepo-workload.ts';

/** What the commits of one reach cost. Milliseconds. */
export interface CommitCost {
  readonly commits: number;
  /** Applications that each concerns. */
  readonly applications: number;
  /** From the trigger until the last object has changed. */
  readonly applied: Distribution;
  /** From the trigger until the last Application is Synced and Healthy at the commit. */
  readonly settled: Distribution;
  /** For each commit, on average. */
  readonly renders: number;
  readonly calls: number;
  readonly cpu: number;
  /** Processes that the controller started, by what they are; on average. */
  readonly started: Counts;
  /** By hand: a fetch, what differs, and an apply of each object. */
  readonly limit: Distribution;
}

/** One repository with very many Applications. */
export interface MonorepoMeasurement {
  readonly monorepo: Monorepo;
  readonly loadBefore: number;
  /** From the start of the controller until the Repository had its commit. */
  readonly startSeconds: number;
  /** From the first Application until all were Synced and Healthy. */
  readonly convergeSeconds: number;
  readonly convergence: Usage;
  /** By hand: one apply of each object. */
  readonly convergeLimitSeconds: number;
  readonly commits: Readonly<Record<Reach, CommitCost>>;
  readonly peak: MemoryWatch['peak'];
  readonly peakConverging: MemoryWatch['peak'];
  readonly memory: TreeUse;
  /** Of the mirror on the disk, KiB. */
  readonly mirror: number;
}

const patience = 900_000;
/** Between two commits, so that what trails after one does not count for the next; milliseconds. */
const pauseMilliseconds = 1_000;
const limitNamespace = 'limit';
const parallelism = 16;

/** Measures the repository with its Applications and commits, and the same by hand. */
export async function measureMonorepo(
  options: StageOptions,
  monorepo: Monorepo,
  commits: number,
): Promise<MonorepoMeasurement> {
  return onStage(options, async (stage) => {
    const { api, subjects, memory } = stage;
    options.onStep(`making a repository of ${monorepo.files} files`);
    const author = await createAuthor(join(stage.directory, 'author.git'), () => Date.now());
    const first = await author.commit(monorepoFiles(monorepo), 'Describe the applications');
    await stage.gitServer.create('workload');
    const url = stage.gitServer.url('workload');
    await author.push(url);
    const startSeconds = await fetchFirst(api, url, first);
    const applications = await follow(api, collectionPath('Application', homeNamespace));
    const settings = await follow(api, collectionPath('ConfigMap', targetNamespace));
    try {
      options.onStep(`converging ${monorepo.applications} Applications`);
      const before = await readCounters(subjects);
      const started = performance.now();
      const settledAt = untilAllSettled(applications, monorepo.applications, first, patience);
      await Promise.all([createApplications(api, monorepo.applications, monorepoApplication), settledAt]);
      const convergeSeconds = (((await settledAt).at(-1) ?? started) - started) / 1000;
      const peakConverging = memory.peak;
      await delay(15_000);
      const convergence = usageBetween(before, await readCounters(subjects));
      const samples: Sample[] = [];
      for (let index = 0; index < commits; index += 1) {
        const reach = reachOf(index, commits);
        options.onStep(`commit ${index + 1} of ${commits}: ${reach}`);
        const change = changeOf(index + 1, reach, monorepo.applications);
        samples.push(await measureChange(stage, { author, url, applications, settings }, change));
      }
      const atEnd = { peak: memory.peak, memory: memoryOf(subjects.system.pid), mirror: await sizeOf(stage) };
      await stage.stop();
      options.onStep('the same by hand');
      const limit = await measureByHand(stage, { author, url }, monorepo, commits);
      const costs = reaches.map((reach) => {
        const own = samples.filter((sample) => sample.reach === reach);
        return [reach, costOf(own, limit.changes[reach])] as const;
      });
      return {
        monorepo,
        loadBefore: stage.loadBefore,
        startSeconds,
        convergeSeconds,
        convergence,
        convergeLimitSeconds: limit.converge,
        commits: Object.fromEntries(costs) as Record<Reach, CommitCost>,
        peakConverging,
        ...atEnd,
      };
    } finally {
      await Promise.all([applications.stop(), settings.stop()]);
    }
  });
}

/** Seconds until the Repository that is made now has its commit. */
async function fetchFirst(api: ApiServer, url: string, commit: string): Promise<number> {
  const path = collectionPath('Repository', homeNamespace);
  const repositories = await follow(api, path);
  try {
    const started = performance.now();
    await api.call('POST', path, repositoryObject(url));
    const isFetched = (objects: ReadonlyMap<string, BenchObject>): boolean =>
      [...objects.values()].some(
        (object) => (object['status'] as { revision?: string } | undefined)?.revision === commit,
      );
    return ((await repositories.until(isFetched, patience, 'the first fetch')) - started) / 1000;
  } finally {
    await repositories.stop();
  }
}

interface Route {
  readonly author: Author;
  readonly url: string;
}

interface Sample {
  readonly reach: Reach;
  readonly applications: number;
  readonly applied: number;
  readonly settled: number;
  readonly usage: Usage;
  readonly started: Counts;
}

/** Whether all of these have come: each looks only at what has not come yet. */
function allOf(names: readonly string[], hasCome: (object: BenchObject | undefined) => boolean) {
  const open = new Set(names);
  return (objects: ReadonlyMap<string, BenchObject>): boolean => {
    for (const name of open) {
      if (!hasCome(objects.get(name))) return false;
      open.delete(name);
    }
    return true;
  };
}

async function measureChange(
  { api, subjects, started }: Stage,
  route: Route & { readonly applications: Followed; readonly settings: Followed },
  { reach, files, concerned, version }: Change,
): Promise<Sample> {
  const commit = await route.author.commit(files, `Set ${reach} to ${version}`);
  await route.author.push(route.url);
  const before = { counters: await readCounters(subjects), started: started() };
  const hasValue = (object: BenchObject | undefined): boolean =>
    (object?.['data'] as Record<string, string> | undefined)?.[reach] === version;
  const isDone = (object: BenchObject | undefined): boolean => object !== undefined && isSettled(object, commit);
  const changed = route.settings.until(allOf(concerned.map(settingsName), hasValue), patience, 'the change');
  const done = route.applications.until(allOf(concerned.map(applicationName), isDone), patience, 'the status');
  const sentAt = performance.now();
  const [changedAt, doneAt] = await Promise.all([changed, done, triggerFetch(api, commit)]);
  await delay(pauseMilliseconds);
  return {
    reach,
    applications: concerned.length,
    applied: changedAt - sentAt,
    settled: doneAt - sentAt,
    usage: usageBetween(before.counters, await readCounters(subjects)),
    started: difference(before.started, started()),
  };
}

function costOf(samples: readonly Sample[], limit: readonly number[]): CommitCost {
  const mean = (valueOf: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + valueOf(sample), 0) / samples.length;
  const kinds = new Set(samples.flatMap(({ started }) => [...started.keys()]));
  return {
    commits: samples.length,
    applications: mean(({ applications }) => applications),
    applied: distribution(samples.map(({ applied }) => applied)),
    settled: distribution(samples.map(({ settled }) => settled)),
    renders: mean(({ usage }) => usage.renders),
    calls: mean(({ usage }) => total(usage.own) - (usage.own.get('leases') ?? 0)),
    cpu: mean(({ usage }) => usage.cpu.system),
    started: new Map([...kinds].map((kind) => [kind, mean(({ started }) => started.get(kind) ?? 0)])),
    limit: distribution(limit),
  };
}

async function sizeOf({ directory }: Stage): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-sk', join(directory, 'run')]);
  return Number(stdout.split('\t', 1)[0]);
}

/** What this machine allows with nothing of Plumbline: Git's own fetch and diff, and one apply of each object. */
async function measureByHand(
  { api, directory }: Stage,
  { author, url }: Route,
  { applications }: Monorepo,
  commits: number,
): Promise<{ readonly converge: number; readonly changes: Readonly<Record<Reach, readonly number[]>> }> {
  await api.apply(`${collectionPath('Namespace')}/${limitNamespace}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: limitNamespace },
  });
  const apply = async (numbers: readonly number[], data: Readonly<Record<string, string>>): Promise<void> =>
    inParallel(numbers, parallelism, (number) => {
      const object = settingsObject(number, limitNamespace, data);
      return api.apply(objectPath(object), object);
    });
  const started = performance.now();
  await apply(
    Array.from({ length: applications }, (_, index) => index + 1),
    {},
  );
  const converge = (performance.now() - started) / 1000;
  const mirror = join(directory, 'by-hand.git');
  await git(['init', '--quiet', '--bare', mirror], '');
  const fetch = () => git([`--git-dir=${mirror}`, 'fetch', '--quiet', '--no-tags', url, '+main:main'], '');
  await fetch();
  const changes: Record<Reach, number[]> = { own: [], shared: [], common: [] };
  const counts: Readonly<Record<Reach, number>> = { own: Math.min(10, commits), shared: 3, common: 1 };
  for (const reach of reaches) {
    for (let index = 0; index < counts[reach]; index += 1) {
      const change = changeOf(commits + 1 + index, reach, applications);
      await author.commit(change.files, `Set ${reach} to ${change.version} by hand`);
      await author.push(url);
      const sentAt = performance.now();
      const before = await git([`--git-dir=${mirror}`, 'rev-parse', 'main'], '');
      await fetch();
      await git([`--git-dir=${mirror}`, 'diff-tree', '-r', '--name-only', before.trim(), 'main'], '');
      await apply(change.concerned, { [reach]: change.version });
      changes[reach].push(performance.now() - sentAt);
    }
  }
  return { converge, changes };
}
