import { setTimeout as delay } from 'node:timers/promises';
import { applyAtOnce, makeNamespace } from './bare-loop.ts';
import { type CommitArrival, measureCommits } from './commit.ts';
import { createAll, numbersTo } from './converge.ts';
import { type Failing, failingFiles, mendedFiles, mixedApplications } from './engine-workload.ts';
import type { Followed } from './follow.ts';
import { type MemoryUse, onScene, patience, type Scene, type Timed } from './scene.ts';
import type { StageOptions } from './stage.ts';
import { idleUsage, type Usage } from './usage.ts';
import { applicationName, applicationObject, type BenchObject, overlayObjects } from './workload.ts';

/** How healthy Applications do with and without others that fail for ever. */
export interface FailingMeasurement {
  readonly failing: Failing;
  readonly loadBefore: number;
  /** The healthy ones on a cluster of their own. */
  readonly alone: { readonly first: Timed; readonly commits: CommitArrival; readonly memory: MemoryUse };
  /** The same ones on another cluster, with the others among them. */
  readonly beside: {
    /** Until all healthy ones were Synced and Healthy. */
    readonly first: Timed;
    readonly commits: CommitArrival;
    readonly memory: MemoryUse;
    /** A minute in which nothing happens, and all that fail have failed just before; another, minutes later. */
    readonly idle: { readonly early: Usage; readonly late: Usage; readonly minutesBetween: number };
    /** From the trigger after a commit that mends all that fail until all are Synced and Healthy. */
    readonly mended: Timed;
  };
  /** Seconds in which a bare loop applies the objects of the healthy ones. */
  readonly limit: number;
}

/** How much is measured. */
export interface FailingSize extends Failing {
  readonly idleSeconds: number;
  /** From the first idle minute to the other. */
  readonly pauseSeconds: number;
  readonly commits: number;
}

const limitNamespace = 'bench-failing';

/** Measures healthy Applications alone, and then among others that fail. */
export async function measureFailing(options: StageOptions, size: FailingSize): Promise<FailingMeasurement> {
  const failing: Failing = { healthy: size.healthy, failing: size.failing };
  const alone = await measureAlone(options, failing, size);
  const beside = await measureBeside(options, failing, size);
  return { failing, ...alone, beside };
}

const namesFrom = (first: number, count: number): ReadonlySet<string> =>
  new Set(numbersTo(count).map((number) => applicationName(first - 1 + number)));

async function measureAlone(
  options: StageOptions,
  failing: Failing,
  size: FailingSize,
): Promise<Pick<FailingMeasurement, 'alone' | 'loadBefore' | 'limit'>> {
  const { healthy } = failing;
  return onScene(options, failingFiles(failing), async (scene) => {
    const memory = scene.memoryFromNow();
    options.onStep(`${healthy} healthy Applications`);
    const applications = numbersTo(healthy).map(applicationObject);
    const first = await scene.timed(namesFrom(1, healthy), scene.commit, () => createAll(scene.api, applications));
    options.onStep('commits to one of them');
    const commits = await commitsOf(scene, size);
    const used = memory();
    await scene.stop();
    options.onStep('the limit: a bare loop of applies');
    await makeNamespace(scene.api, limitNamespace);
    const limit = await applyAtOnce(
      scene.api,
      numbersTo(healthy).flatMap((number) => overlayObjects(number, limitNamespace)),
    );
    return { alone: { first, commits, memory: used }, loadBefore: scene.loadBefore, limit };
  });
}

function measureBeside(
  options: StageOptions,
  failing: Failing,
  { idleSeconds, pauseSeconds, ...size }: FailingSize,
): Promise<FailingMeasurement['beside']> {
  const { healthy } = failing;
  const broken = namesFrom(healthy + 1, failing.failing);
  return onScene(options, failingFiles(failing), async (scene) => {
    const { subjects, applications } = scene;
    const memory = scene.memoryFromNow();
    options.onStep(`the same with ${failing.failing} that fail among them`);
    const all = mixedApplications(failing);
    const first = await scene.timed(namesFrom(1, healthy), scene.commit, () => createAll(scene.api, all));
    await untilFailed(applications, broken);
    options.onStep(`${idleSeconds} idle seconds, and again after ${pauseSeconds} seconds`);
    const early = await idleUsage(subjects, idleSeconds);
    await delay(pauseSeconds * 1000);
    const late = await idleUsage(subjects, idleSeconds);
    options.onStep('commits to one of the healthy ones');
    const commits = await commitsOf(scene, size);
    const used = memory();
    options.onStep('a commit that mends all');
    const mend = await scene.push(mendedFiles(failing), 'Mend what fails');
    const mended = await scene.arrived(broken, mend);
    const minutesBetween = (pauseSeconds + idleSeconds) / 60;
    return { first, commits, memory: used, idle: { early, late, minutesBetween }, mended };
  });
}

function commitsOf(
  scene: Scene,
  { healthy, commits }: Pick<FailingSize, 'healthy' | 'commits'>,
): Promise<CommitArrival> {
  return measureCommits(scene.subjects, scene, healthy, commits);
}

/** Reasons for which an Application is not Synced that say that something is wrong; one that is may still be Degraded. */
const failures: ReadonlySet<string | undefined> = new Set(['RenderFailed', 'Rejected', 'SyncFailed']);

function hasFailed(application: BenchObject | undefined): boolean {
  const { conditions = [] } = (application?.['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
  };
  return conditions.some(
    ({ type, reason }) => (type === 'Synced' && failures.has(reason)) || (type === 'Healthy' && reason === 'Degraded'),
  );
}

async function untilFailed(applications: Followed, names: ReadonlySet<string>): Promise<void> {
  await applications.until(
    (objects) => [...names].every((name) => hasFailed(objects.get(name))),
    patience,
    `${names.size} Applications have failed`,
  );
}
