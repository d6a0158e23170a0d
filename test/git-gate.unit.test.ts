import { expect, test } from 'vitest';
import { openGitGate } from './support/git-gate.ts';

test('a Git server that is gone breaks the connection of whoever asks, and not the process', async () => {
  // Nothing listens at this port of the machine.
  const gate = await openGitGate(9);
  await expect(fetch(gate.url)).rejects.toThrow('fetch failed');
  await expect(fetch(gate.url)).rejects.toThrow('fetch failed');
});
