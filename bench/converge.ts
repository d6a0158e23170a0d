import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, collectionPath } from './api-server.ts';
import { follow, type Followed } from './follow.ts';
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
export async function createApplications(
  api: ApiServer,
  count: number,
  applicationOf: (number: number) => BenchObject,
): Promise<void> {
  const path = collectionPath('Application', homeNamespace);
  let number = 0;
  const creator = async (): Promise<void> => {
    while (number < count) await api.call('POST', path, applicationOf(++number));
  };
  await Promise.all(Array.from({ length: creators }, creator));
}

/** The moments at which the first, second, … Application settled; one that unsettles loses its moment. */
export async function untilAllSettled(
  applications: Followed,
  count: number,
  commit: string,
  limit: number,
): Promise<number[]> {
  const settled = new Map<string, number>();
  const take = ({ object, at }: { readonly object: BenchObject; readonly at: number }): boolean => {
    const { name } = object.metadata;
    if (!isSettled(object, commit)) settled.delete(name);
    else if (!settled.has(name)) settled.set(name, at);
    return settled.size === count;
  };
  try {
    await applications.next(take, limit, `all ${count} Applications Synced and Healthy`);
  } catch (error) {
    throw new Error(describeOpen(applications, settled, count), { cause: error });
  }
  return [...settled.values()].toSorted((left, right) => left - right);
}

function describeOpen(applications: Followed, settled: ReadonlyMap<string, number>, count: number): string {
  for (let number = 1; number <= count; number++) {
    const name = applicationName(number);
    if (settled.has(name)) continue;
    const status = JSON.stringify(applications.objects.get(name)?.['status']);
    return `${settled.size} of ${count} Applications settled; the status of ${name} is ${status}`;
  }
  return 'all Applications settled';
}
