import { expect, onTestFinished, test } from 'vitest';
import { startApiProxy } from '../../test/support/api-proxy.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { clientOfFile, configMap, namespaceOfFile, testClient } from '../../test/support/kube-client.ts';
import { openNetworkLink, type NetworkLink } from '../../test/support/network-link.ts';
import { listed, recordWatch, type WatchRecord } from '../../test/support/watch-record.ts';
import { keyOf, type KubeObject } from '../object.ts';
import type { KubeClient } from './index.ts';
import { limit } from '../../test/support/limit.ts';

const manager = { fieldManager: 'plumbline' };
const resource = { group: '', kind: 'ConfigMap' };
const labelSelector = 'test=yes';

/** Goes straight to the API server, whatever happens to the watching client. */
const direct = clientOfFile();
const namespace = namespaceOfFile('kube-watch');

async function truth(selector: string): Promise<ReadonlyMap<string, string>> {
  const objects: KubeObject[] = [];
  for await (const object of direct.list(resource, { namespace, labelSelector: selector })) objects.push(object);
  return listed(objects);
}

/** An object that only the watch of one test selects. */
function own(group: string, name: string, value: string): KubeObject {
  return {
    ...configMap(namespace, `${group}-${name}`, value),
    metadata: { namespace, name: `${group}-${name}`, labels: { test: group } },
  };
}

async function watchThrough(client: KubeClient, selector: string, more: object = {}): Promise<WatchRecord> {
  const record = recordWatch({ client, resource, namespace, labelSelector: selector, ...more });
  onTestFinished(async () => {
    await record.cache.stop();
    await client.close();
  });
  await record.cache.synced;
  return record;
}

async function proxied(): Promise<{ proxy: NetworkLink; client: KubeClient }> {
  const proxy = await openNetworkLink(new URL(clusterAccess().server).host);
  onTestFinished(() => proxy.close());
  return { proxy, client: await testClient({ server: `https://${proxy.address}` }) };
}

/** Waits until the record shows what the server has, and checks that its changes tell the same. */
async function expectTruth(record: WatchRecord, selector: string): Promise<void> {
  const wanted = await truth(selector);
  const shown = (): Map<string, string> =>
    new Map([...record.cache.entries()].map(([key, value]) => [key.name, value]));
  const same = (): boolean =>
    shown().size === wanted.size && [...wanted].every(([name, value]) => shown().get(name) === value);
  await record.until(same, limit());
  expect(shown()).toEqual(wanted);
  expect(record.replay()).toEqual(wanted);
}

test('tells what is there, then every change, with the whole object', async () => {
  await direct.apply(own('told', 'before', 'a'), manager);
  const record = await watchThrough(await testClient(), 'test=told');
  expect(record.changes.map((change) => [change.type, change.key])).toEqual([
    ['added', { group: '', kind: 'ConfigMap', namespace, name: 'told-before' }],
  ]);
  expect(record.cache.live).toBe(true);

  await direct.apply(own('told', 'later', 'a'), manager);
  await direct.apply(own('told', 'before', 'b'), manager);
  const later = await direct.get(keyOf(own('told', 'later', '')));
  // Without the label it is out of the watch, which is told as a deletion.
  await direct.patch(keyOf(own('told', 'before', '')), { metadata: { labels: { test: null } } }, { type: 'merge' });
  await direct.delete(keyOf(own('told', 'later', '')));
  await record.until(() => record.changes.length === 5, limit());
  expect(record.changes.map((change) => `${change.type} ${change.key.name} ${change.object?.kind}`)).toEqual([
    'added told-before ConfigMap',
    'added told-later ConfigMap',
    'modified told-before ConfigMap',
    'deleted told-before ConfigMap',
    'deleted told-later ConfigMap',
  ]);
  expect(record.changes[1]?.object).toEqual(later);
  await expectTruth(record, 'test=told');
  expect(record.errors).toEqual([]);
});

test('the answer to a write is a change at once, and its event is none', async () => {
  const record = await watchThrough(await testClient(), 'test=answered');
  const stored = await direct.apply(own('answered', 'a', 'x'), manager);
  record.cache.observe(stored);
  expect(record.cache.versionOf({ namespace, name: 'answered-a' })).toBe(stored.metadata.resourceVersion);
  await direct.apply(own('answered', 'b', 'x'), manager);
  await record.until(() => record.changes.length === 2, limit());
  expect(record.changes.map((change) => `${change.type} ${change.key.name}`)).toEqual([
    'added answered-a',
    'added answered-b',
  ]);
});

test('a server that does not stream lists is listed page by page', async () => {
  const proxy = await startApiProxy(clusterAccess());
  onTestFinished(() => proxy.close());
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    code: 422,
    reason: 'Invalid',
    message: 'sendInitialEvents is forbidden',
  });
  proxy.answer(({ url }) =>
    url.includes('sendInitialEvents')
      ? { status: 422, headers: { 'content-type': 'application/json' }, body }
      : undefined,
  );
  await direct.apply(own('paged', 'a', 'x'), manager);
  const record = await watchThrough(await testClient({ server: proxy.server }), 'test=paged');
  expect(record.cache.size).toBe(1);
  await direct.apply(own('paged', 'b', 'x'), manager);
  await direct.apply(own('paged', 'a', 'y'), manager);
  await record.until(() => record.changes.length === 3, limit());
  await expectTruth(record, 'test=paged');
  expect(record.errors).toEqual([]);
});

/** A refusal as the API server writes it. */
function statusOf(code: number, reason: string): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    code,
    reason,
    message: 'the continue parameter is too old',
  });
}

test('a list that expires between two of its pages is an error to who asked, and begun anew by the cache', async () => {
  const proxy = await startApiProxy(clusterAccess());
  onTestFinished(() => proxy.close());
  const headers = { 'content-type': 'application/json' };
  const firstPage = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMapList',
    metadata: { resourceVersion: '1', continue: 'more' },
    items: [configMap(namespace, 'of-before', 'x')],
  });
  let expired = 0;
  proxy.answer(({ url }) => {
    if (url.includes('sendInitialEvents')) return { status: 422, headers, body: statusOf(422, 'Invalid') };
    if (!url.includes('limit=') || expired === 2) return undefined;
    if (!url.includes('continue=')) return { status: 200, headers, body: firstPage };
    expired += 1;
    return { status: 410, headers, body: statusOf(410, 'Expired') };
  });
  await direct.apply(own('pages', 'a', 'x'), manager);
  const client = await testClient({ server: proxy.server });
  const read = async (): Promise<void> => {
    for await (const object of client.list(resource, { namespace })) expect(object.metadata.name).toBe('of-before');
  };
  await expect(read()).rejects.toMatchObject({ code: 'kube.expired', problems: [{ code: 'kube.expired' }] });
  const record = await watchThrough(client, 'test=pages');
  expect(expired).toBe(2);
  // What was of the list that came to nothing is not left over.
  await expectTruth(record, 'test=pages');
});

test('a watch that is cut goes on where it was, and nothing is lost or told twice', async () => {
  const { proxy, client } = await proxied();
  const record = await watchThrough(client, 'test=cut');
  for (let round = 0; round < 5; round += 1) {
    await direct.apply(own('cut', `a${round}`, 'x'), manager);
    proxy.block();
    await direct.apply(own('cut', `b${round}`, 'x'), manager);
    await direct.apply(own('cut', `a${round}`, 'y'), manager);
    if (round > 0) await direct.delete(keyOf(own('cut', `b${round - 1}`, '')));
    proxy.open();
    await direct.apply(own('cut', `c${round}`, 'x'), manager);
    proxy.cut();
    await expectTruth(record, 'test=cut');
  }
  // 5 × (a, b, c) added, each `a` changed once, 4 times `b` deleted: the server remembers what the watch missed.
  const count = (type: string): number => record.changes.filter((change) => change.type === type).length;
  expect([count('added'), count('deleted')]).toEqual([15, 4]);
  expect(count('modified')).toBe(5);
  expect(record.errors.every((error) => error.code === 'kube.unreachable')).toBe(true);
});

test('a watch that falls silent, though the connection stands, is noticed and taken up again', async () => {
  const { proxy, client } = await proxied();
  const record = await watchThrough(client, 'test=stalled', { stallTimeout: 1_500 });
  await direct.apply(own('stalled', 'a', 'x'), manager);
  await record.until(() => record.cache.size === 1, limit());
  proxy.stall();
  await direct.apply(own('stalled', 'b', 'x'), manager);
  const connections = proxy.accepted;
  // The next connection is not held, as a new way through a network is not.
  const opened = record.until(() => record.cache.size === 2, limit());
  proxy.letNewThrough();
  await opened;
  expect(proxy.accepted).toBeGreaterThan(connections);
  await expectTruth(record, 'test=stalled');
});

test('a watch that is only slow loses nothing', async () => {
  const { proxy, client } = await proxied();
  const record = await watchThrough(client, 'test=slow');
  proxy.stall();
  for (let index = 0; index < 20; index += 1) await direct.apply(own('slow', `${index}`, 'x'), manager);
  proxy.open();
  await expectTruth(record, 'test=slow');
  expect(record.changes).toHaveLength(20);
  expect(record.errors).toEqual([]);
});

test('what the server does not remember is read anew, and only the differences are told', async () => {
  const proxy = await startApiProxy(clusterAccess());
  onTestFinished(() => proxy.close());
  const expired = {
    kind: 'Status',
    apiVersion: 'v1',
    code: 410,
    reason: 'Expired',
    message: 'too old resource version',
  };
  await direct.apply(own('expired', 'kept', 'x'), manager);
  await direct.apply(own('expired', 'changed', 'x'), manager);
  await direct.apply(own('expired', 'deleted', 'x'), manager);
  await direct.apply(own('expired', 'replaced', 'x'), manager);
  const record = await watchThrough(await testClient({ server: proxy.server }), 'test=expired');
  const before = record.changes.length;
  // Both forms: an answer 410, and a watch that opens and says so in its first event.
  for (const form of ['answer', 'event']) {
    let refused = 0;
    proxy.answer(({ url }) => {
      if (!url.includes('resourceVersion=')) return undefined;
      refused += 1;
      const headers = { 'content-type': 'application/json' };
      return form === 'answer'
        ? { status: 410, headers, body: JSON.stringify(expired) }
        : { status: 200, headers, body: `${JSON.stringify({ type: 'ERROR', object: expired })}\n` };
    });
    proxy.block();
    await direct.apply(own('expired', 'changed', form), manager);
    await direct.delete(keyOf(own('expired', 'replaced', '')));
    await direct.apply(own('expired', 'replaced', 'x'), manager);
    if (form === 'answer') await direct.delete(keyOf(own('expired', 'deleted', '')));
    proxy.open();
    await expectTruth(record, 'test=expired');
    expect(refused).toBe(1);
  }
  expect(
    record.changes
      .slice(before)
      .map((change) => `${change.type} ${change.key.name}`)
      .toSorted(),
  ).toEqual([
    'added expired-replaced',
    'added expired-replaced',
    'deleted expired-deleted',
    'deleted expired-replaced',
    'deleted expired-replaced',
    'modified expired-changed',
    'modified expired-changed',
  ]);
  // The deletion itself was not seen: there is no last state to show.
  expect(
    record.changes.find((change) => change.key.name === 'expired-deleted' && change.type === 'deleted')?.object,
  ).toBeUndefined();
});

test('a kind that is not there is reported, and found when it comes', async () => {
  const client = await testClient();
  const record = recordWatch({ client, resource: { group: `${namespace}.example.org`, kind: 'Late' } });
  onTestFinished(async () => {
    await record.cache.stop();
    await client.close();
  });
  await record.until(() => record.errors.length > 0, limit());
  expect(record.errors[0]?.code).toBe('kube.no-such-kind');
  expect(record.cache.live).toBe(false);
});

test('a cache that is stopped before it is complete says so, and tells nothing more', async () => {
  const client = await testClient();
  const record = recordWatch({ client, resource, namespace, labelSelector });
  await record.cache.stop();
  await expect(record.cache.synced).rejects.toThrow(/abort/i);
  expect(record.changes).toEqual([]);
  await client.close();
});
