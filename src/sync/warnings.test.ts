import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import { mergedWarnings } from './warnings.ts';

const event = (fields: object): KubeObject => ({ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, ...fields });

test('Events of one reason are one, with the newest message and how often it was so', () => {
  const found = mergedWarnings([
    event({ reason: 'BackOff', message: 'newest', count: 4, lastTimestamp: '2026-01-01T00:00:09Z' }),
    event({ reason: 'BackOff', message: 'older', count: 2, lastTimestamp: '2026-01-01T00:00:01Z' }),
    event({
      reason: 'Failed',
      message: 'of a series',
      series: { count: 7, lastObservedTime: '2026-01-01T00:00:09.5Z' },
    }),
    event({
      reason: 'Other',
      note: 'as the other API has it',
      deprecatedCount: 2,
      eventTime: '2026-01-01T00:00:00.1Z',
    }),
    event({ reason: 'Empty', message: ' ' }),
  ]);
  expect(found).toEqual([
    { reason: 'Failed', message: 'of a series', count: 7, at: '2026-01-01T00:00:09.5Z' },
    { reason: 'BackOff', message: 'newest', count: 6, at: '2026-01-01T00:00:09Z' },
    { reason: 'Other', message: 'as the other API has it', count: 2, at: '2026-01-01T00:00:00.1Z' },
  ]);
});

test('what an Event says is cut, and no password of a URL is in it', () => {
  const message = `https://me:hunter2@example.dev/x and oci://token@registry/y failed ${'x'.repeat(5_000)}`;
  const [found] = mergedWarnings([event({ reason: 'Failed', message })]);
  expect(found?.message).toMatch(/^https:\/\/\*\*\*@example\.dev\/x and oci:\/\/\*\*\*@registry\/y failed x/);
  expect(found?.message.length).toBe(1_024);
});

const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;

test('five reasons at most, each once, the newest first', () => {
  const some = fc.array(
    fc.record({
      reason: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      second: fc.nat(59),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  );
  fc.assert(
    fc.property(some, (given) => {
      const events = given.map(({ reason, second, count }) =>
        event({ reason, message: 'm', count, lastTimestamp: at(second) }),
      );
      const found = mergedWarnings(events);
      const reasons = new Set(given.map(({ reason }) => reason));
      expect(found.length).toBe(Math.min(5, reasons.size));
      expect(new Set(found.map(({ reason }) => reason)).size).toBe(found.length);
      expect(found.map((one) => one.at)).toEqual(
        found
          .map((one) => one.at)
          .toSorted()
          .toReversed(),
      );
      for (const one of found) {
        const same = given.filter(({ reason }) => reason === one.reason);
        expect(one.count).toBe(same.reduce((sum, { count }) => sum + count, 0));
      }
    }),
  );
});
