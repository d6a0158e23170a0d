import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { collectionPath } from './api-server.ts';
import { createAuthor } from './author.ts';
import { triggerFetch } from './commit.ts';
import { untilSettled } from './converge.ts';
import { untilFetched } from './fetched.ts';
import { follow, type Followed } from './follow.ts';
import { type MemoryWatch, memoryOf } from './processes.ts';
import { onStage, type Stage, type StageOptions } from './stage.ts';
import { readCounters, type Usage, usageBetween } from './usage.ts';
import { homeNamespace, repositoryObject } from './workload.ts';

/** How long something took, and what it used with what trailed after it. */
export interface Timed {
  /** Until the last Application was Synced and Healthy. */
  readonly seconds: number;
  readonly usage: Usage;
}

/** Resident memory of the controller and its child processes, bytes. */
export interface MemoryUse {
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

/** A stage with a repository and its Repository, and no Application yet. */
export interface Scene extends Stage {
  /** The commit that the repository begins with. */
  readonly commit: string;
  readonly applications: Followed;
  /** Pushes a commit of these files, and answers its id; nobody is told. */
  readonly push: (files: ReadonlyMap<string, string>, subject: string) => Promise<string>;
  /** How long it takes from `act` on until these Applications are Synced and Healthy at the commit. */
  readonly timed: (names: ReadonlySet<string>, commit: string, act: () => Promise<unknown>) => Promise<Timed>;
  /** The same for a commit that has been pushed, from its trigger on. */
  readonly arrived: (names: ReadonlySet<string>, commit: string) => Promise<Timed>;
  /** Begins to look at the memory; the answer tells it. */
  readonly memoryFromNow: () => () => MemoryUse;
}

/** The longest that anything of a scene may take, milliseconds. */
export const patience = 600_000;
const usualTrail = 5_000;

/** Lends a scene to `body`, and takes it away again. @throws as `onStage` */
export async function onScene<Result>(
  options: StageOptions,
  files: ReadonlyMap<string, string>,
  body: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  return onStage(options, async (stage) => {
    const { directory, gitServer, api, subjects } = stage;
    const author = await createAuthor(join(directory, 'author.git'), () => Date.now());
    await gitServer.create('workload');
    const url = gitServer.url('workload');
    const push: Scene['push'] = async (changed, subject) => {
      const id = await author.commit(changed, subject);
      await author.push(url);
      return id;
    };
    const commit = await push(files, 'Describe the applications');
    await api.call('POST', collectionPath('Repository', homeNamespace), repositoryObject(url));
    await untilFetched(api, commit, patience);
    const applications = await follow(api, collectionPath('Application', homeNamespace));
    const timed: Scene['timed'] = async (names, settled, act) => {
      const before = await readCounters(subjects);
      const started = performance.now();
      const [at] = await Promise.all([untilSettled(applications, names, settled, patience), act()]);
      await delay(options.trail ?? usualTrail);
      const seconds = ((at.at(-1) ?? started) - started) / 1000;
      return { seconds, usage: usageBetween(before, await readCounters(subjects)) };
    };
    const arrived: Scene['arrived'] = (names, id) => timed(names, id, () => triggerFetch(api, id));
    const memoryFromNow = (): (() => MemoryUse) => memoryUse(stage.memory, subjects.system.pid);
    try {
      return await body({ ...stage, commit, applications, push, timed, arrived, memoryFromNow });
    } finally {
      await applications.stop();
    }
  });
}

function memoryUse(memory: MemoryWatch, pid: number): () => MemoryUse {
  const before = memoryOf(pid).rss;
  return () => ({ before, peak: memory.peak.rss, after: memoryOf(pid).rss });
}
