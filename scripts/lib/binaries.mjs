// The binaries that are built from Go source: one folder per content of their sources, built at most once.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from './failure.mjs';
import { binaries, root } from './paths.mjs';
import { run, tailOf } from './run.mjs';

const keptVersions = 5;
const keptDays = 14;

/** Loads the steps of these names; a name without a file is left out. */
export async function loadSteps(names) {
  const steps = [];
  for (const name of names) {
    const file = join(root, 'scripts', 'steps', `${name}.mjs`);
    if (existsSync(file)) steps.push(await import(pathToFileURL(file).href));
  }
  return steps;
}

/** Where the binaries of a step lie once it is built. */
export async function outputOf(step) {
  return join(binaries, `${step.name}-${await step.fingerprint()}`);
}

/** The set-up step for a binary, or undefined where it is built already. */
export async function binaryStep(step) {
  const output = await outputOf(step);
  if (existsSync(output)) {
    const now = new Date();
    utimesSync(output, now, now);
    return undefined;
  }
  return { name: step.name, estimateSeconds: step.estimateSeconds, build: (log) => build(step, output, log) };
}

async function build(step, output, log) {
  const temporary = `${output}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  try {
    await step.build({ log, directory: temporary });
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    const tail = tailOf(log);
    throw new Failure(
      `${step.name} could not be built: ${error.message}${tail === '' ? '' : `\n${tail}`}\n(log: ${log})`,
    );
  }
  renameSync(temporary, output);
  removeOld(step.name, output);
}

/** Keeps the versions that were used lately: going back and forth between branches costs no build. */
function removeOld(name, current) {
  const versions = readdirSync(binaries)
    .filter((entry) => entry.startsWith(`${name}-`))
    .filter((entry) => /^[0-9a-f]+(\.\d+\.tmp)?$/.test(entry.slice(name.length + 1)))
    .map((entry) => join(binaries, entry))
    .filter((path) => path !== current && !path.endsWith('.tmp'))
    .map((path) => ({ path, usedAt: statSync(path).mtimeMs }))
    .toSorted((a, b) => b.usedAt - a.usedAt);
  const oldest = Date.now() - keptDays * 86_400_000;
  versions.forEach(({ path, usedAt }, index) => {
    if (index >= keptVersions - 1 || usedAt < oldest) rmSync(path, { recursive: true, force: true });
  });
}

/** Whether Git is there. @returns {Promise<string | undefined>} what is wrong, in one sentence */
export async function missingGit() {
  const { code } = await run('git', ['--version'], { cwd: root });
  return code === 0
    ? undefined
    : 'Git is not installed. Install Git 2.40 or newer from https://git-scm.com and try again.';
}
