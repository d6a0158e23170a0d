import { expect, test } from 'vitest';
import { type Call, createCaller } from './caller.ts';
import { createFlow } from './flow.ts';
import { type HttpAnswer, type Transport, TransportError } from './transport.ts';

const call = (idempotent: boolean): Call => ({
  verb: idempotent ? 'apply' : 'create',
  method: 'POST',
  path: '/api/v1/namespaces/default/configmaps',
  headers: [],
  idempotent,
  timed: true,
  context: {},
});

/** A server that died: its connections are seen to be dead one after the other, as Node tells them. */
function dyingServer() {
  let connections = 2;
  const answer: HttpAnswer = { status: 201, headers: {}, body: Buffer.from('{}') };
  const transport: Transport = {
    async send() {
      if (connections === 0) return answer;
      connections -= 1;
      // The other connection is told of in the next turn.
      setImmediate(() => (connections = 0));
      throw new TransportError(new Error('other side closed'), false);
    },
    stream: () => Promise.resolve(answer),
    close: () => Promise.resolve(),
  };
  return createCaller({
    server: 'https://127.0.0.1:6443',
    transport,
    credentials: { current: () => ({}), renew: () => Promise.resolve(false) },
    flow: createFlow(),
    patience: 30_000,
    now: () => performance.now(),
    random: () => 0,
    onUnknownPath: () => undefined,
  });
}

test('a creation is not entrusted to a connection whose sister has just been lost', async () => {
  const caller = dyingServer();
  await expect(caller.send(call(false))).rejects.toThrow(/it is not known whether/);
  expect(await caller.send(call(false))).toMatchObject({ status: 201 });
  expect(caller.counters).toMatchObject({ requests: { create: 2 }, retried: 0 });
  expect(caller.counters.answers).toEqual({ create: { error: 1, 201: 1 } });
});

test('what may be sent twice is sent again at once', async () => {
  const caller = dyingServer();
  expect(await caller.send(call(true))).toMatchObject({ status: 201 });
  expect(caller.counters).toMatchObject({ requests: { apply: 2 }, retried: 1 });
  expect(caller.counters.answers).toEqual({ apply: { error: 1, 201: 1 } });
});
