import { expect, test } from 'vitest';
import type { WatchEvent } from './api-server.ts';
import { follow } from './follow.ts';

/** A server whose watch shows what it is told to, and ends with its signal. */
function watchable() {
  const listeners: ((event: WatchEvent) => void)[] = [];
  return {
    show: (name: string): void => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
      for (const listener of listeners) listener({ type: 'ADDED', object, at: 1 });
    },
    watch: (_path: string, onEvent: (event: WatchEvent) => void, signal: AbortSignal) => {
      listeners.push(onEvent);
      const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return Promise.resolve({ ended });
    },
  };
}

test('who waits for an event gets it', async () => {
  const server = watchable();
  const followed = await follow(server, '/configmaps');
  const seen = followed.until((objects) => objects.has('one'), 60_000, 'one');
  server.show('one');
  await expect(seen).resolves.toBe(1);
  await followed.stop();
});

test('who still waits when the watch is stopped is told so, and keeps nobody from the end', async () => {
  const followed = await follow(watchable(), '/configmaps');
  const waiting = followed.until(() => false, 600_000, 'what never comes');
  const [outcome] = await Promise.allSettled([waiting, followed.stop()]);
  expect(String(outcome.status === 'rejected' ? outcome.reason : outcome)).toBe(
    'Error: what never comes: the watch was stopped',
  );
});
