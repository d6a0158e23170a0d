import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, collectionPath } from './api-server.ts';
import { follow, type Followed } from './follow.ts';
import { inParallel } from './in-parallel.ts';
import { readCounters, type Subjects, type Usage, usageBetween } from './usage.ts';
import { applicationName, applicationObject, type BenchObject, homeNamespace } from './workload.ts';

/** How the Applications came to be as Git says. */
export interface Convergence {
  /** From the creation of the first Application until all were Synced and Healthy. */
  readonly seconds: number;
  /** Until the first, the half and nine tenths of them were. */
  readonly progress: { readonly first: number; readonly half: number; readonly ninety: number };
  /** From the creation of the first Application until some seconds after the end, with what trailed after it. */
  readonly usage: Usage;
}

interface Status {
  readonly revision?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** True where an Application is Synced and Healthy at this commit. */
export function isSettled(application: BenchObject, commit: string): boolean {
  const { revision, conditions = [] } = (application['status'] ?? {}) as Status;
  const isTrue = (type: string) => conditions.some((found) => found.type === type && found.status === 'True');
  return revision === commit && isTrue('Synced') && isTrue('Healthy');
}

const creators = 16;
/** How long to wait for what trails after the last Application, milliseconds. */
const settleMilliseconds = 15_000;
const patience = 600_000;

/** Creates N Applications and watches until all are Synced and Healthy at the commit. */
export async function converge(subjects: Subjects, count: number, commit: string): Promise<Convergence> {
  const { api } = subjects;
  const applications = await follow(api, collectionPath('Application', homeNamespace));
  try {
    const before = await readCounters(subjects);
    const started = performance.now();
    const moments = untilAllSettled(applications, count, commit, patience);
    await Promise.all([createApplications(api, count, applicationObject), moments]);
    const since = (moment = 0) => (moment - started) / 1000;
    const at = await moments;
    await delay(settleMilliseconds);
    return {
      seconds: since(at.at(-1)),
      progress: {
        first: since(at[0]),
        half: since(at[Math.floor(count / 2)]),
        ninety: since(at[Math.floor(count * 0.9)]),
      },
      usage: usageBetween(before, await readCounters(subjects)),
    };
  } finally {
    await applications.stop();
  }
}

/** Creates the Applications with the numbers from 1 on, several at once. */
export function createApplications(
  api: ApiServer,
  count: number,
  applicationOf: (number: number) => BenchObject,
): Promise<void> {
  return createAll(api, numbersTo(count).map(applicationOf));
}

/** Creates these Applications in their order, several at once. */
export async function createAll(api: ApiServer, applications: readonly BenchObject[]): Promise<void> {
  const path = collectionPath('Application', homeNamespace);
  await inParallel(applications, creators, async (application) => void (await api.call('POST', path, application)));
}

/** The moments at which the first, second, … of N Applications settled; one that unsettles loses its moment. */
export function untilAllSettled(
  applications: Followed,
  count: number,
  commit: string,
  limit: number,
): Promise<number[]> {
  return untilSettled(applications, new Set(numbersTo(count).map(applicationName)), commit, limit);
}

/** The numbers from 1 on. */
export const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

/** As `untilAllSettled`, for the Applications of these names, whatever becomes of others. */
export async function untilSettled(
  applications: Followed,
  names: ReadonlySet<string>,
  commit: string,
  limit: number,
): Promise<number[]> {
  const settled = new Map<string, number>();
  const take = ({ object, at }: { readonly object: BenchObject; readonly at: number }): boolean => {
    const { name } = object.metadata;
    if (!names.has(name)) return false;
    if (!isSettled(object, commit)) settled.delete(name);
    else if (!settled.has(name)) settled.set(name, at);
    return settled.size === names.size;
  };
  try {
    await applications.next(take, limit, `${names.size} Applications Synced and Healthy`);
  } catch (error) {
    throw new Error(describeOpen(applications, settled, names), { cause: error });
  }
  return [...settled.values()].toSorted((left, right) => left - right);
}

function describeOpen(
  applications: Followed,
  settled: ReadonlyMap<string, number>,
  names: ReadonlySet<string>,
): string {
  for (const name of names) {
    if (settled.has(name)) continue;
    const status = JSON.stringify(applications.objects.get(name)?.['status']);
    return `${settled.size} of ${names.size} Applications settled; the status of ${name} is ${status}`;
  }
  return 'all Applications settled';
}
