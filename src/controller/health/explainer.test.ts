import { expect, test } from 'vitest';
import type { KubeClient, ListOptions, ObjectList } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { memberOf } from '../../sync/index.ts';
import { createExplainer } from './explainer.ts';

const deployment = (message: string, reason = 'ProgressDeadlineExceeded'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'd', resourceVersion: '1' },
  spec: { selector: { matchLabels: { app: 'web' } } },
  status: { observedGeneration: 1, conditions: [{ type: 'Progressing', status: 'False', reason, message }] },
});
const pod = (name: string, state: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: name },
  status: { phase: 'Pending', containerStatuses: [{ name: 'main', ...state }] },
});
const event = (reason: string, message: string, lastTimestamp: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: reason, namespace: 'shop' },
  reason,
  message,
  lastTimestamp,
});

/** A cluster that holds what is given, and counts what it is asked. */
function bench(live: KubeObject, pods: readonly KubeObject[], events: readonly KubeObject[] = []) {
  const calls: string[] = [];
  const found = Promise.withResolvers<string>();
  let now = 0;
  const again: number[] = [];
  const client = {
    get: async () => {
      calls.push('get');
      return live;
    },
    list: ({ kind }: { kind: string }, options: ListOptions): ObjectList => {
      calls.push(`${kind} ${options.labelSelector ?? options.fieldSelector ?? ''}`);
      const objects = kind === 'Pod' ? pods : events;
      return Object.assign(iterate(objects), { resourceVersion: '1' });
    },
  } satisfies Pick<KubeClient, 'get' | 'list'>;
  const explainer = createExplainer({
    client,
    now: () => now,
    onFound: found.resolve,
    lookAgain: (_application, milliseconds) => again.push(milliseconds),
    onError: (_member, error) => found.reject(error),
    signal: new AbortController().signal,
  });
  const ask = (object: KubeObject) => explainer.reasonOf('shop/web', memberOf(object, 'plumbline'));
  return { ask, calls, again, found: found.promise, pass: (milliseconds: number) => (now += milliseconds) };
}

async function* iterate(objects: readonly KubeObject[]): AsyncGenerator<KubeObject> {
  yield* objects;
}

test('a Degraded Deployment is explained by its pods: container, reason, and what it said at its end', async () => {
  const crash = {
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
    lastState: { terminated: { exitCode: 2, reason: 'Error', message: 'no such file: /etc/app.conf\n' } },
  };
  const live = deployment('has timed out');
  const { ask, calls, found } = bench(live, [pod('web-1', { state: { running: {} } }), pod('web-2', crash)]);
  expect(ask(live)).toBeUndefined();
  expect(await found).toBe('shop/web');
  expect(ask(live)).toBe(
    'Pod web-2: container main waits with CrashLoopBackOff: back-off 10s; it has ended with exit code 2: no such file: /etc/app.conf',
  );
  expect(calls).toEqual(['get', 'Pod app=web']);
});

test('what the pods do not say themselves, the last warning about them says', async () => {
  const live = deployment('has timed out');
  const { ask, calls, found } = bench(
    live,
    [pod('web-1', { state: { waiting: { reason: 'ContainerCreating' } } })],
    [event('FailedMount', 'secret "tls" not found', '2026-01-02'), event('Other', 'older', '2026-01-01')],
  );
  ask(live);
  await found;
  expect(ask(live)).toBe('Pod web-1: FailedMount: secret "tls" not found');
  expect(calls).toEqual(['get', 'Pod app=web', 'Event involvedObject.uid=web-1,type=Warning']);
});

test('where there are no pods, the warnings about the object itself say why', async () => {
  const live = deployment('has timed out');
  const { ask, found } = bench(live, [], [event('FailedCreate', 'exceeded quota: small', '2026-01-01')]);
  ask(live);
  await found;
  expect(ask(live)).toBe('FailedCreate: exceeded quota: small');
});

test('nothing is asked again for the same health, however often it is shown, until the answer is old', async () => {
  const live = deployment('has timed out');
  const { ask, calls, found, pass } = bench(live, [pod('web-1', { state: { waiting: { reason: 'ErrImagePull' } } })]);
  ask(live);
  await found;
  for (let times = 0; times < 100; times += 1) ask(live);
  pass(599_999);
  ask(live);
  expect(calls).toEqual(['get', 'Pod app=web']);
});

test('what is on its way is asked about only after a while; what is well, never', () => {
  const moving: KubeObject = { ...deployment(''), status: { observedGeneration: 1 } };
  const { ask, calls, again, pass } = bench(moving, []);
  expect(ask(moving)).toBeUndefined();
  expect(again).toEqual([30_000]);
  expect(calls).toEqual([]);
  pass(30_000);
  ask(moving);
  expect(again).toEqual([30_000]);
  const { ask: askWell, calls: none } = bench(moving, []);
  askWell({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', uid: 'c' } });
  expect(none).toEqual([]);
});
