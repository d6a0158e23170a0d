import { expect, test } from 'vitest';
import { parseExposition } from '../../test/support/exposition.ts';
import type { EndedSync, Measure } from '../controller/index.ts';
import type { Counters } from '../kube/index.ts';
import type { Renderer, RenderRequest, RenderResult } from '../render/index.ts';
import { createMetrics, definitions } from './index.ts';

const counters: Counters = {
  requests: { get: 3, watch: 1 },
  answers: { get: { 200: 2, 404: 1 }, watch: { error: 1 } },
  throttled: 0,
  retried: 4,
};

function measure(name: string, more: Partial<Measure> = {}): Measure {
  return {
    application: {},
    namespace: 'team-a',
    name,
    repositories: 'apps',
    destination: 'prod',
    automated: true,
    suspended: false,
    sync: 'Synced',
    health: 'Healthy',
    reason: 'Synced',
    objects: 4,
    drifted: 0,
    contested: 0,
    awaitingApproval: 0,
    limited: 0,
    ...more,
  };
}

const ended = (more: Partial<EndedSync> = {}): EndedSync => ({
  outcome: 'Succeeded',
  by: 'automated',
  milliseconds: 2_000,
  reverted: [],
  contested: [],
  sinceCommit: undefined,
  ...more,
});

function started(...measures: readonly Measure[]) {
  const metrics = createMetrics({ version: '1.2.3', ofProcess: false });
  let shown: readonly Measure[] = measures;
  return {
    ...metrics,
    show: (...now: readonly Measure[]) => (shown = now),
    read: async () => parseExposition(await metrics.scrape({ measures: () => shown, counters: () => counters })),
  };
}

test('every metric is there with its help and type, also before anything has happened', async () => {
  const { read } = started();
  const { families, value } = await read();
  expect(families).toEqual(
    new Map(Object.entries(definitions).map(([name, { help, type }]) => [name, { help, type }])),
  );
  expect(value('plumbline_build_info', { version: '1.2.3' })).toBe(1);
  expect(value('plumbline_leader')).toBe(0);
});

test('names keep to what Prometheus asks for', () => {
  for (const [name, { type, labels }] of Object.entries(definitions)) {
    expect(name).toMatch(/^plumbline_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    for (const label of labels) expect(label).toMatch(/^[a-z_]+$/);
    expect(labels).not.toContain('le');
  }
});

test('how an Application stands is read when it is asked for', async () => {
  const web = measure('web', { awaitingApproval: 2, limited: 3, drifted: 1, contested: 1 });
  const { read, show } = started(web);
  const first = await read();
  expect(first.samples.find(({ name }) => name === 'plumbline_application_info')).toEqual({
    name: 'plumbline_application_info',
    value: 1,
    labels: {
      namespace: 'team-a',
      name: 'web',
      repositories: 'apps',
      destination_namespace: 'prod',
      automated: 'true',
      suspended: 'false',
      sync_status: 'Synced',
      health_status: 'Healthy',
      reason: 'Synced',
    },
  });
  expect(first.value('plumbline_application_objects', { name: 'web' })).toBe(4);
  expect(first.value('plumbline_application_drifted_objects', { name: 'web' })).toBe(1);
  expect(first.value('plumbline_application_contested_objects', { name: 'web' })).toBe(1);
  expect(first.value('plumbline_application_deletions_held', { name: 'web', reason: 'approval' })).toBe(2);
  expect(first.value('plumbline_application_deletions_held', { name: 'web', reason: 'limit' })).toBe(3);

  // Another state is another series, and the one before is gone.
  show({ ...web, sync: 'OutOfSync', reason: 'SyncFailed' });
  const infos = (await read()).samples.filter(({ name }) => name === 'plumbline_application_info');
  expect(infos.map(({ labels }) => [labels['sync_status'], labels['reason']])).toEqual([['OutOfSync', 'SyncFailed']]);
});

test('syncs, drift, fights and deletions are counted by Application and kind', async () => {
  const [web, api] = [measure('web'), measure('api')];
  const { observer, read } = started(web, api);
  const [one, two] = ['apps/Deployment prod/web', 'ConfigMap prod/web'];
  observer.syncEnded(web.application, ended({ by: 'drift', reverted: [one, two], sinceCommit: undefined }));
  observer.syncEnded(web.application, ended({ by: 'drift', reverted: [one], contested: [one] }));
  observer.syncEnded(web.application, ended({ outcome: 'Failed', milliseconds: 61_000 }));
  observer.syncEnded(api.application, ended({ outcome: 'Stopped', by: 'manual' }));
  observer.syncEnded(api.application, ended({ sinceCommit: 4_000 }));
  observer.driftLeft(api.application, [one, 'Namespace prod']);
  // The same objects, still; then one of them anew.
  observer.driftLeft(api.application, [one, 'Namespace prod']);
  observer.driftLeft(api.application, []);
  observer.driftLeft(api.application, [one]);
  observer.deletionBegun(api.application);
  observer.deletionBegun(api.application);

  const { value } = await read();
  const syncs = (name: string, outcome: string) => value('plumbline_application_syncs_total', { name, outcome });
  expect([syncs('web', 'succeeded'), syncs('web', 'failed'), syncs('web', 'stopped')]).toEqual([2, 1, 0]);
  expect([syncs('api', 'succeeded'), syncs('api', 'failed'), syncs('api', 'stopped')]).toEqual([1, 0, 1]);
  const drift = (name: string, group: string, kind: string, outcome: string) =>
    value('plumbline_application_drift_total', { name, group, kind, outcome });
  expect(drift('web', 'apps', 'Deployment', 'reverted')).toBe(2);
  expect(drift('web', '', 'ConfigMap', 'reverted')).toBe(1);
  expect(drift('api', 'apps', 'Deployment', 'left')).toBe(2);
  expect(drift('api', '', 'Namespace', 'left')).toBe(1);
  expect(value('plumbline_application_fights_total', { name: 'web', group: 'apps', kind: 'Deployment' })).toBe(1);
  expect(value('plumbline_application_deletions_total', { name: 'api' })).toBe(2);
  expect(value('plumbline_application_deletions_total', { name: 'web' })).toBe(0);
  expect(value('plumbline_sync_duration_seconds_sum', { cause: 'drift', outcome: 'succeeded' })).toBe(4);
  expect(value('plumbline_sync_duration_seconds_count', { cause: 'automated', outcome: 'failed' })).toBe(1);
  expect(value('plumbline_commit_to_applied_seconds_bucket', { le: '2.5' })).toBe(0);
  expect(value('plumbline_commit_to_applied_seconds_bucket', { le: '5' })).toBe(1);
});

test('the series of an Application go with it, and another of the same name begins anew', async () => {
  const web = measure('web');
  const { observer, read, show } = started(web, measure('api'));
  observer.syncEnded(web.application, ended({ outcome: 'Failed', reverted: ['ConfigMap prod/web'] }));
  show(measure('api'));
  const ofWeb = ({ samples }: Awaited<ReturnType<typeof read>>) =>
    samples.filter(({ labels }) => labels['name'] === 'web');
  expect(ofWeb(await read())).toEqual([]);
  show(measure('web'));
  const { value } = await read();
  expect(value('plumbline_application_syncs_total', { name: 'web', outcome: 'failed' })).toBe(0);
});

test('requests, queues, Git, registries, forges and the leader are told', async () => {
  const { observer, onLeading, read } = started();
  let depth = 3;
  observer.queueOpened('application', () => 99);
  observer.queueOpened('application', () => depth);
  observer.workBegun('application', 20);
  observer.workEnded('application', 40, true);
  observer.workEnded('application', 40, false);
  observer.transferred({ operation: 'fetch', outcome: 'succeeded', milliseconds: 30 });
  observer.transferred({ operation: 'push', outcome: 'moved', milliseconds: 30 });
  observer.registryFetched('succeeded', 1_500);
  observer.registryFetched('failed', 30);
  observer.forgeAsked('POST', 201);
  observer.forgeAsked('POST', undefined);
  onLeading(true);
  const first = await read();
  expect(first.value('plumbline_api_requests_total', { verb: 'get', code: '404' })).toBe(1);
  expect(first.value('plumbline_api_requests_total', { verb: 'watch', code: 'error' })).toBe(1);
  expect(first.value('plumbline_api_retries_total')).toBe(4);
  expect(first.value('plumbline_workqueue_depth', { queue: 'application' })).toBe(3);
  expect(first.value('plumbline_workqueue_wait_duration_seconds_sum', { queue: 'application' })).toBe(0.02);
  expect(first.value('plumbline_workqueue_work_duration_seconds_count', { queue: 'application' })).toBe(2);
  expect(first.value('plumbline_workqueue_failures_total', { queue: 'application' })).toBe(1);
  expect(first.value('plumbline_git_operation_duration_seconds_count', { operation: 'fetch' })).toBe(1);
  expect(first.value('plumbline_git_operation_duration_seconds_count', { operation: 'push', outcome: 'moved' })).toBe(
    1,
  );
  expect(first.value('plumbline_registry_fetch_duration_seconds_sum', { outcome: 'succeeded' })).toBe(1.5);
  expect(first.value('plumbline_registry_fetch_duration_seconds_count', { outcome: 'failed' })).toBe(1);
  expect(first.value('plumbline_forge_requests_total', { method: 'POST', code: '201' })).toBe(1);
  expect(first.value('plumbline_forge_requests_total', { method: 'POST', code: 'error' })).toBe(1);
  expect(first.value('plumbline_leader')).toBe(1);
  depth = 0;
  onLeading(false);
  const second = await read();
  expect(second.value('plumbline_workqueue_depth', { queue: 'application' })).toBe(0);
  expect(second.value('plumbline_leader')).toBe(0);
  // Counters that are read from elsewhere are no sums of what was read before.
  expect(second.value('plumbline_api_retries_total')).toBe(4);
});

test('renders are counted as they end; one that its caller has ended is not', async () => {
  const { renderer, read } = started();
  const stop = new AbortController();
  const results: (Partial<RenderResult> | Error)[] = [
    { cached: false },
    { cached: true },
    new Error('no'),
    new Error('no'),
  ];
  const inner: Renderer = {
    async render() {
      const result = results.shift();
      if (result instanceof Error) throw result;
      return result as RenderResult;
    },
    close: async () => {},
    stats: { renders: 0, memoryHits: 0, diskHits: 0, questions: 0, workersStarted: 0, workers: 7 },
  };
  const told = renderer(inner, 'sync');
  const render = () => told.render({} as RenderRequest, {} as Parameters<Renderer['render']>[1], stop.signal);
  await render();
  await render();
  await expect(render()).rejects.toThrow('no');
  stop.abort();
  await expect(render()).rejects.toThrow('no');
  expect(told.stats.workers).toBe(7);
  const { samples } = await read();
  const counts = samples.filter(({ name }) => name === 'plumbline_render_duration_seconds_count');
  expect(counts.map(({ labels, value }) => [labels['purpose'], labels['outcome'], value])).toEqual([
    ['sync', 'rendered', 1],
    ['sync', 'cached', 1],
    ['sync', 'failed', 1],
  ]);
});

test('names that need to be escaped come back as they were', async () => {
  const { read } = started(measure('web', { reason: 'a "quoted"\\word\n' }));
  const info = (await read()).samples.find(({ name }) => name === 'plumbline_application_info');
  expect(info?.labels['reason']).toBe('a "quoted"\\word\n');
});

test('those who ask at the same time share one answer', async () => {
  const metrics = createMetrics({ version: '1', ofProcess: false });
  let asked = 0;
  const sources = {
    measures: () => {
      asked += 1;
      return [measure('web')];
    },
    counters: () => counters,
  };
  const [one, other] = await Promise.all([metrics.scrape(sources), metrics.scrape(sources)]);
  expect(one).toBe(other);
  expect(asked).toBe(1);
  expect(parseExposition(await metrics.scrape(sources)).value('plumbline_application_objects')).toBe(4);
  expect(asked).toBe(2);
});

test('the process tells of its memory, its CPU and its event loop', async () => {
  const metrics = createMetrics({ version: '1', ofProcess: true });
  const { value } = parseExposition(await metrics.scrape({ measures: () => [], counters: () => counters }));
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
});
