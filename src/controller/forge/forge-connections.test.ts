import { expect, onTestFinished, test } from 'vitest';
import { openForgeServer } from '../../../test/support/forge-server.ts';
import { createEgress } from '../../egress.ts';
import { forgeConnections } from './forge-connections.ts';

test('each request to a forge is told with its code, or with none where no answer came; one that was given up is not', async () => {
  const server = await openForgeServer(({ path }) => {
    if (path === '/cut') return 'cut';
    if (path === '/never') return new Promise(() => {});
    return { status: path === '/none' ? 404 : 201, body: {} };
  });
  const told: (readonly [string, number | undefined])[] = [];
  const connections = forgeConnections({
    egress: createEgress(),
    now: Date.now,
    random: Math.random,
    onAsked: (method, code) => told.push([method, code]),
  });
  onTestFinished(() => connections.close());
  const send = (method: string, path: string, signal: AbortSignal) =>
    connections.send({ method, url: new URL(`${server.url}${path}`), headers: {}, signal }, {});
  const { signal } = new AbortController();
  expect((await send('POST', '/statuses', signal)).status).toBe(201);
  expect((await send('GET', '/none', signal)).status).toBe(404);
  await expect(send('GET', '/cut', signal)).rejects.toMatchObject({ name: 'ConnectionError' });
  const giveUp = new AbortController();
  const given = send('GET', '/never', giveUp.signal);
  giveUp.abort();
  await expect(given).rejects.toThrow('aborted');
  expect(told).toEqual([
    ['POST', 201],
    ['GET', 404],
    ['GET', undefined],
  ]);
});
