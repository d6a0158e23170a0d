import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ClusterEvent, ClusterPlace, ComponentPids } from '../../src/local/index.ts';

/** A program (cluster-parent.ts) that has started a cluster, which is ready. */
export interface ClusterParent {
  readonly process: ChildProcess;
  readonly supervisor: number;
  readonly pids: ComponentPids;
  readonly place: ClusterPlace;
  /** Settles when the program has ended. */
  readonly ended: Promise<unknown>;
}

/** Starts the program and waits until its cluster is ready. */
export async function startParent(manner: 'wait' | 'crash' | 'background', directory?: string): Promise<ClusterParent> {
  const program = join(import.meta.dirname, 'cluster-parent.ts');
  const args = ['--disable-warning=ExperimentalWarning', program, manner];
  // A process group of its own, as a terminal makes one for a command: Ctrl-C can be sent to it.
  const parent = spawn(process.execPath, directory === undefined ? args : [...args, directory], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(parent, 'exit');
  let complaint = '';
  parent.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  let starting: Extract<ClusterEvent, { type: 'starting' }> | undefined;
  for await (const line of createInterface(parent.stdout)) {
    const event = JSON.parse(line) as ClusterEvent;
    if (event.type === 'starting') starting = event;
    if (event.type === 'ready' && starting !== undefined) {
      return { process: parent, supervisor: starting.pid, pids: event.pids, place: starting.place, ended };
    }
  }
  throw new Error(`the cluster's parent ended before the cluster was ready: ${complaint}`);
}
