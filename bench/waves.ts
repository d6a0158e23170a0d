import { applyAtOnce, makeNamespace } from './bare-loop.ts';
import { collectionPath } from './api-server.ts';
import { createAll, numbersTo } from './converge.ts';
import { soleApplication, soleApplicationObject, type Waves, waveFiles, waveObjects } from './engine-workload.ts';
import { hasTag } from './commit.ts';
import { follow } from './follow.ts';
import { isAvailable } from './limit.ts';
import { type MemoryUse, onScene, patience, type Timed } from './scene.ts';
import type { Stage, StageOptions } from './stage.ts';
import type { BenchObject } from './workload.ts';

/** How long one Application of many waves takes. */
export interface WavesMeasurement {
  readonly waves: Waves;
  readonly loadBefore: number;
  /** From its creation until it was Synced and Healthy. */
  readonly first: Timed;
  /** From the trigger after a commit to all objects until it had it. */
  readonly commit: Timed;
  /** From the trigger after a commit that leaves all as it is but the last wave. */
  readonly last: Timed;
  readonly memory: MemoryUse;
  /** Seconds for the same by a bare loop, wave after wave: each waits until the one before is healthy. */
  readonly limit: { readonly created: number; readonly changed: number; readonly last: number };
}

const limitNamespace = 'bench-waves';

/** Measures an Application of many waves, and beside it the bare loop. */
export async function measureWaves(options: StageOptions, waves: Waves): Promise<WavesMeasurement> {
  const names = new Set([soleApplication]);
  return onScene(options, waveFiles(waves, 'stable'), async (scene) => {
    const memory = scene.memoryFromNow();
    options.onStep(`one Application of ${waves.waves} waves of ${waves.objects} objects`);
    const first = await scene.timed(names, scene.commit, () => createAll(scene.api, [soleApplicationObject()]));
    options.onStep('a commit to all waves');
    const files = waveFiles(waves, 'alpine');
    const commit = await scene.arrived(names, await scene.push(files, 'Change all of them'));
    options.onStep('a commit to the last wave');
    const [path = ''] = [...files.keys()].slice(-1);
    const lastFile = waveFiles(waves, 'perl').get(path) ?? '';
    const last = await scene.arrived(names, await scene.push(new Map([[path, lastFile]]), 'Change the last wave'));
    const used = memory();
    await scene.stop();
    options.onStep('the limit: a bare loop, wave after wave');
    const limit = await limitOf(scene, waves);
    return { waves, loadBefore: scene.loadBefore, first, commit, last, memory: used, limit };
  });
}

async function limitOf({ api }: Stage, waves: Waves): Promise<WavesMeasurement['limit']> {
  await makeNamespace(api, limitNamespace);
  const deployments = await follow(api, collectionPath('Deployment', limitNamespace));
  const loop = async (wanted: readonly number[], value: string): Promise<number> => {
    const started = performance.now();
    for (const wave of wanted) {
      const objects = waveObjects(waves, wave, limitNamespace, value);
      await applyAtOnce(api, objects);
      const own = objects.filter(({ kind }) => kind === 'Deployment');
      const healthy = (seen: ReadonlyMap<string, BenchObject>): boolean =>
        own.every((wish) => isAt(seen.get(wish.metadata.name), value));
      await deployments.until(healthy, patience, `wave ${wave} available`);
    }
    return (performance.now() - started) / 1000;
  };
  try {
    const all = numbersTo(waves.waves);
    const [created, changed] = [await loop(all, 'stable'), await loop(all, 'alpine')];
    return { created, changed, last: await loop([waves.waves], 'perl') };
  } finally {
    await deployments.stop();
  }
}

function isAt(deployment: BenchObject | undefined, tag: string): boolean {
  return deployment !== undefined && hasTag(deployment, tag) && isAvailable(deployment);
}
