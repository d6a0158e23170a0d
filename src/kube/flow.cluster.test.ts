import { expect, onTestFinished, test } from 'vitest';
import { startApiProxy, type ApiProxy } from '../../test/support/api-proxy.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { configMap, namespaceOfFile, testClient } from '../../test/support/kube-client.ts';
import { limit } from '../../test/support/limit.ts';
import { keyOf } from '../object.ts';
import type { ClientOptions, KubeClient } from './index.ts';

const namespace = namespaceOfFile('kube-flow');

async function throughProxy(options: ClientOptions = {}): Promise<{ proxy: ApiProxy; client: KubeClient }> {
  const proxy = await startApiProxy(clusterAccess());
  const client = await testClient({ server: proxy.server, ...options });
  await client.discovery.resources();
  onTestFinished(async () => {
    await client.close();
    await proxy.close();
  });
  return { proxy, client };
}

// What API priority and fairness answers, word for word.
const tooMany = {
  status: 429,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1', 'x-kubernetes-pf-flowschema-uid': 'x' },
  body: 'Too many requests, please try again later.\n',
};
const manager = { fieldManager: 'plumbline' };

test('in a storm of 429 fewer requests are sent, none is lost, and a Lease goes through', async () => {
  // Its clock stands: all refusals are of one congestion, however slowly they come.
  const { proxy, client } = await throughProxy({ flow: { now: () => 0 } });
  const names = Array.from({ length: 60 }, (_, index) => `storm-${index}`);
  const begun = client.flow.limit;
  let left = begun;
  proxy.answer(({ method }) => (method === 'PATCH' && left-- > 0 ? tooMany : undefined));
  // What is sent after the refusals ends only after the storm.
  proxy.hold(({ method }) => method === 'PATCH');
  const applies = Promise.all(names.map((name) => client.apply(configMap(namespace, name), manager)));
  await expect.poll(() => client.counters.throttled).toBe(begun);

  // After the first refusals everything waits, but for the urgent.
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name: 'urgent' } };
  const urgent = await client.create(lease, { priority: 'urgent', signal: limit() });
  expect(urgent.kind).toBe('Lease');
  const refused = (): number => proxy.calls.filter((call) => call.status === 429).length;
  expect(refused()).toBeLessThanOrEqual(begun);
  expect(client.flow.limit).toBe(begun / 2);
  expect(client.flow.waiting).toBeGreaterThan(0);

  proxy.release();
  const stored = await applies;
  expect(new Set(stored.map((object) => object.metadata.name))).toEqual(new Set(names));
  // Each was stored by one request; those that were refused were sent twice.
  const accepted = proxy.calls.filter((call) => call.method === 'PATCH' && call.status < 300);
  expect(accepted).toHaveLength(60);
  expect(client.counters.throttled).toBe(refused());
  expect(client.counters.retried).toBe(refused());
});

test('who only ever hears 429 is told, when the patience is over', async () => {
  const { proxy, client } = await throughProxy();
  proxy.answer(() => tooMany);
  const call = client.apply(configMap(namespace, 'never'), { ...manager, patience: 500 });
  await expect(call).rejects.toThrow(/Too many requests.*\(kube\.throttled\)/);
});

test('high goes before normal when the way is free again', async () => {
  const { proxy, client } = await throughProxy({ flow: { initial: 1, maximum: 1 } });
  const object = configMap(namespace, 'turn');
  await client.apply(object, manager);
  const before = proxy.calls.length;
  const order: string[] = [];
  const read = (name: string, priority: 'normal' | 'high'): Promise<unknown> =>
    client.get({ ...keyOf(object), name }, { priority }).then(() => order.push(name));
  await Promise.all([
    read('first', 'normal'),
    read('normal', 'normal'),
    read('high-1', 'high'),
    read('high-2', 'high'),
  ]);
  expect(order).toEqual(['first', 'high-1', 'high-2', 'normal']);
  expect(proxy.calls.length).toBe(before + 4);
});

test('a server that is overloaded is asked again, but only for what may be sent twice', async () => {
  const { proxy, client } = await throughProxy();
  let failures = 2;
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    code: 503,
    reason: 'ServiceUnavailable',
    message: 'not now',
  });
  const unavailable = { status: 503, headers: { 'content-type': 'application/json' }, body };
  proxy.answer(({ method }) => (method !== 'GET' && failures-- > 0 ? unavailable : undefined));
  const stored = await client.apply(configMap(namespace, 'again'), manager);
  expect(stored.metadata.name).toBe('again');
  expect(client.counters.retried).toBe(2);
  failures = 1;
  await expect(client.create(configMap(namespace, 'once'))).rejects.toThrow(/not now \(kube\.unavailable\)/);
  expect(client.counters.retried).toBe(2);
});

test('an answer that is not Kubernetes’ is told as such', async () => {
  const { proxy, client } = await throughProxy();
  const page = { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' };
  proxy.answer(() => ({ status: 200, ...page }));
  await expect(client.get(keyOf(configMap(namespace, 'a')))).rejects.toThrow(/not JSON \(kube\.protocol\)/);
  proxy.answer(() => ({ status: 302, ...page, headers: { location: 'https://login.example.org' } }));
  await expect(client.get(keyOf(configMap(namespace, 'a')))).rejects.toThrow(/answered 302 .*\(kube\.protocol\)/);
});
