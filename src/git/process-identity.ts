import { readFileSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

let space: string | undefined;

/**
 * Names the space in which process ids mean the same: this host, since its last start, in this process namespace.
 * Two containers that share a folder are two spaces.
 */
export async function thisSpace(): Promise<string> {
  space ??= [
    hostname(),
    await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
      (text) => text.trim(),
      () => '',
    ),
    await readlink('/proc/self/ns/pid').catch(() => ''),
  ].join(' ');
  return space;
}

/** When a process started, in ticks since the machine did; undefined where it is gone or the system does not tell. */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    return startIn(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** `startOf`, where nothing may come between. */
export function startOfSync(pid: number): string | undefined {
  try {
    return startIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Field 22. The name of the program, in parentheses, may hold any character: so it is counted from behind it. */
function startIn(text: string): string | undefined {
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

/** Whether the process that had this id and start time still runs. */
export async function isAlive(pid: number, started: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is one, of another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = await startOf(pid);
  return now === undefined || started === '' || now === started;
}
