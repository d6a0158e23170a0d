import { expect, test } from 'vitest';
import { plumbError } from '../errors.ts';
import { createDiscovery } from './discovery.ts';
import type { Discovery } from './types.ts';

interface World {
  readonly discovery: Discovery;
  /** The groups that the server has now: each with a kind Thing. */
  groups: readonly string[];
  /** Those of them whose API server does not answer. */
  down: readonly string[];
  /** Whether the whole server is away. */
  away: boolean;
  now: number;
  asked: number;
}

function groupOf(name: string, stale: boolean): object {
  const thing = {
    resource: 'things',
    responseKind: { group: name, version: 'v1', kind: 'Thing' },
    scope: 'Namespaced',
    verbs: ['get', 'list'],
  };
  const version = stale
    ? { version: 'v1', freshness: 'Stale' }
    : { version: 'v1', freshness: 'Current', resources: [thing] };
  return { metadata: { name }, versions: [version] };
}

function openWorld(): World {
  const discovery = createDiscovery({
    now: () => world.now,
    request: async ({ path }) => {
      await Promise.resolve();
      if (world.away) throw plumbError('kube.unreachable', 'the server is away');
      if (path === '/apis') world.asked += 1;
      const items = path === '/apis' ? world.groups.map((name) => groupOf(name, world.down.includes(name))) : [];
      const list = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
      return { status: 200, contentType: '', body: Buffer.from(''), json: () => list };
    },
  });
  const world: World = { discovery, groups: ['one'], down: [], away: false, now: 0, asked: 0 };
  return world;
}

const thing = (group: string): { group: string; kind: string } => ({ group, kind: 'Thing' });

test('what has proved wrong is read anew at the next question, whichever it is', async () => {
  for (const question of ['resources', 'apiVersions', 'resource'] as const) {
    const world = openWorld();
    await world.discovery.resources();
    world.groups = ['one', 'two'];
    await world.discovery.apiVersions();
    expect(world.asked).toBe(1);
    world.discovery.forget();
    expect(world.discovery.find(thing('one'))).toBeUndefined();
    if (question === 'resource') await world.discovery.resource(thing('one'));
    else await world.discovery[question]();
    expect(world.asked).toBe(2);
    expect(world.discovery.find(thing('two'))).toMatchObject({ plural: 'things', preferred: true });
    await world.discovery.resources();
    expect(world.asked).toBe(2);
  }
});

test('many who ask at once cost one reading, and a refresh begins after what is being read', async () => {
  const world = openWorld();
  await Promise.all([
    world.discovery.resources(),
    world.discovery.apiVersions(),
    world.discovery.resource(thing('one')),
  ]);
  expect(world.asked).toBe(1);
  await Promise.all([world.discovery.refresh(), world.discovery.refresh(), world.discovery.refresh()]);
  expect(world.asked).toBeLessThanOrEqual(3);
});

test('a kind that is missing is looked for again ever more rarely, and at once after a refresh', async () => {
  const world = openWorld();
  const missed = async (): Promise<number> => {
    await expect(world.discovery.resource(thing('late'))).rejects.toMatchObject({ code: 'kube.no-such-kind' });
    return world.asked;
  };
  expect(await missed()).toBe(1);
  world.now = 999;
  expect(await missed()).toBe(1);
  world.now = 1_000;
  expect(await missed()).toBe(2);
  world.now = 2_999;
  expect(await missed()).toBe(2);
  world.now = 3_000;
  expect(await missed()).toBe(3);
  world.groups = ['one', 'late'];
  await world.discovery.refresh();
  expect(await world.discovery.resource(thing('late'))).toMatchObject({ group: 'late' });
});

test('an API that is down has not lost its kinds: they are not to be had, and others are', async () => {
  const world = openWorld();
  world.groups = ['one', 'far'];
  world.down = ['far'];
  expect(await world.discovery.resource(thing('one'))).toBeDefined();
  await expect(world.discovery.resource(thing('far'))).rejects.toMatchObject({ code: 'kube.api-unavailable' });
  expect(world.discovery.unavailable).toEqual(['far/v1']);
  world.down = [];
  world.now = 60_000;
  expect(await world.discovery.resource(thing('far'))).toBeDefined();
  expect(world.discovery.unavailable).toEqual([]);
});

test('a server that is away takes nothing of what is known, and a failed reading is not remembered', async () => {
  const world = openWorld();
  world.away = true;
  await expect(world.discovery.resources()).rejects.toMatchObject({ code: 'kube.unreachable' });
  world.away = false;
  await world.discovery.resources();
  world.away = true;
  await expect(world.discovery.refresh()).rejects.toMatchObject({ code: 'kube.unreachable' });
  expect(world.discovery.find(thing('one'))).toBeDefined();
});
