import { setTimeout as delay } from 'node:timers/promises';
import type { LocalCluster } from '../src/local/index.ts';
import { allCalls, ownCalls } from './account.ts';
import type { ApiServer } from './api-server.ts';
import { type Counts, difference, total } from './metrics.ts';
import { busySeconds, cpuSecondsOf, ownSeconds } from './processes.ts';
import type { SystemUnderTest } from './system.ts';

/** The counters of everything that is measured, at one moment. */
export interface Moment {
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  readonly systemCpu: number;
  readonly clusterCpu: number;
  readonly benchCpu: number;
  readonly busy: number;
  readonly own: Counts;
  readonly all: Counts;
  readonly benchCalls: number;
  readonly renders: number;
}

/** What was used between two moments. */
export interface Usage {
  readonly seconds: number;
  /** Processor seconds, user and system. */
  readonly cpu: {
    /** Plumbline with its child processes. */
    readonly system: number;
    /** etcd, the API server, the controllers of Kubernetes. */
    readonly cluster: number;
    /** The benchmark itself, with the Git server. */
    readonly bench: number;
    /** Everything else on the machine: what disturbed the measurement. */
    readonly elsewhere: number;
  };
  /** Calls of Plumbline, by kind. */
  readonly own: Counts;
  /** Calls of everybody by verb and resource, those of the benchmark included. */
  readonly all: Counts;
  /** Calls of everybody but the benchmark: the figure that the peers were measured by. */
  readonly calls: number;
  readonly renders: number;
}

/** What is measured. */
export interface Subjects {
  readonly api: ApiServer;
  readonly cluster: LocalCluster;
  readonly system?: SystemUnderTest;
}

/** Reads all counters. */
export async function readCounters({ api, cluster, system }: Subjects): Promise<Moment> {
  const benchCalls = api.calls;
  const exposition = await api.metrics();
  return {
    at: performance.now(),
    systemCpu: system === undefined ? 0 : cpuSecondsOf(system.pid),
    clusterCpu: cpuSecondsOf(cluster.pid),
    benchCpu: ownSeconds(process.pid),
    busy: busySeconds(),
    own: ownCalls(exposition),
    all: allCalls(exposition),
    benchCalls,
    renders: system?.renders ?? 0,
  };
}

/** What was used from one moment to a later one. */
export function usageBetween(before: Moment, after: Moment): Usage {
  const system = after.systemCpu - before.systemCpu;
  const cluster = after.clusterCpu - before.clusterCpu;
  const bench = after.benchCpu - before.benchCpu;
  const all = difference(before.all, after.all);
  return {
    seconds: (after.at - before.at) / 1000,
    cpu: { system, cluster, bench, elsewhere: Math.max(0, after.busy - before.busy - system - cluster - bench) },
    own: difference(before.own, after.own),
    all,
    calls: total(all) - (after.benchCalls - before.benchCalls),
    renders: after.renders - before.renders,
  };
}

/** What is used while nothing happens, for so many seconds. */
export async function idleUsage(subjects: Subjects, seconds: number): Promise<Usage> {
  const before = await readCounters(subjects);
  await delay(seconds * 1000);
  return usageBetween(before, await readCounters(subjects));
}
