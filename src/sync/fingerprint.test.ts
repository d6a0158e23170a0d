import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import {
  combinedFingerprint,
  desiredDigest,
  fingerprint,
  fingerprintFrom,
  ownedDigest,
  ownershipFingerprint,
} from './fingerprint.ts';
import {
  besides,
  entryOf,
  leafPaths,
  liveObject,
  merged,
  replaced,
  specArbitrary,
} from '../../test/support/owned-fields.ts';

const own = 'plumbline';
const other = 'kubectl-edit';

function desiredObject(spec: unknown): KubeObject {
  return { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'x', namespace: 'n' }, spec };
}

test('property: what is owned is exactly what was desired, whatever others have added', () => {
  fc.assert(
    fc.property(specArbitrary, specArbitrary, (spec, addition) => {
      const foreign = besides(spec, addition);
      const live = liveObject(merged(spec, foreign), [entryOf(own, spec), entryOf(other, foreign)]);
      expect(ownedDigest(live, own)).toBe(desiredDigest(desiredObject(spec)));
    }),
    { numRuns: 1000 },
  );
});

test('property: a change outside the owned fields never changes it', () => {
  fc.assert(
    fc.property(specArbitrary, specArbitrary, specArbitrary, fc.object(), (spec, one, two, status) => {
      const before = liveObject(merged(spec, besides(spec, one)), [
        entryOf(own, spec),
        entryOf(other, besides(spec, one)),
      ]);
      const after = liveObject(merged(spec, besides(spec, two)), [
        entryOf(other, besides(spec, two)),
        entryOf(own, spec),
      ]);
      const later = {
        ...after,
        metadata: { ...after.metadata, resourceVersion: '2', generation: 2, labels: { foreign: 'x' } },
        status,
      };
      expect(fingerprint(later, own)).toBe(fingerprint(before, own));
    }),
    { numRuns: 1000 },
  );
});

test('property: any change of an owned value changes it', () => {
  fc.assert(
    fc.property(specArbitrary, fc.nat(), fc.anything({ maxDepth: 1 }), (spec, choice, value) => {
      const paths = leafPaths(spec);
      const path = paths[choice % paths.length] ?? [];
      // The key of an item is no value of its own: another key is another item.
      fc.pre(path.at(-1) !== 'name');
      const changed = replaced(spec, path, (leaf) => [leaf, JSON.stringify(value)]);
      const before = liveObject(spec, [entryOf(own, spec)]);
      expect(fingerprint(liveObject(changed, [entryOf(own, spec)]), own)).not.toBe(fingerprint(before, own));
    }),
    { numRuns: 1000 },
  );
});

test('property: a field that goes, or that another manager takes over, changes it', () => {
  fc.assert(
    fc.property(specArbitrary, fc.nat(), (spec, choice) => {
      const paths = leafPaths(spec).filter((path) => path.at(-1) !== 'name');
      fc.pre(paths.length > 0);
      const path = paths[choice % paths.length] ?? [];
      const without = replaced(spec, path, () => undefined);
      const cleaned: unknown = JSON.parse(JSON.stringify(without));
      const before = fingerprint(liveObject(spec, [entryOf(own, spec)]), own);
      const removed = liveObject(cleaned, [entryOf(own, cleaned)]);
      const taken = liveObject(spec, [entryOf(own, cleaned), entryOf(other, spec)]);
      expect(fingerprint(removed, own)).not.toBe(before);
      expect(fingerprint(taken, own)).not.toBe(before);
    }),
    { numRuns: 1000 },
  );
});

test('an equal value set by someone else changes nothing', () => {
  const spec = { replicas: 2, labels: { app: 'web' } };
  const alone = liveObject(spec, [entryOf(own, spec)]);
  const shared = liveObject(spec, [entryOf(own, spec), entryOf(other, spec)]);
  expect(fingerprint(shared, own)).toBe(fingerprint(alone, own));
});

test('the order of items counts, since it may matter', () => {
  const spec = { env: [{ name: 'a' }, { name: 'b' }] };
  const turned = { env: [{ name: 'b' }, { name: 'a' }] };
  expect(fingerprint(liveObject(turned, [entryOf(own, spec)]), own)).not.toBe(
    fingerprint(liveObject(spec, [entryOf(own, spec)]), own),
  );
});

test('sets and lists by place are read as well', () => {
  const base = { manager: own, operation: 'Apply', apiVersion: 'example.dev/v1' } as const;
  const set = { ...base, fieldsV1: { 'f:spec': { 'f:tags': { 'v:"a"': {}, 'v:3': {} } } } };
  const ours = fingerprint(liveObject({ tags: ['a', 3] }, [set]), own);
  expect(fingerprint(liveObject({ tags: ['a', 'foreign', 3] }, [set]), own)).toBe(ours);
  expect(fingerprint(liveObject({ tags: ['a'] }, [set]), own)).not.toBe(ours);
  const placed = { ...base, fieldsV1: { 'f:spec': { 'f:list': { 'i:1': {} } } } };
  const second = fingerprint(liveObject({ list: ['x', 'y'] }, [placed]), own);
  expect(fingerprint(liveObject({ list: ['z', 'y'] }, [placed]), own)).toBe(second);
  expect(fingerprint(liveObject({ list: ['x', 'z'] }, [placed]), own)).not.toBe(second);
});

test('an empty map that was applied does not own what others put into it', () => {
  const spec = { securityContext: {}, name: 'x' };
  const foreign = { securityContext: { runAsUser: 7 } };
  const before = liveObject(spec, [entryOf(own, spec)]);
  const after = liveObject(merged(foreign, spec), [entryOf(own, spec), entryOf(other, foreign)]);
  expect(fingerprint(after, own)).toBe(fingerprint(before, own));
});

test('where it cannot be told, it says so', () => {
  const spec = { a: 1 };
  const entry = entryOf(own, spec);
  const cases = [
    liveObject(spec, []),
    liveObject(spec, [entryOf(other, spec)]),
    liveObject(spec, [{ ...entry, operation: 'Update' }]),
    liveObject(spec, [{ ...entry, subresource: 'status' }]),
    { ...liveObject(spec, []), metadata: { name: 'x' } },
  ];
  for (const live of cases) expect(fingerprint(live, own)).toBeUndefined();
});

test('an object that is read at another version is known by what is owned of it', () => {
  const spec = { a: 1, b: 2 };
  const entry = { ...entryOf(own, spec), apiVersion: 'example.dev/v2', time: 't' };
  const before = fingerprint(liveObject(spec, [entry]), own);
  expect(before).toMatch(/^o:/);
  expect(before).toBe(ownershipFingerprint(liveObject(spec, [entry]), own));
  expect(fingerprint(liveObject({ other: 'fields' }, [entry, entryOf(other, { other: 'fields' })]), own)).toBe(before);
  const taken = { ...entry, fieldsV1: entryOf(own, { a: 1 }).fieldsV1 ?? {} };
  expect(fingerprint(liveObject(spec, [taken]), own)).not.toBe(before);
  expect(fingerprint(liveObject(spec, [{ ...entry, time: 'later' }]), own)).not.toBe(before);
  expect(fingerprint(liveObject(spec, [entry], 'another'), own)).not.toBe(before);
});

test('a map that is owned as a whole is watched as a whole', () => {
  const base = { manager: own, operation: 'Apply', apiVersion: 'example.dev/v1' } as const;
  const entry = { ...base, fieldsV1: { 'f:spec': { 'f:selector': {} } } };
  const before = fingerprint(liveObject({ selector: { app: 'web' } }, [entry]), own);
  expect(fingerprint(liveObject({ selector: { app: 'web', more: 'x' } }, [entry]), own)).not.toBe(before);
  expect(fingerprint(liveObject({ selector: { app: 'other' } }, [entry]), own)).not.toBe(before);
});

test('it gives nothing away to whoever does not know the uid', () => {
  const spec = { password: 'hunter2' };
  const one = fingerprint(liveObject(spec, [entryOf(own, spec)], 'uid-1'), own);
  expect(fingerprint(liveObject(spec, [entryOf(own, spec)], 'uid-2'), own)).not.toBe(one);
  expect(one).toBe(fingerprintFrom('uid-1', desiredDigest(desiredObject(spec))));
  expect(one).toMatch(/^[\w-]{43}$/);
});

test('another version of the same content is another desire', () => {
  const one = desiredObject({ a: 1 });
  expect(desiredDigest({ ...one, apiVersion: 'example.dev/v2' })).not.toBe(desiredDigest(one));
  expect(desiredDigest({ ...one, metadata: { name: 'y' } })).toBe(desiredDigest(one));
});

test('property: the combined fingerprint knows no order, and every change of one of them', () => {
  const members = fc.uniqueArray(fc.record({ id: fc.string(), fingerprint: fc.string() }), {
    selector: ({ id }) => id,
  });
  fc.assert(
    fc.property(members, fc.nat(), (list, choice) => {
      const digest = combinedFingerprint(list);
      expect(combinedFingerprint(list.toReversed())).toBe(digest);
      const changed = list.map((member, index) =>
        index === choice % list.length ? { ...member, fingerprint: `${member.fingerprint}x` } : member,
      );
      if (list.length > 0) {
        expect(combinedFingerprint(changed)).not.toBe(digest);
        expect(combinedFingerprint(list.slice(1))).not.toBe(digest);
      }
    }),
  );
  expect(combinedFingerprint([{ id: 'a', fingerprint: undefined }])).toBeUndefined();
});
