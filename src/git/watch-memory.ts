import { readdir, readFile } from 'node:fs/promises';

const checkMilliseconds = 250;
/** A Git that fetches has three processes below it. */
const mostProcesses = 64;

/**
 * Tells once when a process and all that it has started hold more memory than a limit, which Git itself has none for.
 * Only where the system tells (Linux); elsewhere nothing is ever told.
 * @returns how to end the watch
 */
export function watchMemory(pid: number, limitBytes: number, onExceeded: () => void): () => void {
  let over = false;
  const check = async (): Promise<void> => {
    if ((await memoryOf(pid)) <= limitBytes || over) return;
    over = true;
    onExceeded();
  };
  const timer = setInterval(() => void check(), checkMilliseconds);
  return () => {
    over = true;
    clearInterval(timer);
  };
}

/** Resident memory of a process and its descendants, in bytes; 0 for what has ended. */
async function memoryOf(root: number): Promise<number> {
  const pending = [String(root)];
  let kilobytes = 0;
  for (let seen = 0; seen < mostProcesses; seen += 1) {
    const pid = pending.pop();
    if (pid === undefined) break;
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    kilobytes += Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
    // What a thread has started is listed with the thread.
    for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
      const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'latin1').catch(() => '');
      pending.push(...children.split(' ').filter((child) => child !== ''));
    }
  }
  return kilobytes * 1024;
}
