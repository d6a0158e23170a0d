import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import { createWatchStore, type Change, type WatchStore } from './watch-store.ts';

interface Recorded {
  readonly store: WatchStore<string>;
  readonly changes: Change<string>[];
  readonly faults: unknown[];
}

function recordedStore(
  project = (object: KubeObject) => `${object.metadata.uid}@${object.metadata.resourceVersion}`,
): Recorded {
  const changes: Change<string>[] = [];
  const faults: unknown[] = [];
  const store = createWatchStore<string>({
    group: 'apps',
    kind: 'Deployment',
    project,
    onChange: (change) => changes.push(change),
    onFault: (fault) => faults.push(fault),
  });
  return { store, changes, faults };
}

function objectOf(name: string, uid: string, resourceVersion: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'prod', name, uid, resourceVersion: String(resourceVersion) },
  };
}

test('an object that is told again as it is known is no change', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 1));
  store.put(objectOf('a', 'u1', 1));
  store.put(objectOf('a', 'u1', 2));
  expect(changes.map((change) => change.type)).toEqual(['added', 'modified']);
  expect(changes[1]).toMatchObject({ value: 'u1@2', previous: 'u1@1' });
  expect(store.resourceVersion({ namespace: 'prod', name: 'a' })).toBe('2');
});

test('an object that was deleted and made anew is told as both', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 1));
  store.put(objectOf('a', 'u2', 5));
  expect(changes.map(({ type, value }) => `${type} ${value}`)).toEqual(['added u1@1', 'deleted u1@1', 'added u2@5']);
});

test('a deletion that was seen has the last state, one that was found out has none', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 1));
  store.put(objectOf('b', 'u2', 2));
  store.remove(objectOf('a', 'u1', 3));
  store.remove(objectOf('unknown', 'u9', 3));
  store.beginRelist();
  store.endRelist('1000');
  expect(changes.slice(2)).toMatchObject([
    { type: 'deleted', key: { name: 'a' }, object: { metadata: { resourceVersion: '3' } } },
    { type: 'deleted', key: { group: 'apps', kind: 'Deployment', namespace: 'prod', name: 'b' }, object: undefined },
  ]);
  expect(store.size).toBe(0);
});

test('a relist that was cut off deletes nothing', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 1));
  store.put(objectOf('b', 'u2', 2));
  store.beginRelist();
  store.put(objectOf('a', 'u1', 1));
  store.beginRelist();
  store.put(objectOf('b', 'u2', 2));
  store.put(objectOf('a', 'u1', 1));
  store.endRelist('1000');
  expect(changes.map((change) => change.type)).toEqual(['added', 'added']);
});

test('what the callbacks throw is told, and the next object is not harmed', () => {
  const { store, faults } = recordedStore((object) => {
    if (object.metadata.name === 'bad') throw new Error('no projection');
    return 'good';
  });
  store.put(objectOf('bad', 'u1', 1));
  store.put(objectOf('fine', 'u2', 2));
  expect(faults).toHaveLength(1);
  expect([...store.entries()].map(([key, value]) => [key.name, value])).toEqual([['fine', 'good']]);
});

test('the answer to a write is told at once, and its event is no change any more', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 5));
  store.observe(objectOf('a', 'u1', 9), '5');
  store.put(objectOf('a', 'u1', 7));
  store.put(objectOf('a', 'u1', 9));
  store.put(objectOf('a', 'u1', 10));
  expect(changes.map(({ type, value }) => `${type} ${value}`)).toEqual([
    'added u1@5',
    'modified u1@9',
    'modified u1@10',
  ]);
});

test('an answer that is older than the watch does nothing, be the object there or deleted meanwhile', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 12));
  store.observe(objectOf('a', 'u1', 9), '12');
  store.observe(objectOf('gone', 'u2', 99), '100');
  expect(changes).toHaveLength(1);
});

test('versions are compared as numbers', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 9));
  store.observe(objectOf('a', 'u1', 10), '9');
  expect(changes.map(({ value }) => value)).toEqual(['u1@9', 'u1@10']);
});

test('what was observed outlives a list that is older, and the deletion of its forerunner', () => {
  const { store, changes } = recordedStore();
  store.put(objectOf('a', 'u1', 5));
  store.observe(objectOf('a', 'u2', 20), '5');
  store.observe(objectOf('b', 'u3', 21), '5');
  store.remove(objectOf('a', 'u1', 18));
  store.beginRelist();
  store.endRelist('19');
  expect([...store.values()]).toEqual(['u2@20', 'u3@21']);
  store.beginRelist();
  store.endRelist('21');
  expect(store.size).toBe(0);
  expect(changes.map(({ type, value }) => `${type} ${value}`)).toEqual([
    'added u1@5',
    'deleted u1@5',
    'added u2@20',
    'added u3@21',
    'deleted u2@20',
    'deleted u3@21',
  ]);
});

test('a cluster that was restored from a backup is believed, though its versions are lower', () => {
  const { store } = recordedStore();
  store.observe(objectOf('a', 'u1', 500), undefined);
  store.distrust();
  store.beginRelist();
  store.put(objectOf('a', 'u1', 40));
  store.endRelist('41');
  expect([...store.values()]).toEqual(['u1@40']);
});

interface World {
  readonly uid: number;
  readonly version: number;
}

// What happens to the cluster, and how the store gets to know: `late` events come in order before the next relist.
const step = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  act: fc.constantFrom('write', 'delete', 'relist', 'cut relist'),
  told: fc.constantFrom('at once', 'never', 'late', 'by the answer', 'by the answer and late'),
});

test('whatever is missed or comes late, the changes replayed give the cluster', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { store, changes } = recordedStore();
      const world = new Map<string, World>();
      let late: (() => void)[] = [];
      let clock = 0;
      const relist = (): void => {
        for (const event of late) event();
        late = [];
        store.beginRelist();
        for (const [name, { uid, version }] of world) store.put(objectOf(name, `u${uid}`, version));
        store.endRelist(String(clock));
      };
      for (const { name, act, told } of steps) {
        clock += 1;
        const known = world.get(name);
        if (act === 'write') {
          const now = objectOf(name, `u${known?.uid ?? clock}`, clock);
          world.set(name, { uid: known?.uid ?? clock, version: clock });
          if (told === 'at once') late.push(() => store.put(now));
          if (told.startsWith('by the answer')) store.observe(now, undefined);
          if (told.endsWith('late')) late.push(() => store.put(now));
        } else if (act === 'delete' && known !== undefined) {
          world.delete(name);
          const last = objectOf(name, `u${known.uid}`, clock);
          if (told !== 'never') late.push(() => store.remove(last));
        } else if (act === 'relist') relist();
        else if (act === 'cut relist') {
          store.beginRelist();
          for (const [each, { uid, version }] of [...world].slice(0, 1)) store.put(objectOf(each, `u${uid}`, version));
        }
        if (told === 'at once') for (const event of late.splice(0)) event();
      }
      relist();
      expectReplayed(changes, world);
      const truth = new Map([...world].map(([name, { uid, version }]) => [name, `u${uid}@${version}`]));
      expect(new Map([...store.entries()].map(([key, value]) => [key.name, value]))).toEqual(truth);
    }),
  );
});

/** Every change fits to the one before it, and all together give the cluster. */
function expectReplayed(changes: readonly Change<string>[], world: ReadonlyMap<string, World>): void {
  const replayed = new Map<string, string>();
  for (const change of changes) {
    const before = replayed.get(change.key.name);
    if (change.type === 'added') expect(before).toBeUndefined();
    else expect(before).toBe(change.type === 'modified' ? change.previous : change.value);
    if (change.type === 'modified') expect(change.value).not.toBe(before);
    if (change.type === 'deleted') replayed.delete(change.key.name);
    else replayed.set(change.key.name, change.value);
  }
  expect(replayed).toEqual(new Map([...world].map(([name, { uid, version }]) => [name, `u${uid}@${version}`])));
}
