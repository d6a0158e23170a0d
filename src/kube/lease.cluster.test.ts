import { expect, onTestFinished, test } from 'vitest';
import { clusterAccess } from '../../test/support/cluster.ts';
import { clientOfFile, namespaceOfFile, testClient } from '../../test/support/kube-client.ts';
import { openNetworkLink } from '../../test/support/network-link.ts';
import { acquireLease, type HeldLease } from './index.ts';

const client = clientOfFile();
const namespace = namespaceOfFile('kube-lease');

// Long enough to be renewed in time on a busy machine: two thirds of it may pass between two renewals.
const lasting = { durationSeconds: 30, renewSeconds: 0.5 };
const refOf = (name: string) => ({ group: 'coordination.k8s.io', kind: 'Lease', namespace, name });

function acquire(name: string, identity: string, more: object = {}): Promise<HeldLease> {
  return acquireLease({ client, namespace, name, identity, ...lasting, ...more });
}

test('one has it, the other waits; given back, the other has it at once', async () => {
  const often = { durationSeconds: 10, renewSeconds: 0.2 };
  const first = await acquire('given-back', 'one', often);
  expect(first.isHeld()).toBe(true);
  const order: string[] = [];
  const second = acquire('given-back', 'two', often).then((lease) => {
    order.push('two has it');
    return lease;
  });
  // Longer than its duration: it is renewed meanwhile.
  const lease = await client.get(refOf('given-back'));
  const renewed = await renewals('given-back', 51);
  expect(renewed).toMatchObject({ holderIdentity: 'one', leaseTransitions: 0 });
  expect(renewed).not.toEqual(lease?.['spec']);
  expect(first.isHeld()).toBe(true);
  order.push('one gives it back');
  await first.release();
  expect(first.isHeld()).toBe(false);
  expect(first.signal.aborted).toBe(true);
  const held = await second;
  expect(order).toEqual(['one gives it back', 'two has it']);
  const spec = (await client.get(refOf('given-back')))?.['spec'];
  expect(spec).toMatchObject({ holderIdentity: 'two', leaseDurationSeconds: 10 });
  await held.release();
});

/** Waits for so many renewals; answers with the Lease as it is then. */
async function renewals(name: string, count: number): Promise<unknown> {
  const { watchCache } = await import('./index.ts');
  const done = Promise.withResolvers<unknown>();
  let seen = 0;
  const cache = watchCache({
    client,
    resource: refOf(name),
    namespace,
    fieldSelector: `metadata.name=${name}`,
    project: () => undefined,
    onChange: ({ type, object }) => {
      if (type === 'modified') seen += 1;
      if (seen === count) done.resolve(object?.['spec']);
    },
  });
  const spec = await done.promise;
  await cache.stop();
  return spec;
}

test('of many that want it exactly one has it at any time', async () => {
  const holders = new Set<string>();
  let most = 0;
  const one = async (identity: string): Promise<void> => {
    const lease = await acquire('contended', identity);
    holders.add(identity);
    most = Math.max(most, holders.size);
    await client.version();
    holders.delete(identity);
    await lease.release();
  };
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(one));
  expect(most).toBe(1);
});

test('who is cut off stops before another begins, without any clock in common', async () => {
  const proxy = await openNetworkLink(new URL(clusterAccess().server).host);
  const cutOff = await testClient({ server: `https://${proxy.address}` });
  onTestFinished(async () => {
    await cutOff.close();
    await proxy.close();
  });
  const lost = Promise.withResolvers<string>();
  const year = 365 * 24 * 3_600_000;
  const short = { durationSeconds: 3 };
  const first = await acquire('cut-off', 'one', {
    ...short,
    client: cutOff,
    // The wall clock of this one is a year behind: nobody may rely on it.
    wallClock: () => new Date(Date.now() - year),
    onLost: (error: Error) => lost.resolve(error.message),
  });
  const second = acquire('cut-off', 'two', short);
  await renewals('cut-off', 2);
  proxy.stall();
  const order = await Promise.race([lost.promise, second.then(() => 'two had it first')]);
  expect(order).toMatch(/could not be renewed in time \(kube\.lease-lost\)/);
  expect(first.isHeld()).toBe(false);
  expect(first.signal.aborted).toBe(true);
  const held = await second;
  expect(held.isHeld()).toBe(true);
  expect((await client.get(refOf('cut-off')))?.['spec']).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  await held.release();
});

test('a Lease that is taken away is lost at the next renewal', async () => {
  const lost = Promise.withResolvers<string>();
  const lease = await acquire('taken', 'one', { onLost: (error: Error) => lost.resolve(error.message) });
  await client.patch(refOf('taken'), { spec: { holderIdentity: 'thief' } }, { type: 'merge' });
  expect(await lost.promise).toContain('thief has it now');
  expect(lease.isHeld()).toBe(false);
});

test('a Lease that somebody labels stays ours', async () => {
  const lease = await acquire('labelled', 'one');
  await client.patch(refOf('labelled'), { metadata: { labels: { a: 'b' } } }, { type: 'merge' });
  expect(await renewals('labelled', 2)).toMatchObject({ holderIdentity: 'one' });
  expect(lease.isHeld()).toBe(true);
  await lease.release();
});

test('the wait for a Lease ends with its signal', async () => {
  const held = await acquire('waited', 'one');
  const waiting = new AbortController();
  const second = acquire('waited', 'two', { signal: waiting.signal });
  waiting.abort(new Error('no more'));
  await expect(second).rejects.toThrow('no more');
  await held.release();
});
