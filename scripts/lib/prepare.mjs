// Set-up: does what is missing for a command and nothing else, once, and shows what it does.
import { join } from 'node:path';
import { binaryStep, loadSteps, missingGit } from './binaries.mjs';
import { dependenciesStep } from './dependencies.mjs';
import { expectedSeconds, recordSeconds } from './durations.mjs';
import { Failure } from './failure.mjs';
import { goStep } from './go.mjs';
import { withLock } from './lock.mjs';
import { nodeEnvironment, nodeStep } from './node.mjs';
import { cache } from './paths.mjs';
import { createProgress } from './progress.mjs';

/**
 * Makes Node 24, the npm packages and the binaries of these steps available.
 * @param {string[]} names of files in scripts/steps
 * @param {{go?: boolean}} [options] go: the command itself runs Go, also where nothing is to be built
 * @returns {Promise<NodeJS.ProcessEnv>} the environment to run the command in
 */
export async function prepare(names, { go = false } = {}) {
  if ((await openSteps(names, go)).length > 0) {
    await withLock(
      join(cache, 'setup.lock'),
      // What was open before the lock may have been done by whoever held it.
      async () => work(await openSteps(names, go)),
      (owner) => process.stderr.write(`Waiting for another set-up (process ${owner}) to end.\n`),
    );
  }
  return nodeEnvironment();
}

async function openSteps(names, needsGo) {
  const binaries = [];
  for (const step of await loadSteps(names)) binaries.push(await binaryStep(step));
  const open = binaries.filter((step) => step !== undefined);
  const go = needsGo || open.length > 0 ? await goStep() : undefined;
  return [await nodeStep(), dependenciesStep(), go, ...open].filter((step) => step !== undefined);
}

async function work(steps) {
  const withoutGit = await missingGit();
  if (withoutGit !== undefined) throw new Failure(withoutGit);
  for (const { notice } of steps) if (notice !== undefined) process.stderr.write(`${notice}\n`);
  const timed = steps.map((step) => ({ ...step, seconds: expectedSeconds(step.name, step.estimateSeconds) }));
  const progress = createProgress(timed);
  for (const step of timed) {
    progress.start();
    try {
      await step.build(join(cache, 'logs', `${step.name.replaceAll(/[^\w.-]+/g, '-')}.log`));
    } catch (error) {
      progress.failed();
      throw error;
    }
    recordSeconds(step.name, progress.done());
  }
}
