import { expect, test } from 'vitest';
import type { DriftedField } from '../../sync/index.ts';
import { deletionOf, describeChange, driftChangesOf, revertedBy } from './drift-changes.ts';
import * as fc from 'fast-check';
import { driftStatusOf } from './drift-status.ts';
import {
  describeFights,
  type Fight,
  fightsAfter,
  firstEnd,
  heldObjects,
  isNewlyHeld,
  keptFights,
  nextRevert,
  openFights,
  withoutChanged,
} from './fights.ts';

const writer = (manager: string, time = '') => ({ manager, operation: 'Update' as const, subresource: '', time });

function field(name: string, ...managers: readonly string[]): DriftedField {
  return { path: ['spec', name], before: 1, after: 2, writers: managers.map((manager) => writer(manager)) };
}

/** The fights after so many reverts, one each second. */
function fight(times: number, drift: DriftedField): readonly Fight[] {
  let fights: readonly Fight[] = [];
  for (let count = 0; count < times; count++)
    fights = fightsAfter(fights, driftChangesOf('web', [drift]), count * 1_000);
  return fights;
}

test('the first reverts are made at once, the later ones after longer and longer pauses', () => {
  const pauses = Array.from({ length: 16 }, (_, index) => {
    const [last] = fight(index + 1, field('replicas', 'hpa'));
    return last === undefined ? undefined : (last.until - last.at) / 1_000;
  });
  expect(pauses).toEqual([0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  const begun = Array.from({ length: 9 }, (_, index) => fight(index + 1, field('replicas', 'hpa')).some(isNewlyHeld));
  expect(begun).toEqual([false, false, false, false, false, true, false, false, false]);
});

test('it is told what is fought for, with whom, how often, and when it goes on', () => {
  const fights = fight(7, field('replicas', 'hpa'));
  expect(describeFights(fights, 6_500)).toBe(
    'web: spec.replicas was put back 7 times, and is changed again by hpa; it is put back next at 1970-01-01T00:00:10.000Z',
  );
  expect(nextRevert(fights, 6_500)).toBe(10_000);
  expect(describeFights(fights, 10_000)).toBe('');
  expect(nextRevert(fights, 10_000)).toBeUndefined();
});

test('other objects and other managers have a count of their own', () => {
  let fights = fight(8, field('replicas', 'hpa'));
  const others = [
    ...driftChangesOf('api', [field('replicas', 'hpa')]),
    ...driftChangesOf('web', [field('image', 'updater')]),
  ];
  fights = fightsAfter(fights, others, 8_000);
  expect(fights.map(({ object, manager, reverts }) => [object, manager, reverts])).toEqual([
    ['web', 'hpa', 8],
    ['api', 'hpa', 1],
    ['web', 'updater', 1],
  ]);
  expect([...heldObjects(fights, 8_000)]).toEqual(['web']);
});

test('after a quiet time it begins anew', () => {
  const again = driftChangesOf('web', [field('replicas', 'hpa')]);
  const fights = fight(7, field('replicas', 'hpa'));
  expect(fightsAfter(fights, again, 65_999)[0]?.reverts).toBe(8);
  expect(fightsAfter(fights, again, 66_001)[0]?.reverts).toBe(1);
  expect(fightsAfter(fights, [], 66_001)).toEqual([]);
  const long = fight(14, field('replicas', 'hpa'));
  expect(fightsAfter(long, [], 13_000 + 600_000)).toHaveLength(1);
  expect(fightsAfter(long, [], 13_001 + 600_000)).toEqual([]);
});

test('what somebody deletes again and again is a fight, too', () => {
  let fights: readonly Fight[] = [];
  for (let count = 0; count < 6; count++) fights = fightsAfter(fights, [deletionOf('web')], count);
  expect(describeFights(fights, 6)).toContain('web was put back 6 times, and is changed again by somebody unknown');
});

test('only what was put back counts, and not what was left or refused', () => {
  const drift = [field('a', 'b')];
  expect(revertedBy({ id: 'web', action: 'drifted', drift })).toBeUndefined();
  expect(revertedBy({ id: 'web', action: 'failed', drift })).toBeUndefined();
  expect(revertedBy({ id: 'web', action: 'configured' })).toBeUndefined();
  expect(revertedBy({ id: 'web', action: 'created', drift: [] })).toEqual([deletionOf('web')]);
  expect(revertedBy({ id: 'web', action: 'configured', drift })?.map(describeChange)).toEqual([
    'web: spec.a changed by b (Update)',
  ]);
});

test('each manager is named once, with what it changed and when it last wrote', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const drift = names.map((name, index) => ({
    path: ['spec', name],
    writers: index === 0 ? [] : [writer('hpa', `2026-11-22T10:00:0${index}Z`)],
  }));
  expect(driftChangesOf('web', drift).map(describeChange)).toEqual([
    'web: spec.a changed by somebody unknown',
    'web: spec.b, spec.c, spec.d, spec.e, spec.f, 1 more changed by hpa (Update, 2026-11-22T10:00:06Z)',
  ]);
});

const byManager = (one: Fight, other: Fight): number => ((one.manager ?? '') < (other.manager ?? '') ? -1 : 1);

/** What a status tells of them. */
const contestedIn = (fights: readonly Fight[], now: number) =>
  driftStatusOf({ fights, looks: new Map(), reverted: 0 }, [], now).contested ?? [];

test('property: who starts anew goes on with the fights as they were, after any reverts and any time', () => {
  const round = fc.record({ wait: fc.integer({ min: 0, max: 90_000 }), manager: fc.constantFrom('hpa', 'operator') });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 40 }), fc.integer({ min: 0, max: 700_000 }), (rounds, idle) => {
      let now = Date.parse('2026-11-22T10:00:00Z');
      let fights: readonly Fight[] = [];
      for (const { wait, manager } of rounds) {
        now = Math.max(now, ...fights.map(({ until }) => until)) + wait;
        fights = fightsAfter(fights, driftChangesOf('web', [field('replicas', manager)]), now);
      }
      now += idle;
      const kept = keptFights(contestedIn(fights, now), now);
      expect(kept.toSorted(byManager)).toEqual(openFights(fights, now).toSorted(byManager));
      expect([...heldObjects(kept, now)]).toEqual([...heldObjects(fights, now)]);
    }),
  );
});

test('of what a status says, nothing counts that no fight could have come to', () => {
  const entry = { object: 'web', manager: 'hpa', fields: ['spec.a'] };
  const far = { ...entry, reverts: 7, until: '2999-01-01T00:00:00Z' };
  expect(keptFights([far], 1_000)).toEqual([{ ...entry, reverts: 7, at: 1_000, until: 5_000 }]);
  const wrong = [
    { ...entry, reverts: 5, until: '1970-01-01T00:00:01Z' },
    { ...entry, reverts: 7, until: 'soon' },
  ];
  expect(keptFights(wrong, 1_000)).toEqual([]);
  expect(keptFights([{ ...entry, reverts: 7, until: '1970-01-01T00:00:01Z' }], 100_000_000)).toHaveLength(1);
  expect(
    openFights(keptFights([{ ...entry, reverts: 7, until: '1970-01-01T00:00:01Z' }], 100_000_000), 100_000_000),
  ).toEqual([]);
});

test('the status names ten of them, those that are left the longest', () => {
  let fights: readonly Fight[] = [];
  for (let count = 0; count < 6; count++)
    fights = fightsAfter(
      fights,
      Array.from({ length: 12 }, (_, index) => deletionOf(`web-${index}`)),
      count,
    );
  for (const each of ['web-10', 'web-11']) fights = fightsAfter(fights, [deletionOf(each)], 6);
  const named = contestedIn(fights, 7).map(({ object }) => object);
  expect(named).toHaveLength(10);
  expect(named.slice(0, 2)).toEqual(['web-10', 'web-11']);
});

test('a fight is told until it is over, and is over where Git says something else', () => {
  const fights = fight(7, field('replicas', 'hpa'));
  expect(firstEnd(fights, 6_000)).toBe(66_001);
  expect(firstEnd(fights, 66_001)).toBeUndefined();
  expect(contestedIn(fights, 66_000)).toHaveLength(1);
  expect(contestedIn(fights, 66_001)).toEqual([]);
  expect(contestedIn(fight(5, field('replicas', 'hpa')), 5_000)).toEqual([]);
  expect(withoutChanged(fights, new Set(['web']))).toEqual([]);
  expect(withoutChanged(fights, new Set(['api']))).toEqual(fights);
});
