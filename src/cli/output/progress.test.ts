import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import type { CliContext } from '../context.ts';
import { createProgress } from './progress.ts';

function contextFor(isTerminal: boolean): { context: CliContext; written: () => string; clock: { now: number } } {
  let text = '';
  const clock = { now: 0 };
  const output = { write: (part: string) => void (text += part), isTerminal, columns: 40 };
  const context: CliContext = {
    stdout: output,
    stderr: output,
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    now: () => new Date(clock.now),
  };
  return { context, written: () => text, clock };
}

const colors = picocolors.createColors(false);

test('in a log each step and each change of it is one plain line', () => {
  const { context, written } = contextFor(false);
  const progress = createProgress(context, colors, false);
  progress.step('Syncing shop');
  progress.detail('1 of 2 objects');
  progress.detail('1 of 2 objects');
  progress.done();
  expect(written()).toBe('Syncing shop\nSyncing shop: 1 of 2 objects\n');
});

test('on a terminal a line moves, and what stays says how long the step took', () => {
  const { context, written, clock } = contextFor(true);
  const progress = createProgress(context, colors, false);
  progress.step('Syncing shop');
  clock.now = 3000;
  progress.note('a note');
  progress.done();
  expect(written()).toContain('Syncing shop 0s');
  expect(written()).toMatch(/a note\n[^\n]*Syncing shop 3s\r/);
  expect(written().endsWith('✓ Syncing shop 3s\n')).toBe(true);
});

test('a step that fails is marked, once', () => {
  const { context, written } = contextFor(true);
  const progress = createProgress(context, colors, false);
  progress.step('Syncing shop');
  progress.failed();
  progress.done();
  expect(written().endsWith('✗ Syncing shop 0s\n')).toBe(true);
});

test('quiet is quiet', () => {
  const { context, written } = contextFor(true);
  const progress = createProgress(context, colors, true);
  progress.step('Syncing shop');
  progress.note('a note');
  progress.done();
  expect(written()).toBe('');
});
