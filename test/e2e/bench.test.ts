import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measureChain } from '../../bench/chain.ts';
import { measureWaves } from '../../bench/waves.ts';

/** The benchmark on the built program, at a size that says nothing of its speed. */
const program = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const stage = { program, renderer: 'native', nodeFlags: [], onStep: () => {}, trail: 0 } as const;

test('it measures the waves of a sync, and a bare loop of the same beside them', async () => {
  const { first, commit, last, limit, memory } = await measureWaves(stage, { waves: 3, objects: 2 });
  for (const [{ seconds, usage }, objects] of [
    [first, 6],
    [commit, 6],
    [last, 2],
  ] as const) {
    expect(seconds).toBeGreaterThan(0);
    expect(usage.own.get('writes')).toBeGreaterThanOrEqual(objects);
  }
  for (const seconds of Object.values(limit)) expect(seconds).toBeGreaterThan(0);
  expect(memory.peak).toBeGreaterThan(0);
});

test('where the controller ends by itself it fails with what that said last', async () => {
  const failed: unknown = await measureChain({ ...stage, nodeFlags: ['--no-such-flag'] }, 1).catch(
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({
    message: expect.stringContaining('--no-such-flag') as string,
    cause: { message: 'the controller ended with code 9' },
  });
});
