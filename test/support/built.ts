import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { CliResult } from './cli.ts';

/** The program as it is published; test/support/build-setup.ts has built it. */
const builtProgram = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

/** The environment of a user who has nothing set: no kubeconfig, no colours. */
export function userEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...extra };
}

/** Runs the built program to its end. */
export async function builtPlumb(args: readonly string[], env: Record<string, string>): Promise<CliResult> {
  const child = spawn(builtProgram, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { stdout, stderr, exitCode: code ?? -1 };
}

/** What `plumb start -o json` says once everything runs. */
export interface StartedFacts {
  readonly kubeconfig: string;
  readonly server: string;
  readonly cloneUrl: string;
  readonly namespace: string;
  readonly applications: readonly string[];
  /** The HTTP API, and a link that signs in to it once. */
  readonly api?: { readonly url: string; readonly link: string };
}

/** A `plumb start` that runs. */
export interface StartedPlumb {
  readonly facts: StartedFacts;
  readonly child: ChildProcess;
  /** What it has written to standard error so far. */
  log(): string;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number>;
}

/** Starts `plumb start` and waits until it says that everything runs. */
export async function startBuilt(args: readonly string[], env: Record<string, string>): Promise<StartedPlumb> {
  const child = spawn(builtProgram, ['start', '-o', 'json', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data: Buffer) => (log += data.toString('utf8')));
  const ended = once(child, 'close').then(([code]) => (code as number | null) ?? -1);
  const first = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const line = await Promise.race([first.then(([written]) => written), ended]);
  if (typeof line === 'number') throw new Error(`plumb start ended with ${line}:\n${log}`);
  return { facts: JSON.parse(line) as StartedFacts, child, log: () => log, ended };
}
