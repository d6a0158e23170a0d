import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMilliseconds } from '../../api/index.ts';
import { type SyncWindow, windowProblems, windowsAt } from './windows.ts';

const time = (text: string): number => Date.parse(text);
const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());
const window = (kind: SyncWindow['kind'], schedule: string, duration: string, more: Partial<SyncWindow> = {}) => ({
  kind,
  schedule,
  duration,
  timezone: 'UTC',
  manual: false,
  ...more,
});

test('a window is open from its start on and closed when its duration is over, to the millisecond', () => {
  const night = [window('Allow', '0 22 * * *', '2h')];
  const at = (text: string) => windowsAt(night, time(text));
  expect(at('2026-03-01T21:59:59.999Z')).toMatchObject({ open: false, changesAt: time('2026-03-01T22:00:00Z') });
  expect(at('2026-03-01T22:00:00.000Z')).toMatchObject({ open: true, changesAt: time('2026-03-02T00:00:00Z') });
  expect(at('2026-03-01T23:59:59.999Z')).toMatchObject({ open: true, changesAt: time('2026-03-02T00:00:00Z') });
  expect(at('2026-03-02T00:00:00.000Z')).toMatchObject({ open: false, changesAt: time('2026-03-02T22:00:00Z') });
});

test('as in Argo CD: a Deny that is open wins, and Allows keep shut what none of them opens', () => {
  const now = time('2026-03-01T12:30:00Z');
  const openNow = '0 12 * * *';
  const closedNow = '0 3 * * *';
  const verdict = (...windows: SyncWindow[]) => {
    const { open, manual } = windowsAt(windows, now);
    return { open, manual };
  };
  const shut = { open: false, manual: false };
  const free = { open: true, manual: true };
  const people = { open: false, manual: true };
  expect(verdict(window('Deny', openNow, '1h'))).toEqual(shut);
  expect(verdict(window('Deny', closedNow, '1h'))).toEqual(free);
  expect(verdict(window('Allow', openNow, '1h'))).toEqual(free);
  expect(verdict(window('Allow', closedNow, '1h'))).toEqual(shut);
  expect(verdict(window('Allow', openNow, '1h'), window('Deny', openNow, '1h'))).toEqual(shut);
  expect(verdict(window('Allow', closedNow, '1h'), window('Allow', openNow, '1h'))).toEqual(free);
  expect(verdict(window('Allow', closedNow, '1h'), window('Deny', closedNow, '1h'))).toEqual(shut);
  // Every window that stands in the way has to let people through.
  expect(verdict(window('Deny', openNow, '1h', { manual: true }))).toEqual(people);
  expect(verdict(window('Deny', openNow, '1h', { manual: true }), window('Deny', openNow, '1h'))).toEqual(shut);
  expect(verdict(window('Allow', closedNow, '1h', { manual: true }))).toEqual(people);
  expect(verdict(window('Allow', closedNow, '1h', { manual: true }), window('Allow', closedNow, '1h'))).toEqual(shut);
  expect(verdict()).toEqual(free);
});

test.each([
  // The hour that the clocks leave out: what begins in it begins when it is over.
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
  // The hour that comes twice: what begins in it begins the first time, and not again.
  ['30 1 * * *', 'Europe/London', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
  ['30 1 * * *', 'Europe/London', '2026-10-25T00:45:00Z', '2026-10-26T01:30:00.000Z'],
  // What begins every hour does so in both.
  ['30 * * * *', 'Europe/London', '2026-10-25T00:45:00Z', '2026-10-25T01:30:00.000Z'],
  // The same time of the day before and after the change.
  ['0 22 * * *', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-08T03:00:00.000Z'],
  ['0 22 * * *', 'America/New_York', '2026-03-08T12:00:00Z', '2026-03-09T02:00:00.000Z'],
])('%s in %s: after %s it opens at %s', (schedule, timezone, from, opens) => {
  const { open, changesAt } = windowsAt([window('Allow', schedule, '10m', { timezone })], time(from));
  expect({ open, changesAt: iso(changesAt) }).toEqual({ open: false, changesAt: opens });
});

test('a window over a change of the clocks is as long as it says', () => {
  const windows = [window('Allow', '0 0 * * *', '4h', { timezone: 'Europe/Berlin' })];
  // From midnight in winter time: three hours later the clocks show five.
  expect(iso(windowsAt(windows, time('2026-03-29T00:30:00Z')).changesAt)).toBe('2026-03-29T03:00:00.000Z');
});

test('what is no schedule and no time zone is told, with its place', () => {
  const bad = [
    window('Allow', 'whenever', '1h'),
    window('Allow', '0 3 * * *', '1h'),
    window('Allow', '0 3 * * *', '1h', { timezone: 'Mars/Olympus' }),
    window('Deny', '0 61 * * *', '1h'),
    window('Deny', '* * * * * *', '1h'),
    window('Deny', '0 3 * * *', '0s'),
  ];
  const places = windowProblems(bad).map(({ code, where }) => [code, where?.field]);
  expect(places).toEqual([0, 2, 3, 4, 5].map((index) => ['controller.window-invalid', `spec.sync.windows[${index}]`]));
});

test('one that never opens or closes has no change in sight', () => {
  const never = [window('Deny', '0 0 30 2 *', '1h')];
  expect(windowsAt(never, time('2026-03-01T00:00:00Z'))).toMatchObject({ open: true, changesAt: undefined });
  const always = [window('Deny', '* * * * *', '1h')];
  expect(windowsAt(always, time('2026-03-01T00:00:00Z'))).toMatchObject({ open: false, changesAt: undefined });
});

const windowOf = fc.record({
  kind: fc.constantFrom('Allow' as const, 'Deny' as const),
  schedule: fc
    .tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }), fc.constantFrom('*', '1-5', '0', '6'))
    .map(([minute, hour, day]) => `${minute} ${hour} * * ${day}`),
  duration: fc.constantFrom('15m', '1h', '90m', '8h', '26h'),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
  manual: fc.boolean(),
});
const instants = fc.integer({ min: time('2026-01-01T00:00:00Z'), max: time('2027-01-01T00:00:00Z') });

test('property: nothing changes before the time of the next change, and something does at it', () => {
  const windows = fc.array(windowOf, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(windows, instants, fc.double({ min: 0, max: 1, noNaN: true }), (some, now, share) => {
      const { open, manual, changesAt, boundary } = windowsAt(some, now);
      expect(boundary).toBeGreaterThan(now);
      if (changesAt === undefined) return;
      expect(changesAt).toBeGreaterThan(now);
      const between = now + Math.floor((changesAt - 1 - now) * share);
      expect(windowsAt(some, between)).toMatchObject({ open, manual, changesAt });
      const then = windowsAt(some, changesAt);
      expect([then.open, then.manual]).not.toEqual([open, manual]);
    }),
    { numRuns: 150 },
  );
});

test('property: on every day, also those on which the clocks change, a daily window opens once for its duration', () => {
  fc.assert(
    fc.property(windowOf, fc.integer({ min: 0, max: 364 }), (one, day) => {
      const daily = { ...one, kind: 'Allow' as const, schedule: one.schedule.replace(/\S+$/, '*'), duration: '15m' };
      const noon = time('2026-01-01T12:00:00Z') + day * 86_400_000;
      const opens = windowsAt([daily], noon).open ? noon : (windowsAt([daily], noon).changesAt ?? 0);
      const closes = windowsAt([daily], opens).changesAt ?? 0;
      const again = windowsAt([daily], closes).changesAt ?? 0;
      if (opens !== noon) expect(closes - opens).toBe(durationMilliseconds('15m'));
      // A day has 23 to 25 hours where the clocks change, and half an hour more or less at Lord Howe.
      expect(again - closes).toBeGreaterThanOrEqual(22.5 * 3_600_000);
      expect(again - closes).toBeLessThanOrEqual(25 * 3_600_000);
    }),
    { numRuns: 150 },
  );
});
