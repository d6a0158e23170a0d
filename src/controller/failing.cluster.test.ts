import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SeenCall } from '../../test/support/api-proxy.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { isReadyAt } from '../../test/support/controller.ts';
import type { SeenObject } from '../../test/support/kube-call.ts';
import { testClient } from '../../test/support/kube-client.ts';
import { limit } from '../../test/support/limit.ts';
import { recordObjects, type RecordedObjects } from '../../test/support/recorded-objects.ts';
import { apiProxyOfEachTest, controllerOfEachTest, eachTest } from '../../test/support/scene.ts';
import type { Application, Repository } from '../api/index.ts';

// Applications that fail for ever, beside some that do well. What they cost those is counted, and never timed.
const proxy = apiProxyOfEachTest();
const client = eachTest(
  () => testClient({ server: proxy.server, token: clusterAccess().token }),
  (opened) => opened.close(),
);
const bench = controllerOfEachTest('beside');
let applications: RecordedObjects<Application>;

beforeEach(async ({ onTestFailed }) => {
  applications = await recordObjects<Application>(bench.client, bench.namespace, {
    group: 'plumbline.dev',
    kind: 'Application',
  });
  onTestFailed(() => {
    const told = [...applications.live.values()].map((each) => `${each.metadata.name}: ${reasonOf(each)}`);
    process.stderr.write(`${told.join('\n')}\n`);
  });
});
afterEach(() => applications.stop());

const settings = (name: string, value: number, namespace?: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    data: { value: String(value) },
  });

/** How an Application fails: what Git has in its folder, the reason that it tells, and whether it is tried again by itself. */
interface Failing {
  readonly file?: (name: string) => string;
  /** A rule for its health, by which what it has never gets well. */
  readonly isDegraded?: true;
  readonly reason: string;
  readonly isRetried?: true;
}

const all = (...documents: readonly string[]): string => documents.join('\n---\n');

const kinds: Readonly<Record<string, Failing>> = {
  unrendered: { file: () => 'kind: nothing\n', reason: 'RenderFailed' },
  pathless: { reason: 'RenderFailed' },
  unknown: {
    file: (name) => JSON.stringify({ apiVersion: 'example.org/v1', kind: 'Nothing', metadata: { name } }),
    reason: 'KindMissing',
  },
  refused: {
    file: (name) =>
      all(
        JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 99_999 }] } }),
        settings(`${name}-beside`, 0),
      ),
    reason: 'Rejected',
    isRetried: true,
  },
  homeless: {
    file: (name) => all(...[name, `${name}-beside`].map((one) => settings(one, 0, `${bench.namespace}-none`))),
    reason: 'Rejected',
    isRetried: true,
  },
  degraded: { file: (name) => settings(name, 0), isDegraded: true, reason: 'Degraded' },
};

// Three of five are tried again by a timer.
const failing = Array.from({ length: 60 }, (_, index) =>
  Object.entries(kinds)
    .filter(([, { isRetried }]) => isRetried === true || index < 20)
    .map(([kind, how]) => ({ name: `failing-${kind}-${index}`, ...how })),
).flat();
const healthy = Array.from({ length: 4 }, (_, index) => `healthy-${index}`);

/** Why it is not as it should be: how it is synced, or where that is well how its objects do. */
const reasonOf = ({ status }: Application): string | undefined => {
  const find = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
  const synced = find('Synced');
  return synced?.status === 'True' ? find('Healthy')?.reason : synced?.reason;
};

/** Timers that fire when the test says so, and never else. */
function heldTimers() {
  const pending = new Set<() => void>();
  return {
    schedule: (_milliseconds: number, callback: () => void): (() => void) => {
      pending.add(callback);
      return () => void pending.delete(callback);
    },
    /** Fires all that are set now. */
    fire() {
      for (const callback of pending) {
        pending.delete(callback);
        callback();
      }
    },
  };
}

/** The failing ones that these calls are about. */
const failingIn = (calls: readonly SeenCall[]): readonly string[] =>
  [...new Set(calls.flatMap(({ url }) => /\/(failing-[a-z]+-\d+)/.exec(url)?.[1] ?? []))].toSorted();

const isApplyOfHealthy = ({ method, url }: SeenCall): boolean =>
  method === 'PATCH' && url.includes('/configmaps/healthy-');

/** Events of what was before may still be on their way, and a watch may be opened again at any time. */
const isAsked = ({ url }: SeenCall): boolean => !url.includes('watch=') && !url.includes('/events');

test('200 Applications that fail take nothing from those that do well, and go behind them when they are tried again', async () => {
  const contentAt = (value: number) =>
    Object.fromEntries(healthy.map((name) => [`${name}/settings.json`, settings(name, value)]));
  const files = failing.flatMap(({ name, file }) => (file === undefined ? [] : [[`${name}/it.yaml`, file(name)]]));
  const first = await bench.repository.commit({ ...contentAt(0), ...Object.fromEntries(files) });
  await bench.createRepository();
  const timers = heldTimers();
  let rendered: string[] = [];
  let held: { readonly begun: () => void; readonly released: Promise<void> } | undefined;
  // It stands still: nothing is tried again because something else took long.
  let clock = Date.now();
  const controller = bench.start({
    client,
    // Whoever waited in the only one would hold up all others for ever, as no timer fires; and all turns have an order.
    workers: 1,
    scheduleLooks: timers.schedule,
    now: () => clock,
    renderer: {
      ...bench.renderer,
      async render(request, tree, signal) {
        rendered.push(request.path);
        held?.begun();
        await held?.released;
        return bench.renderer.render(request, tree, signal);
      },
    },
  });
  const degraded = { health: { rules: [{ kind: 'ConfigMap', degraded: 'true', message: "'it is broken'" }] } };
  const create = ({ name, isDegraded }: Pick<Failing, 'isDegraded'> & { readonly name: string }) =>
    bench.createApplication(name, {
      source: { repositoryRef: { name: 'apps' }, path: name },
      ...(isDegraded === true ? degraded : {}),
    });
  for (const one of [...healthy.map((name) => ({ name })), ...failing]) await create(one);
  await bench.applications(healthy, isReadyAt(first));
  await applications.until(() =>
    failing.every(({ name, reason }) => {
      const application = applications.live.get(name);
      return application !== undefined && reasonOf(application) === reason;
    }),
  );
  /** What a commit to the healthy ones has cost, until all of them are at it. */
  const commitTo = async (value: number) => {
    const before = proxy.calls.length;
    rendered = [];
    const commit = await bench.repository.commit(contentAt(value));
    controller.trigger();
    await bench.applications(healthy, isReadyAt(commit));
    return { calls: proxy.calls.slice(before), renders: rendered.toSorted() };
  };
  // What was begun before is over with this one.
  await commitTo(1);
  for (const value of [2, 3, 4]) {
    const { calls, renders } = await commitTo(value);
    expect(renders).toEqual(healthy);
    expect(failingIn(calls)).toEqual([]);
    expect(calls.filter(isApplyOfHealthy)).toHaveLength(healthy.length);
    // An apply, and a few writes of the status: what they need alone, however many others fail.
    expect(calls.filter(isAsked).length).toBeLessThanOrEqual(8 * healthy.length);
  }

  // The only worker has a turn that does not end, while all are to be tried again, and then a commit comes.
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  held = { begun: begun.resolve, released: released.promise };
  const start = proxy.calls.length;
  await bench.repository.commit({ 'healthy-0/settings.json': settings('healthy-0', 5) });
  controller.trigger();
  await begun.promise;
  clock += 3_600_000;
  timers.fire();
  const commit = await bench.repository.commit(contentAt(6));
  controller.trigger();
  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  const isKnown = (seen: SeenObject): boolean => (seen as unknown as Repository).status?.revision === commit;
  await bench.kube.until(repositories, isKnown, limit());
  held = undefined;
  released.resolve();
  await bench.applications(healthy, isReadyAt(commit));
  const calls = proxy.calls.slice(start);
  // Of four turns one is theirs, although all of them waited before the commit came.
  expect(failingIn(calls.slice(0, calls.findLastIndex(isApplyOfHealthy))).length).toBeLessThanOrEqual(2);
  const retried = failing.filter(({ isRetried }) => isRetried).map(({ name }) => name);
  await expect.poll(() => failingIn(proxy.calls.slice(start)), { timeout: 120_000 }).toEqual(retried.toSorted());
  // What the server had no objection to the last time is not tried again as long as something beside it is refused, and for
  // a namespace that is missing one object asks.
  expect(proxy.calls.slice(start).filter(({ url }) => url.includes('-beside'))).toEqual([]);
}, 900_000);
