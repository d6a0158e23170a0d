// The npm packages: installed again only where the lock file has changed.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { nodeEnvironment } from './node.mjs';
import { root } from './paths.mjs';
import { run, tailOf } from './run.mjs';

const folder = join(root, 'node_modules');
// Inside node_modules, so that deleting the folder deletes the stamp too.
const stamp = join(folder, '.plumbline-lock');

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function isCurrent() {
  if (!existsSync(folder)) return false;
  // A linked folder belongs to another work tree, which keeps it.
  if (lstatSync(folder).isSymbolicLink()) return true;
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash();
}

/** The set-up step for the npm packages, or undefined where they are as the lock file says. */
export function dependenciesStep() {
  if (isCurrent()) return undefined;
  return { name: 'npm packages', estimateSeconds: 20, build: install };
}

function readJson(name) {
  return JSON.parse(readFileSync(join(root, name), 'utf8'));
}

/** What package.json asks for and the lock file does not hold; an install would resolve it anew. */
export function unlockedDependencies() {
  const asked = readJson('package.json');
  const locked = readJson('package-lock.json').packages[''];
  return ['dependencies', 'devDependencies'].flatMap((group) => {
    const names = new Set([...Object.keys(asked[group] ?? {}), ...Object.keys(locked[group] ?? {})]);
    return [...names].filter((name) => asked[group]?.[name] !== locked[group]?.[name]);
  });
}

async function install(log) {
  // Not `npm ci`: it refuses a lock file without the optional binaries of platforms that a registry does
  // not carry. Without --save the lock file is obeyed and never written. No package may run a script.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code } = await run('npm', args, { env: nodeEnvironment(), log });
  if (code !== 0) throw new Failure(`The npm packages could not be installed:\n${tailOf(log)}`);
  writeFileSync(stamp, lockHash());
}
