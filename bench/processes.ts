import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks in a second, as /proc counts processor time: the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** A process and all that it started and that still runs, at one moment. */
export interface TreeUse {
  readonly processes: number;
  /** Resident memory, bytes. What processes share is counted for each of them. */
  readonly rss: number;
  /** The same for each process. */
  readonly parts: readonly { readonly command: string; readonly rss: number }[];
}

/** The process and its descendants that run now. */
export function descendants(root: number): number[] {
  const found: number[] = [];
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const children = childrenOf(pid);
    if (children === undefined) continue;
    found.push(pid);
    open.push(...children);
  }
  return found;
}

/** Undefined where the process is gone. */
function childrenOf(pid: number): number[] | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
      const text = read(`/proc/${pid}/task/${task}/children`);
      return text === undefined ? [] : text.split(' ').filter(Boolean).map(Number);
    });
  } catch {
    return undefined;
  }
}

/** Undefined where the process, and with it the file, is gone. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A field of status or smaps_rollup, in bytes; 0 where it is missing. */
function kibibytes(text: string | undefined, field: string): number {
  const [, value = '0'] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text ?? '') ?? [];
  return Number(value) * 1024;
}

/** Resident memory of a tree of processes now. */
export function memoryOf(root: number): TreeUse {
  const parts = descendants(root).map((pid) => {
    const status = read(`/proc/${pid}/status`);
    const [, command = '?'] = /^Name:\s+(.*)$/m.exec(status ?? '') ?? [];
    // Node calls its process by its main thread.
    return { command: command === 'MainThread' ? 'node' : command, rss: kibibytes(status, 'VmRSS') };
  });
  return { processes: parts.length, rss: parts.reduce((sum, { rss }) => sum + rss, 0), parts };
}

/** Memory of a tree of processes in which a page that is shared by n of them counts for 1/n each, bytes. */
export function proportionalMemoryOf(root: number): number {
  return descendants(root).reduce((sum, pid) => sum + kibibytes(read(`/proc/${pid}/smaps_rollup`), 'Pss'), 0);
}

/**
 * Processor seconds that a tree of processes has used, user and system, with the children that have ended and were
 * waited for. A process that another one is not waiting for yet counts by itself.
 */
export function cpuSecondsOf(root: number): number {
  return descendants(root).reduce((sum, pid) => sum + ownSeconds(pid), 0);
}

/** Processor seconds of one process alone, with the children that have ended and were waited for. */
export function ownSeconds(pid: number): number {
  return ticksOf(read(`/proc/${pid}/stat`)) / ticksPerSecond;
}

/** utime, stime, cutime and cstime. */
function ticksOf(stat: string | undefined): number {
  if (stat === undefined) return 0;
  // The command, in parentheses, may hold anything, also blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** Processor seconds in which the machine was not idle, since it started, all processors together. */
export function busySeconds(): number {
  const [, user, nice, system, , , irq, softirq, steal] =
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/) ?? [];
  const ticks = [user, nice, system, irq, softirq, steal].map(Number);
  return ticks.reduce((sum, value) => sum + value, 0) / ticksPerSecond;
}

/** Follows the memory of a tree of processes. */
export interface MemoryWatch {
  /** The greatest memory seen since the start or the last reset, bytes. */
  readonly peak: TreeUse & { readonly pss: number };
  stop(): void;
}

const sampleMilliseconds = 100;
/** Each look at the proportional memory walks all page tables, so it is taken less often. */
const samplesPerProportional = 5;

/** Looks at the memory of a tree every 100 ms, at the proportional one every 500 ms. */
export function watchMemory(root: number): MemoryWatch {
  let peak: MemoryWatch['peak'] = { processes: 0, rss: 0, parts: [], pss: 0 };
  let samples = 0;
  const sample = (): void => {
    const now = memoryOf(root);
    const pss = samples++ % samplesPerProportional === 0 ? proportionalMemoryOf(root) : 0;
    peak = { ...(now.rss > peak.rss ? now : peak), pss: Math.max(peak.pss, pss) };
  };
  sample();
  const timer = setInterval(sample, sampleMilliseconds);
  return {
    get peak() {
      return peak;
    },
    stop: () => clearInterval(timer),
  };
}
