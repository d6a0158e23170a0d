import { createApplications, numbersTo } from './converge.ts';
import { applyAtOnce, makeNamespace } from './bare-loop.ts';
import { type MemoryUse, onScene, type Timed } from './scene.ts';
import type { Stage, StageOptions } from './stage.ts';
import {
  applicationName,
  applicationObject,
  type BenchObject,
  overlay,
  overlayObjects,
  overlayPath,
  workloadFiles,
} from './workload.ts';

/** How long a chain of Applications takes, each of which depends on the one before. */
export interface Chain {
  readonly applications: number;
  readonly loadBefore: number;
  /** From the creation of the first Application until the last was Synced and Healthy. */
  readonly first: Timed;
  /** From the trigger after a commit to all of them until the last had it. */
  readonly commit: Timed;
  readonly memory: MemoryUse;
  /** Seconds for the same by a bare loop, the objects of one Application at once and the Applications in their order. */
  readonly limit: { readonly created: number; readonly changed: number };
}

const limitNamespace = 'bench-chain';

/** As those of W(N), and after the one before. */
export function chainedApplication(number: number): BenchObject {
  const application = applicationObject(number);
  const before = number === 1 ? [] : [{ name: applicationName(number - 1) }];
  return { ...application, spec: { ...(application['spec'] as object), dependsOn: before } };
}

/** Measures a chain, and beside it the bare loop. */
export async function measureChain(options: StageOptions, count: number): Promise<Chain> {
  const names = new Set(numbersTo(count).map(applicationName));
  return onScene(options, workloadFiles(count), async (scene) => {
    const memory = scene.memoryFromNow();
    options.onStep(`a chain of ${count} Applications`);
    const first = await scene.timed(names, scene.commit, () =>
      createApplications(scene.api, count, chainedApplication),
    );
    options.onStep('a commit to all of them');
    const overlays = numbersTo(count).map((number) => [overlayPath(number), overlay(number, 'alpine')] as const);
    const commit = await scene.arrived(names, await scene.push(new Map(overlays), 'Change all of them'));
    const used = memory();
    await scene.stop();
    options.onStep('the limit: a bare loop in the same order');
    const limit = await limitOf(scene, count);
    return { applications: count, loadBefore: scene.loadBefore, first, commit, memory: used, limit };
  });
}

async function limitOf({ api }: Stage, count: number): Promise<Chain['limit']> {
  await makeNamespace(api, limitNamespace);
  const loop = async (tag: string): Promise<number> => {
    const started = performance.now();
    for (const number of numbersTo(count)) await applyAtOnce(api, overlayObjects(number, limitNamespace, tag));
    return (performance.now() - started) / 1000;
  };
  return { created: await loop('stable'), changed: await loop('alpine') };
}
