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

async function install(log) {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code } = await run('npm', args, { env: nodeEnvironment(), log });
  if (code !== 0) throw new Failure(`The npm packages could not be installed:\n${tailOf(log)}`);
  writeFileSync(stamp, lockHash());
}
