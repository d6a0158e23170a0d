import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { applyAtOnce, makeNamespace } from './bare-loop.ts';
import { type ApiServer, collectionPath, objectPath } from './api-server.ts';
import { git } from './author.ts';
import { triggerFetch } from './commit.ts';
import { createAll, isSettled } from './converge.ts';
import {
  firstValue,
  isConfigMap,
  item,
  itemFile,
  itemFiles,
  itemName,
  soleApplication,
  soleApplicationObject,
} from './engine-workload.ts';
import { follow, type Followed } from './follow.ts';
import { type MemoryUse, onScene, patience, type Scene, type Timed } from './scene.ts';
import type { StageOptions } from './stage.ts';
import { type Distribution, distribution } from './statistics.ts';
import { idleUsage, readCounters, type Usage, usageBetween } from './usage.ts';
import { type BenchObject, repositoryName, targetNamespace } from './workload.ts';

/** What many changes of one object each took, one after the other. */
export interface Changes {
  /** Milliseconds until a watch showed the object as it should be. */
  readonly applied: Distribution;
  /** Milliseconds until the status said so. */
  readonly settled: Distribution | undefined;
  readonly count: number;
  /** Of all of them together. */
  readonly usage: Usage;
}

/** How one Application with very many objects does. */
export interface LargeMeasurement {
  readonly objects: number;
  readonly loadBefore: number;
  readonly first: Timed;
  /** Of the Application as JSON, and of its status, bytes. */
  readonly size: { readonly application: number; readonly status: number };
  readonly memory: MemoryUse;
  readonly idle: Usage;
  /** Commits to one object. */
  readonly commits: Changes;
  /** Manual changes of one object that are reverted. */
  readonly drift: Changes;
  readonly limit: {
    /** Seconds until the last was applied by a bare loop. */
    readonly created: number;
    /** `git fetch` by hand and one apply, milliseconds. */
    readonly commit: Distribution;
    /** An apply as soon as a watch shows the change, milliseconds. */
    readonly drift: Distribution;
  };
}

const limitNamespace = 'bench-large';
/** Between two changes, so that what trails after one does not count for the next; milliseconds. */
const pauseMilliseconds = 500;

/** How much is measured. */
export interface LargeSize {
  readonly objects: number;
  readonly repetitions: number;
  readonly idleSeconds: number;
}

/** Measures one Application with very many objects, and beside it the bare loop. */
export async function measureLarge(options: StageOptions, size: LargeSize): Promise<LargeMeasurement> {
  const names = new Set([soleApplication]);
  const numbers = changedNumbers(size);
  return onScene(options, itemFiles(size.objects), async (scene) => {
    const { api, subjects } = scene;
    const memory = scene.memoryFromNow();
    options.onStep(`one Application of ${size.objects} objects`);
    const first = await scene.timed(names, scene.commit, () => createAll(api, [soleApplicationObject()]));
    options.onStep(`${size.idleSeconds} idle seconds`);
    const idle = await idleUsage(subjects, size.idleSeconds);
    const used = memory();
    const configMaps = await follow(api, collectionPath('ConfigMap', targetNamespace));
    try {
      options.onStep('commits to one object');
      const commits = await changesOf(scene, numbers, (number, value) =>
        commitOnce(scene, configMaps, size.objects, number, value),
      );
      options.onStep('manual changes of one object');
      const drift = await changesOf(scene, numbers, async (number) => ({
        applied: await revertOnce(api, configMaps, targetNamespace, number),
      }));
      const application = scene.applications.objects.get(soleApplication);
      const bytes = { application: bytesOf(application), status: bytesOf(application?.['status']) };
      await scene.stop();
      options.onStep('the limit: a bare loop of applies');
      const limit = await limitOf(scene, size, numbers);
      return {
        objects: size.objects,
        loadBefore: scene.loadBefore,
        first,
        size: bytes,
        memory: used,
        idle,
        commits,
        drift,
        limit,
      };
    } finally {
      await configMaps.stop();
    }
  });
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value ?? {}));

/** ConfigMaps all over the Application; no two of them in one file, as each commit writes a whole one. */
function changedNumbers({ objects, repetitions }: LargeSize): number[] {
  const step = Math.max(1, Math.floor(objects / repetitions));
  return Array.from({ length: repetitions }, (_, at) => at * step + 1).filter(isConfigMap);
}

const valueOf = (object: BenchObject | undefined): string | undefined =>
  (object?.['data'] as { value?: string } | undefined)?.value;

async function changesOf(
  { subjects }: Scene,
  numbers: readonly number[],
  change: (number: number, value: string) => Promise<{ readonly applied: number; readonly settled?: number }>,
): Promise<Changes> {
  const before = await readCounters(subjects);
  const each: Awaited<ReturnType<typeof change>>[] = [];
  for (const [at, number] of numbers.entries()) {
    each.push(await change(number, `value-${at}`));
    await delay(pauseMilliseconds);
  }
  const settled = each.flatMap((one) => one.settled ?? []);
  return {
    applied: distribution(each.map(({ applied }) => applied)),
    settled: settled.length === 0 ? undefined : distribution(settled),
    count: numbers.length,
    usage: usageBetween(before, await readCounters(subjects)),
  };
}

/** Changes one object in Git, and back in the next commit to the same file. */
async function commitOnce(
  scene: Scene,
  configMaps: Followed,
  count: number,
  number: number,
  value: string,
): Promise<{ readonly applied: number; readonly settled: number }> {
  const commit = await scene.push(new Map([itemFile(number, count, value)]), `Change ${itemName(number)}`);
  const startedAt = performance.now();
  const [changedAt, settledAt] = await Promise.all([
    configMaps.until((objects) => valueOf(objects.get(itemName(number))) === value, patience, 'the change'),
    scene.applications.until((objects) => isSettledIn(objects, commit), patience, 'the status'),
    triggerFetch(scene.api, commit),
  ]);
  return { applied: changedAt - startedAt, settled: settledAt - startedAt };
}

function isSettledIn(objects: ReadonlyMap<string, BenchObject>, commit: string): boolean {
  const application = objects.get(soleApplication);
  return application !== undefined && isSettled(application, commit);
}

/** Changes an object by hand, and waits until it is as before. Answers the milliseconds from the call on. */
async function revertOnce(
  api: ApiServer,
  configMaps: Followed,
  namespace: string,
  number: number,
  revert: () => Promise<void> = async () => {},
): Promise<number> {
  const name = itemName(number);
  const wanted = valueOf(configMaps.objects.get(name));
  const by = 'by hand';
  let reverting: Promise<void> | undefined;
  // One listener for both: the two may come in one piece.
  const reverted = configMaps.next(
    ({ object }) => {
      if (object.metadata.name !== name) return false;
      if (valueOf(object) !== by) return reverting !== undefined && valueOf(object) === wanted;
      reverting ??= revert();
      return false;
    },
    patience,
    `the revert of ${name}`,
  );
  const path = `${collectionPath('ConfigMap', namespace)}/${name}?fieldManager=kubectl-edit`;
  const startedAt = performance.now();
  const [{ at }] = await Promise.all([
    reverted,
    api.call('PATCH', path, { data: { value: by } }, 'application/merge-patch+json'),
  ]);
  await reverting;
  return at - startedAt;
}

async function limitOf(
  scene: Scene,
  { objects }: LargeSize,
  numbers: readonly number[],
): Promise<LargeMeasurement['limit']> {
  const { api, directory, gitServer } = scene;
  await makeNamespace(api, limitNamespace);
  const all = Array.from({ length: objects }, (_, number) => item(number, limitNamespace, firstValue));
  const created = await applyAtOnce(api, all);
  const mirror = join(directory, 'limit-mirror.git');
  await git(['clone', '--quiet', '--mirror', gitServer.url(repositoryName), mirror], '');
  const configMaps = await follow(api, collectionPath('ConfigMap', limitNamespace));
  try {
    const wanted = all.filter(({ kind }) => kind === 'ConfigMap').length;
    // The namespace has one of Kubernetes' own besides.
    await configMaps.until((seen) => seen.size >= wanted, patience, 'all ConfigMaps');
    const commits: number[] = [];
    const reverts: number[] = [];
    for (const [at, number] of numbers.entries()) {
      const value = `limit-${at}`;
      await scene.push(new Map([itemFile(number, objects, value)]), `Change ${itemName(number)}`);
      const changed = item(number, limitNamespace, value);
      const startedAt = performance.now();
      await git(['--git-dir', mirror, 'fetch', '--quiet', 'origin'], '');
      const [changedAt] = await Promise.all([
        configMaps.until((seen) => valueOf(seen.get(itemName(number))) === value, patience, 'the change'),
        api.apply(objectPath(changed), changed),
      ]);
      commits.push(changedAt - startedAt);
      const revert = (): Promise<void> => api.apply(objectPath(changed), changed);
      reverts.push(await revertOnce(api, configMaps, limitNamespace, number, revert));
    }
    return { created, commit: distribution(commits), drift: distribution(reverts) };
  } finally {
    await configMaps.stop();
  }
}
