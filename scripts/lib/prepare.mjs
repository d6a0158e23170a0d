// Set-up: does what is missing for a command and nothing else, once, and shows what it does.
import { join } from 'node:path';
import { binaryStep, loadSteps, missingGit, missingGo } from './binaries.mjs';
import { dependenciesStep } from './dependencies.mjs';
import { expectedSeconds, recordSeconds } from './durations.mjs';
import { Failure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { nodeEnvironment, nodeStep } from './node.mjs';
import { cache } from './paths.mjs';
import { createProgress } from './progress.mjs';

/**
 * Makes Node 24, the npm packages and the binaries of these steps available.
 * @param {string[]} names of files in scripts/steps
 * @param {{withoutGo?: string}} [options] withoutGo: what to add to the sentence when Go is missing
 * @returns {Promise<NodeJS.ProcessEnv>} the environment to run the command in
 */
export async function prepare(names, { withoutGo = '' } = {}) {
  if ((await openSteps(names)).length > 0) {
    await withLock(
      join(cache, 'setup.lock'),
      // What was open before the lock may have been done by whoever held it.
      async () => work(await openSteps(names), withoutGo),
      (owner) => process.stderr.write(`Waiting for another set-up (process ${owner}) to end.\n`),
    );
  }
  return nodeEnvironment();
}

async function openSteps(names) {
  const steps = [await nodeStep(), dependenciesStep()];
  for (const step of await loadSteps(names)) {
    const open = await binaryStep(step);
    if (open !== undefined) steps.push({ ...open, needsGo: true });
  }
  return steps.filter((step) => step !== undefined);
}

async function work(steps, withoutGo) {
  await refuseMissing(steps, withoutGo);
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

async function refuseMissing(steps, withoutGo) {
  const problems = [await missingGit()];
  const forGo = steps.filter((step) => step.needsGo);
  if (forGo.length > 0) {
    const missing = await missingGo();
    const what = forGo.map((step) => step.name).join(', ');
    if (missing !== undefined) problems.push(`${missing} It is needed to build: ${what}.${withoutGo}`);
  }
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new Failure(found.join('\n'));
}
