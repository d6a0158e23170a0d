import type { Measurement } from './measure.ts';
import { total } from './metrics.ts';
import { type FigureName, figureNames, peers } from './peers.ts';
import type { Distribution } from './statistics.ts';

/** One line of the report: everything that is to be compared, as text. */
export interface Figure {
  readonly name: FigureName;
  readonly title: string;
  readonly value: string;
  /** What the same machine allows, measured in the same run; empty where there is no such thing. */
  readonly limit: string;
  readonly aim: string;
  /** Whether the aim is met; undefined where there is none. */
  readonly met: boolean | undefined;
  readonly flux: string;
  readonly argo: string;
}

interface Own {
  readonly title: string;
  readonly value: string;
  readonly limit?: string;
  /** The most that the measured number may be. */
  readonly aim?: { readonly atMost: number; readonly measured: number };
}

const mebibyte = 1024 * 1024;
const convergeAims: ReadonlyMap<number, number> = new Map([
  [300, 6],
  [1000, 20],
]);

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const one = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
const mebibytes = (bytes: number): string => count(bytes / mebibyte);
const pair = ({ median, p99 }: Distribution): string => `${one(median)} / ${one(p99)}`;

/** The lines of the report for one run. */
export function figuresOf(measurement: Measurement): Figure[] {
  const own = ownFigures(measurement);
  const { flux = {}, argo = {} } = peers.get(measurement.count) ?? {};
  return figureNames.map((name) => {
    const { title, value, limit = '', aim } = own[name];
    return {
      name,
      title,
      value,
      limit,
      aim: aim === undefined ? '' : `≤ ${one(aim.atMost)}`,
      met: aim === undefined ? undefined : aim.measured <= aim.atMost,
      flux: flux[name] ?? '',
      argo: argo[name] ?? '',
    };
  });
}

function ownFigures(measurement: Measurement): Readonly<Record<FigureName, Own>> {
  const { convergence, memory, limit, drift, commits } = measurement;
  const convergeAim = convergeAims.get(measurement.count);
  return {
    converge: {
      title: 'all Synced and Healthy, s',
      value: one(convergence.seconds),
      limit: `${one(limit.seconds)} applied, ${one(limit.healthySeconds)} available`,
      ...(convergeAim === undefined ? {} : { aim: { atMost: convergeAim, measured: convergence.seconds } }),
    },
    calls: {
      title: 'API calls, those of Kubernetes itself included',
      value: count(convergence.usage.calls),
      limit: count(limit.reactions),
    },
    ownCalls: {
      title: 'API calls of Plumbline alone',
      value: count(total(convergence.usage.own)),
      limit: count(limit.calls),
    },
    cpu: { title: 'CPU, s', value: one(convergence.usage.cpu.system), limit: one(limit.cpu) },
    peakMemory: {
      title: 'RSS of all processes, peak, MiB',
      value: mebibytes(memory.peak.rss),
      aim: { atMost: 250, measured: memory.peak.rss / mebibyte },
    },
    idleMemory: { title: 'RSS of all processes, idle, MiB', value: mebibytes(memory.idle.rss) },
    ...idleFigures(measurement),
    drift: {
      title: 'drift reverted, ms, median / p99',
      value: pair(drift.fromCall),
      limit: pair(limit.drift),
      aim: { atMost: 40, measured: drift.fromCall.median },
    },
    commitApplied: {
      title: 'one commit: applied, ms, median / p99',
      value: pair(commits.applied),
      limit: pair(limit.commit),
      aim: { atMost: 300, measured: commits.applied.median },
    },
    commitSettled: { title: 'one commit: all settled, ms, median / p99', value: pair(commits.settled) },
    ...commitFigures(measurement),
  };
}

/** What an idle minute costs. */
function idleFigures({ idle }: Measurement): Pick<Record<FigureName, Own>, 'idleCalls' | 'idleLeases' | 'idleCpu'> {
  const perMinute = 60 / idle.seconds;
  const leases = idle.own.get('leases') ?? 0;
  const others = total(idle.own) - leases;
  return {
    idleCalls: {
      title: 'API calls in an idle minute, without Leases',
      value: count(others * perMinute),
      limit: '0',
      aim: { atMost: 0, measured: others },
    },
    idleLeases: { title: 'Lease calls in an idle minute', value: count(leases * perMinute) },
    idleCpu: { title: 'CPU in an idle minute, s', value: (idle.cpu.system * perMinute).toFixed(2), limit: '0' },
  };
}

/** What one commit costs, on average. */
function commitFigures({
  commits,
}: Measurement): Pick<Record<FigureName, Own>, 'commitCalls' | 'commitOwnCalls' | 'commitRenders'> {
  const { usage, applied } = commits;
  const own = (total(usage.own) - (usage.own.get('leases') ?? 0)) / applied.count;
  const renders = usage.renders / applied.count;
  return {
    commitCalls: {
      title: 'one commit: API calls, those of Kubernetes itself included',
      value: one(usage.calls / applied.count),
    },
    commitOwnCalls: {
      title: 'one commit: API calls of Plumbline alone',
      value: one(own),
      limit: '1',
      aim: { atMost: 10, measured: own },
    },
    commitRenders: {
      title: 'one commit: renders',
      value: one(renders),
      limit: '1',
      aim: { atMost: 1, measured: renders },
    },
  };
}
