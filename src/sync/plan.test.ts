import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configMap, memberLike, ownSet, preparedObject, viewOf } from '../../test/support/sync-objects.ts';
import type { Member } from './member.ts';
import { planSync, type LastApplied, type Plan, type PlanInput } from './plan.ts';
import type { PreparedObject } from './prepare.ts';
import { type ApprovalSet, approvalSet, countOf, type PruneSettings } from './prune-plan.ts';

interface Given {
  readonly desired?: readonly PreparedObject[];
  readonly members?: readonly Member[];
  readonly lastApplied?: LastApplied;
  readonly prune?: PruneSettings;
  readonly mayTake?: PlanInput['mayTake'];
  readonly unmoved?: boolean;
}

function plan({
  desired = [],
  members = [],
  lastApplied = new Map(),
  prune = { enabled: true },
  mayTake,
  unmoved = false,
}: Given): Plan {
  return planSync({
    desired: { objects: desired, digest: '' },
    applySet: ownSet,
    view: viewOf(members),
    lastApplied,
    prune,
    unmoved,
    ...(mayTake === undefined ? {} : { mayTake }),
  });
}

const one = preparedObject(configMap('one'));
const other = preparedObject(configMap('one', 'b'));
const foreign = { fingerprint: 'something else' };

function reasons(result: Plan): readonly string[] {
  return result.apply.map(({ desired, reason }) => `${desired.key.name} ${reason}`);
}

function blocks(result: Plan): readonly string[] {
  return result.blocked.map(({ key, reason }) => `${key.name} ${reason}`);
}

test('what is not there is applied', () => {
  expect(reasons(plan({ desired: [one] }))).toEqual(['one missing']);
});

test('what is skipped is not pruned, and does not make an empty set one that says something', () => {
  const members = ['one', 'two'].map((name) => memberLike(configMap(name)));
  const skipped = new Set(members.slice(0, 1).map(({ id }) => id));
  const planned = (prune: PruneSettings, objects: readonly PreparedObject[]) =>
    planSync({
      desired: { objects, skipped, digest: '' },
      applySet: ownSet,
      view: viewOf(members),
      lastApplied: new Map(),
      prune,
    });
  const three = [preparedObject(configMap('three'))];
  expect(planned({ enabled: true }, three).prune.map(({ key }) => key.name)).toEqual(['two']);
  const empty = planned({ enabled: true }, []);
  expect([empty.prune, blocks(empty)]).toEqual([[], ['two empty-render']]);
});

test('what holds exactly the desired fields is unchanged, with no record at all', () => {
  const result = plan({ desired: [one], members: [memberLike(one.object)] });
  expect(result.unchanged.map(({ desired }) => desired.id)).toEqual([one.id]);
  expect(result.apply).toEqual([]);
});

test('what the server wrote differently is unchanged while it is as the last apply left it', () => {
  const lastApplied = new Map([[one.id, { digest: one.digest, fingerprint: foreign.fingerprint }]]);
  const members = [memberLike(one.object, foreign)];
  expect(plan({ desired: [one], members, lastApplied }).unchanged).toHaveLength(1);
  expect(
    reasons(plan({ desired: [one], members: [memberLike(one.object, { fingerprint: 'new' })], lastApplied })),
  ).toEqual(['one drifted']);
  expect(reasons(plan({ desired: [other], members, lastApplied }))).toEqual(['one changed']);
  expect(reasons(plan({ desired: [one], members }))).toEqual(['one unproven']);
});

test('what is as the last apply left it is known without a digest', () => {
  const lastApplied = new Map([[one.id, { digest: one.digest, fingerprint: foreign.fingerprint }]]);
  // The uid is read for nothing but the digest.
  const member = Object.defineProperty({ ...memberLike(one.object, foreign) }, 'uid', {
    get: () => expect.unreachable('nothing is digested'),
  });
  expect(plan({ desired: [one], members: [member], lastApplied }).unchanged).toHaveLength(1);
});

test('what is read at another version is unchanged while the same is owned of it', () => {
  const record = { digest: one.digest, fingerprint: 'by its values', ownership: 'o:then' };
  const lastApplied = new Map([[one.id, record]]);
  const seen = (fingerprint: string): Given => ({
    desired: [one],
    members: [memberLike(one.object, { fingerprint })],
    lastApplied,
  });
  expect(plan(seen('o:then')).unchanged).toHaveLength(1);
  expect(reasons(plan(seen('o:now')))).toEqual(['one drifted']);
});

test('what has no fingerprint is never taken for unchanged', () => {
  const members = [memberLike(one.object, { fingerprint: undefined })];
  const lastApplied = new Map([[one.id, { digest: one.digest, fingerprint: undefined }]]);
  expect(reasons(plan({ desired: [one], members, lastApplied }))).toEqual(['one unproven']);
});

test('an object of another ApplySet is left alone, unless it may be taken', () => {
  const members = [memberLike(one.object, { applySet: 'applyset-other-v1' })];
  expect(blocks(plan({ desired: [one], members }))).toEqual(['one claimed']);
  expect(reasons(plan({ desired: [one], members }))).toEqual([]);
  const taken = plan({ desired: [other], members, mayTake: (applySet) => applySet === 'applyset-other-v1' });
  expect(reasons(taken)).toEqual(['one unproven']);
});

test('an object that is being deleted is waited for', () => {
  const members = [memberLike(one.object, { deletionTimestamp: '2026-11-21T00:00:00Z', finalizers: ['a/b'] })];
  const result = plan({ desired: [one], members });
  expect(blocks(result)).toEqual(['one terminating']);
  expect(result.blocked[0]?.message).toBe('it is being deleted since 2026-11-21T00:00:00Z, held by a/b');
});

const two = memberLike(configMap('two'));
const three = memberLike(configMap('three'));

test('what is no longer desired is pruned', () => {
  expect(plan({ desired: [one], members: [two] }).prune).toEqual([two]);
});

test('guards keep what is no longer desired', () => {
  expect(blocks(plan({ desired: [], members: [two] }))).toEqual(['two empty-render']);
  const mayBeEmpty = plan({ desired: [], members: [two], prune: { enabled: true, allowEmpty: true } });
  expect([blocks(mayBeEmpty), mayBeEmpty.prune]).toEqual([[], [two]]);
  expect(blocks(plan({ desired: [one], members: [two], prune: { enabled: false } }))).toEqual(['two prune-off']);
  const kept = memberLike(configMap('kept'), { pruneWish: { wish: 'keep', annotation: 'a: b' } });
  expect(plan({ desired: [one], members: [kept, two] }).prune).toEqual([two]);
  expect(plan({ desired: [one], members: [kept] }).blocked[0]?.message).toContain('a: b keeps it');
  const leaving = memberLike(configMap('leaving'), { deletionTimestamp: 't' });
  const result = plan({ desired: [one], members: [leaving] });
  expect([result.prune, result.leaving, result.blocked]).toEqual([[], [leaving], []]);
});

test('above the limit nothing is pruned until exactly that is approved', () => {
  const members = [two, three, memberLike(one.object)];
  const prune = { enabled: true, limit: { objects: 1 } };
  const result = plan({ desired: [one], members, prune });
  expect(blocks(result)).toEqual(['two limit', 'three limit']);
  expect(result.blocked[0]?.message).toBe('2 of 3 objects would be deleted, more than the 1 that may without approval');
  expect(result.prune).toEqual([]);
  expect(result.approval).toBe(approvalSet([three, two], true).token);
  const approval = result.approval ?? '';
  expect(plan({ desired: [one], members, prune: { ...prune, approval } }).prune).toEqual([two, three]);
  const four = memberLike(configMap('four'));
  expect(plan({ desired: [one], members: [...members, four], prune: { ...prune, approval } }).prune).toEqual([]);
  const anew = [memberLike(configMap('two'), { uid: 'another' }), three];
  expect(plan({ desired: [one], members: anew, prune: { ...prune, approval } }).prune).toEqual([]);
});

test('a share of the members is a limit too', () => {
  const members = [two, three, memberLike(one.object)];
  expect(plan({ desired: [one], members, prune: { enabled: true, limit: { percent: 66 } } }).prune).toEqual([]);
  expect(plan({ desired: [one], members, prune: { enabled: true, limit: { percent: 67 } } }).prune).toHaveLength(2);
  expect(plan({ desired: [one], members, prune: { enabled: true, limit: { percent: 0 } } }).prune).toEqual([]);
});

test('an annotation may ask for approval of its object alone', () => {
  const asking = memberLike(configMap('asking'), { pruneWish: { wish: 'confirm', annotation: 'p: confirm' } });
  const result = plan({ desired: [one], members: [two, asking] });
  expect(result.prune).toEqual([two]);
  expect(blocks(result)).toEqual(['asking confirm']);
  // The approval holds although the others have gone meanwhile.
  const approval = result.approval ?? '';
  expect(plan({ desired: [one], members: [asking], prune: { enabled: true, approval } }).prune).toEqual([asking]);
});

test('property: of what was approved any part may go, and nothing that was not', () => {
  const all = Array.from({ length: 40 }, (_, index) => memberLike(configMap(`m${index}`)));
  fc.assert(
    fc.property(fc.subarray(all, { minLength: 1 }), fc.subarray(all, { minLength: 1 }), (before, now) => {
      const approved = approvalSet(before, true);
      expect(countOf(approved)).toBe(before.length);
      const { prune } = plan({
        desired: [one],
        members: now,
        prune: { enabled: true, limit: { objects: 0 }, approved },
      });
      expect(prune).toEqual(now.every((member) => before.includes(member)) ? now : []);
    }),
  );
});

test('what annotations asked for is no word about a limit, and none about a namesake', () => {
  const confirming = { pruneWish: { wish: 'confirm', annotation: 'c' } } as const;
  const members = [memberLike(configMap('two'), confirming), memberLike(configMap('three'), confirming)];
  const pruned = (approved: ApprovalSet, limit: PruneSettings['limit'] = {}): number =>
    plan({ desired: [one], members, prune: { enabled: true, limit, approved } }).prune.length;
  expect(pruned(approvalSet(members, false))).toBe(2);
  expect(pruned(approvalSet(members, false), { objects: 1 })).toBe(0);
  expect(pruned(approvalSet(members, true), { objects: 1 })).toBe(2);
  expect(pruned(approvalSet([two, three], false))).toBe(2);
  expect(pruned(approvalSet([memberLike(configMap('two'), { uid: 'another' }), three], false))).toBe(0);
});

const wishes = [undefined, { wish: 'keep', annotation: 'k' }, { wish: 'confirm', annotation: 'c' }] as const;
const memberArbitrary = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    pruneWish: fc.constantFrom(...wishes),
    deletionTimestamp: fc.constantFrom(undefined, undefined, undefined, 't'),
    applySet: fc.constantFrom(ownSet, ownSet, 'applyset-other-v1', undefined),
    fingerprint: fc.constantFrom(undefined, 'x', 'y'),
  })
  .map(({ name, ...changes }) => memberLike(configMap(name), changes));
const membersArbitrary = fc.uniqueArray(memberArbitrary, { selector: ({ id }) => id });
const desiredArbitrary = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'g'), { maxLength: 4 })
  .map((names) => names.map((name) => preparedObject(configMap(name))));
const settingsArbitrary = fc.record({
  enabled: fc.boolean(),
  limit: fc.record({ objects: fc.nat(4), percent: fc.nat(100) }, { requiredKeys: [] }),
  approval: fc.string(),
});

test('property: an empty desired set prunes nothing, whatever else is said', () => {
  fc.assert(
    fc.property(membersArbitrary, settingsArbitrary, (members, prune) => {
      const first = plan({ members, prune });
      expect(first.prune).toEqual([]);
      expect(first.approval).toBeUndefined();
      // No approval lifts this guard.
      expect(plan({ members, prune: { ...prune, approval: approvalSet(members, true).token } }).prune).toEqual([]);
    }),
  );
});

test('property: every member and every desired object has exactly one fate', () => {
  fc.assert(
    fc.property(desiredArbitrary, membersArbitrary, settingsArbitrary, (desired, members, prune) => {
      const result = plan({ desired, members, prune });
      const fates = [
        ...result.apply.map((planned) => planned.desired.id),
        ...result.unchanged.map((planned) => planned.desired.id),
        ...result.prune.map(({ id }) => id),
        ...result.leaving.map(({ id }) => id),
        ...result.blocked.map(({ id }) => id),
      ];
      const own = members.filter(({ applySet }) => applySet === ownSet);
      const expected = new Set([...desired, ...own].map(({ id }) => id));
      expect(fates.toSorted()).toEqual([...expected].toSorted());
    }),
  );
});

test('property: only own members that are not desired, not kept and not yet leaving are pruned', () => {
  fc.assert(
    fc.property(desiredArbitrary, membersArbitrary, settingsArbitrary, (desired, members, prune) => {
      const result = plan({ desired, members, prune });
      for (const member of result.prune) {
        expect(member.applySet).toBe(ownSet);
        expect(desired.map(({ id }) => id)).not.toContain(member.id);
        expect(member.pruneWish?.wish).not.toBe('keep');
        expect(member.deletionTimestamp).toBeUndefined();
      }
      if (!prune.enabled) expect(result.prune).toEqual([]);
      if (result.approval !== prune.approval && prune.limit.objects !== undefined) {
        expect(result.prune.length).toBeLessThanOrEqual(prune.limit.objects);
      }
    }),
  );
});

const ignored = (result: Plan): boolean =>
  result.apply.length === 0 && result.leftAlone?.every(({ reason }) => reason === 'drift-ignored') === true;

test('drift that is to be ignored is left, wherever that is said, and what Git newly says is applied all the same', () => {
  const desired = [{ ...one, options: { drift: 'Ignore' } }] as const;
  const drifted = [memberLike(one.object, foreign)];
  const leftBy = (fingerprint: string | undefined, digest = one.digest) => new Map([[one.id, { digest, fingerprint }]]);
  expect(ignored(plan({ desired, members: drifted, lastApplied: leftBy('before') }))).toBe(true);
  expect(ignored(plan({ desired, members: drifted, lastApplied: leftBy(undefined) }))).toBe(true);
  expect(ignored(plan({ desired, lastApplied: leftBy('before') }))).toBe(true);
  const inCluster = [memberLike(one.object, { ...foreign, drift: 'Ignore' })];
  expect(ignored(plan({ desired: [one], members: inCluster, lastApplied: leftBy('before') }))).toBe(true);
  const going = [memberLike(one.object, { deletionTimestamp: 'now' })];
  expect(ignored(plan({ desired, members: going, lastApplied: leftBy('before') }))).toBe(true);
  expect(reasons(plan({ desired, members: drifted, lastApplied: leftBy('before', other.digest) }))).toEqual([
    'one changed',
  ]);
  const theirs = [memberLike(one.object, { ...foreign, applySet: 'another' })];
  expect(blocks(plan({ desired, members: theirs, lastApplied: leftBy('before') }))).toEqual(['one claimed']);
});

test('where nothing is known of it, drift is ignored if all was synced before, and else the object is applied', () => {
  const desired = [{ ...one, options: { drift: 'Ignore' } }] as const;
  const members = [memberLike(one.object, foreign)];
  expect(plan({ desired, members, unmoved: true }).apply).toEqual([]);
  expect(plan({ desired, unmoved: true }).apply).toEqual([]);
  expect(reasons(plan({ desired, members }))).toEqual(['one unproven']);
  expect(reasons(plan({ desired }))).toEqual(['one missing']);
});
