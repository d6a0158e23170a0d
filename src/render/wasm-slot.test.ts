import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { forever, memoryTree, renderRequest } from '../../test/support/render.ts';
import { findRenderer } from './binaries.ts';
import type { Job } from './host.ts';
import { startSlot, type WasmSlot } from './wasm-slot.ts';

const files = memoryTree({ 'app/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' });
const job: Job = {
  request: renderRequest('app'),
  seed: new Uint8Array(32),
  files,
  foresee: async () => [],
  limits: { seconds: 30, memoryMiB: 512 },
};
const { path } = await findRenderer('wasm');

function start(donor?: WasmSlot): WasmSlot {
  const stats = { questions: 0, workersStarted: 0, workers: 0 };
  return startSlot({ path, memoryMiB: 512, retireMiB: 512, donor: donor?.takeModule() }, stats);
}

const residentMiB = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? Number.NaN) / 1024;

test('a worker gives its compiled module to another, once', async () => {
  const first = start();
  expect((await first.run(job, forever)).kind).toBe('response');
  const before = residentMiB();
  const second = start(first);
  expect(first.takeModule()).toBeUndefined();
  expect((await second.run(job, forever)).kind).toBe('response');
  // A module of its own would be 90 MiB besides the worker's memory and the code that it has run.
  expect(residentMiB() - before).toBeLessThan(130);
  await Promise.all([first.end(), second.end()]);
});

test('a worker starts also where the one before it ends too early', async () => {
  const first = start();
  const second = start(first);
  const ended = first.end();
  expect((await second.run(job, forever)).kind).toBe('response');
  await ended;
  expect((await first.run(job, forever)).kind).toBe('failure');
  await second.end();
});
