import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { closingLine } from './test/support/closing-line.ts';

// How long `expect.poll` asks: as long as any wait of a test (test/support/limit.ts), since its own default of a second is
// less than what a busy machine needs.
const poll = { timeout: 180_000 };

// Unit tests wait much of their time for Git, and share nothing; those with a cluster share that, one file after another.
const unitWorkers = Math.min(availableParallelism(), 4);

const excluded = ['**/node_modules/**', '**/dist/**', '**/.cache/**'];

// Three kinds of tests: those that need nothing but this process and Git, those that need the real control
// plane, of which one is started for a whole run, and those that go through the built program as a user does.
export default defineConfig({
  test: {
    reporters: ['default', closingLine()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'bench/**/*.test.ts', 'test/**/*.unit.test.ts'],
          exclude: [...excluded, '**/*.cluster.test.ts'],
          globalSetup: ['./test/support/gitea-setup.ts'],
          maxWorkers: unitWorkers,
          sequence: { groupOrder: 0 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll },
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['src/**/*.cluster.test.ts'],
          exclude: excluded,
          globalSetup: ['./test/support/cluster-setup.ts', './test/support/gitea-setup.ts'],
          sequence: { groupOrder: 1 },
          testTimeout: 400_000,
          hookTimeout: 400_000,
          expect: { poll },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: excluded,
          globalSetup: ['./test/support/build-setup.ts', './test/support/gitea-setup.ts'],
          sequence: { groupOrder: 1 },
          testTimeout: 400_000,
          hookTimeout: 400_000,
          expect: { poll },
        },
      },
    ],
  },
});
