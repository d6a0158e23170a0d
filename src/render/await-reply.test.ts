import { MessageChannel, Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { awaitReply } from './await-reply.ts';

/** Wakes the one who waits without an answer, and answers once that has happened. */
const lateRinger = `
const { bell, answers } = require('node:worker_threads').workerData;
while (Atomics.notify(bell, 0) === 0);
answers.postMessage('the answer');
Atomics.store(bell, 0, 1);
Atomics.notify(bell, 0);
`;

test('a notification without an answer is none', async () => {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const { port1: answers, port2: replies } = new MessageChannel();
  const worker = new Worker(lateRinger, { eval: true, workerData: { bell, answers }, transferList: [answers] });
  expect(awaitReply(bell, replies)).toBe('the answer');
  replies.close();
  await worker.terminate();
});
