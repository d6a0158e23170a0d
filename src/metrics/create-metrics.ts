import { collectDefaultMetrics, Counter, Gauge, Histogram, type MetricValue, Registry } from 'prom-client';
import type { Measure, Observer, QueueName } from '../controller/index.ts';
import type { Counters } from '../kube/index.ts';
import type { Renderer } from '../render/index.ts';
import { type ApplicationRows, applicationRows } from './application-rows.ts';
import { type Definition, definitions, type MetricName } from './definitions.ts';
import { toldRenderer } from './render.ts';
import { countLeft, countSync, newTally, type Tally, wordOf } from './tally.ts';

/** What the metrics are read from when they are asked for. */
export interface MetricSources {
  /** How the Applications stand; none where this process does not lead. */
  readonly measures: () => Iterable<Measure>;
  /** Requests to the API server. */
  readonly counters: () => Counters;
}

/** The metrics of this process. */
export interface Metrics {
  /** Counts what a controller tells. */
  readonly observer: Observer;
  /** The same renderer, whose renders are counted. */
  readonly renderer: (renderer: Renderer, purpose: 'sync' | 'preview') => Renderer;
  /** Told when this process begins, and ends, to lead. */
  readonly onLeading: (leading: boolean) => void;
  /** All metrics as Prometheus reads them. Those who ask at the same time share one answer. */
  readonly scrape: (sources: MetricSources) => Promise<string>;
  /** The media type of that. */
  readonly contentType: string;
}

/** What `createMetrics` needs. */
export interface MetricsOptions {
  /** Of Plumbline. */
  readonly version: string;
  /** Whether memory, CPU and event loop of the process are told as well; once for a process. */
  readonly ofProcess: boolean;
}

const seconds = (milliseconds: number): number => milliseconds / 1_000;

/** Nothing has been counted yet. */
export function createMetrics({ version, ofProcess }: MetricsOptions): Metrics {
  const registry = new Registry();
  let rows: ApplicationRows = {};
  const made = makeAll(registry, (name) => rows[name]);
  const tallies = new WeakMap<object, Tally>();
  const depths = new Map<QueueName, () => number>();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  made.gauge('plumbline_build_info').set({ version }, 1);
  made.gauge('plumbline_leader').set(0);
  const durations = {
    sync: made.histogram('plumbline_sync_duration_seconds'),
    commit: made.histogram('plumbline_commit_to_applied_seconds'),
    render: made.histogram('plumbline_render_duration_seconds'),
    git: made.histogram('plumbline_git_operation_duration_seconds'),
    registry: made.histogram('plumbline_registry_fetch_duration_seconds'),
    wait: made.histogram('plumbline_workqueue_wait_duration_seconds'),
    work: made.histogram('plumbline_workqueue_work_duration_seconds'),
  };
  const failures = made.counter('plumbline_workqueue_failures_total');
  const forgeRequests = made.counter('plumbline_forge_requests_total');

  const tallyOf = (application: object): Tally => {
    let tally = tallies.get(application);
    if (tally === undefined) tallies.set(application, (tally = newTally()));
    return tally;
  };

  const observer: Observer = {
    syncEnded(application, sync) {
      countSync(tallyOf(application), sync);
      const { by: cause, outcome, milliseconds, sinceCommit } = sync;
      durations.sync.observe({ cause, outcome: wordOf(outcome) }, seconds(milliseconds));
      if (sinceCommit !== undefined) durations.commit.observe(seconds(sinceCommit));
    },
    driftLeft: (application, objects) => countLeft(tallyOf(application), objects),
    deletionBegun(application) {
      tallyOf(application).deletions += 1;
    },
    transferred: ({ operation, outcome, milliseconds }) =>
      durations.git.observe({ operation, outcome }, seconds(milliseconds)),
    registryFetched: (outcome, milliseconds) => durations.registry.observe({ outcome }, seconds(milliseconds)),
    forgeAsked: (method, code) => forgeRequests.inc({ method, code: code ?? 'error' }),
    queueOpened: (name, depth) => depths.set(name, depth),
    workBegun: (queue, waited) => durations.wait.observe({ queue }, seconds(waited)),
    workEnded(queue, worked, failed) {
      durations.work.observe({ queue }, seconds(worked));
      if (failed) failures.inc({ queue });
    },
  };

  const fill = ({ measures, counters }: MetricSources): void => {
    rows = applicationRows(measures(), tallyOf);
    const { answers, retried } = counters();
    const requests = made.counter('plumbline_api_requests_total');
    requests.reset();
    for (const [verb, codes] of Object.entries(answers))
      for (const [code, count] of Object.entries(codes)) requests.inc({ verb, code }, count);
    const retries = made.counter('plumbline_api_retries_total');
    retries.reset();
    retries.inc(retried);
    for (const [queue, depth] of depths) made.gauge('plumbline_workqueue_depth').set({ queue }, depth());
  };

  const answer = async (sources: MetricSources): Promise<string> => {
    fill(sources);
    const text = wellWritten(await registry.metrics());
    // What is read from the state is held by nobody until the next one asks.
    rows = {};
    return text;
  };
  let underWay: Promise<string> | undefined;
  return {
    observer,
    renderer: (renderer, purpose) =>
      toldRenderer(renderer, (outcome, milliseconds) =>
        durations.render.observe({ purpose, outcome }, seconds(milliseconds)),
      ),
    onLeading: (leading) => made.gauge('plumbline_leader').set(leading ? 1 : 0),
    scrape(sources) {
      underWay ??= answer(sources).finally(() => (underWay = undefined));
      return underWay;
    },
    contentType: registry.contentType,
  };
}

/** Where nothing was measured since the last time, prom-client writes `Nan`; the format knows `NaN`. */
function wellWritten(text: string): string {
  return text.includes(' Nan\n') ? text.replaceAll(/ Nan$/gm, ' NaN') : text;
}

type Named<Type extends Definition['type']> = {
  [Name in MetricName]: (typeof definitions)[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** The metrics by their names. */
export interface Made {
  readonly counter: (name: Named<'counter'>) => Counter;
  readonly gauge: (name: Named<'gauge'>) => Gauge;
  readonly histogram: (name: Named<'histogram'>) => Histogram;
}

/** @param rowsOf the samples of a metric of Applications, which are not kept in it but read when they are asked for */
function makeAll(registry: Registry, rowsOf: (name: string) => readonly MetricValue<string>[] | undefined): Made {
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, definition] of Object.entries<Definition>(definitions)) {
    const { type, help, labels, buckets = [] } = definition;
    const configuration = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'counter') counters.set(name, new Counter(configuration));
    else if (type === 'gauge') gauges.set(name, new Gauge(configuration));
    else histograms.set(name, new Histogram({ ...configuration, buckets: [...buckets] }));
  }
  for (const metric of [...counters.values(), ...gauges.values()]) {
    const get = metric.get.bind(metric);
    metric.get = async () => {
      const known = await get();
      const read = rowsOf(known.name);
      return read === undefined ? known : { ...known, values: [...read] };
    };
  }
  return {
    counter: (name) => present(counters.get(name), name),
    gauge: (name) => present(gauges.get(name), name),
    histogram: (name) => present(histograms.get(name), name),
  };
}

function present<Metric>(metric: Metric | undefined, name: string): Metric {
  if (metric === undefined) throw new Error(`there is no metric ${name}`);
  return metric;
}
