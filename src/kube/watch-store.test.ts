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
  store.endRelist();
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
  store.endRelist();
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

interface World {
  readonly uid: number;
  readonly version: number;
}

// What happens to the cluster; `seen` says whether the watch told of it.
const step = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  act: fc.constantFrom('write', 'delete', 'relist', 'cut relist'),
  seen: fc.boolean(),
});

test('whatever is missed, a relist brings exactly the differences: replayed, the changes give the cluster', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { store, changes } = recordedStore();
      const world = new Map<string, World>();
      let clock = 0;
      const relist = (): void => {
        store.beginRelist();
        for (const [name, { uid, version }] of world) store.put(objectOf(name, `u${uid}`, version));
        store.endRelist();
      };
      for (const { name, act, seen } of steps) {
        clock += 1;
        const known = world.get(name);
        if (act === 'write') {
          const now = { uid: known?.uid ?? clock, version: clock };
          world.set(name, now);
          if (seen) store.put(objectOf(name, `u${now.uid}`, now.version));
        } else if (act === 'delete' && known !== undefined) {
          world.delete(name);
          if (seen) store.remove(objectOf(name, `u${known.uid}`, clock));
        } else if (act === 'relist') relist();
        else if (act === 'cut relist') {
          store.beginRelist();
          for (const [each, { uid, version }] of [...world].slice(0, 1)) store.put(objectOf(each, `u${uid}`, version));
        }
      }
      relist();

      const replayed = new Map<string, string>();
      for (const change of changes) {
        const before = replayed.get(change.key.name);
        if (change.type === 'added') expect(before).toBeUndefined();
        else expect(before).toBe(change.type === 'modified' ? change.previous : change.value);
        if (change.type === 'modified') expect(change.value).not.toBe(before);
        if (change.type === 'deleted') replayed.delete(change.key.name);
        else replayed.set(change.key.name, change.value);
      }
      const truth = new Map([...world].map(([name, { uid, version }]) => [name, `u${uid}@${version}`]));
      expect(replayed).toEqual(truth);
      expect(new Map([...store.entries()].map(([key, value]) => [key.name, value]))).toEqual(truth);
    }),
  );
});
