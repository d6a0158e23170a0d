import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Application, parseApplication } from '../../api/index.ts';
import { createDependencies } from './dependencies.ts';

interface Made {
  readonly namespace?: string;
  readonly generation?: number;
  readonly dependsOn?: readonly object[];
  readonly allows?: readonly string[];
  readonly deleting?: boolean;
}

function application(name: string, made: Made = {}): Application {
  const { namespace = 'prod', generation = 1, dependsOn, allows, deleting } = made;
  return parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace,
      uid: name,
      generation,
      ...(deleting === true ? { deletionTimestamp: '2026-11-22T00:00:00Z' } : {}),
    },
    spec: {
      source: { repositoryRef: { name: 'apps' } },
      ...(dependsOn === undefined ? {} : { dependsOn }),
      ...(allows === undefined ? {} : { dependents: { namespaces: allows } }),
    },
  });
}

const on = (...names: readonly string[]): Pick<Made, 'dependsOn'> => ({ dependsOn: names.map((name) => ({ name })) });

test('what happens to a dependency concerns those that wait for it, and nobody else', () => {
  const dependencies = createDependencies();
  dependencies.update(application('base'));
  for (const name of ['waits', 'does-not']) dependencies.update(application(name, on('base')));
  dependencies.wait('prod/waits', true);
  expect([...dependencies.update(application('base'))]).toEqual(['prod/waits']);
  const standing = { news: 1, status: {} };
  expect(dependencies.found('prod/base', standing)).toEqual(['prod/waits']);
  expect(dependencies.found('prod/base', { ...standing })).toEqual([]);
  expect(dependencies.found('prod/base', { news: 2, status: {} })).toEqual(['prod/waits']);
  dependencies.wait('prod/waits', false);
  expect(dependencies.found('prod/base', { news: 3, status: {} })).toEqual([]);
});

test('one that is missing is waited for, and its creation and its end are told', () => {
  const dependencies = createDependencies();
  dependencies.update(application('web', on('base')));
  dependencies.wait('prod/web', true);
  expect(dependencies.dependencyOf('prod/web', 'prod/base')).toBeUndefined();
  expect([...dependencies.update(application('base'))]).toEqual(['prod/web']);
  expect(dependencies.dependencyOf('prod/web', 'prod/base')?.metadata.name).toBe('base');
  expect([...dependencies.delete('prod/base')]).toEqual(['prod/web']);
  expect(dependencies.dependencyOf('prod/web', 'prod/base')).toBeUndefined();
});

test('the one that closes a ring, or opens it, has all of its members look', () => {
  const dependencies = createDependencies();
  dependencies.update(application('a', on('b')));
  dependencies.update(application('b', on('c')));
  const members = ['prod/a', 'prod/b', 'prod/c'];
  expect([...dependencies.update(application('c', on('a')))].toSorted()).toEqual(members);
  for (const id of members) expect(dependencies.ringOf(id)).toEqual(members);
  expect([...dependencies.update(application('c', { generation: 2 }))].toSorted()).toEqual(members);
  for (const id of members) expect(dependencies.ringOf(id)).toBeUndefined();
});

test('across namespaces only who is named may, and a stranger draws nobody into a ring', () => {
  const dependencies = createDependencies();
  const there = { dependsOn: [{ name: 'base', namespace: 'infra' }] };
  dependencies.update(application('web', { namespace: 'team', ...there }));
  dependencies.update(application('base', { namespace: 'infra', dependsOn: [{ name: 'web', namespace: 'team' }] }));
  expect(dependencies.dependencyOf('team/web', 'infra/base')).toBeUndefined();
  expect(dependencies.ringOf('infra/base')).toBeUndefined();
  dependencies.wait('team/web', true);
  const open = application('base', { namespace: 'infra', generation: 2, allows: ['team'] });
  expect([...dependencies.update(open)]).toEqual(['team/web']);
  expect(dependencies.dependencyOf('team/web', 'infra/base')).toBe(open);
  dependencies.update(application('base', { namespace: 'infra', generation: 3, allows: ['*'] }));
  expect(dependencies.dependencyOf('team/web', 'infra/base')).toBeDefined();
  dependencies.update(application('base', { namespace: 'infra', generation: 4, allows: ['other'] }));
  expect(dependencies.dependencyOf('team/web', 'infra/base')).toBeUndefined();
});

test('what is being deleted is told of the end of those that depend on it; in a ring nobody is waited for', () => {
  const dependencies = createDependencies();
  dependencies.update(application('base', { deleting: true }));
  dependencies.update(application('web', { ...on('base'), deleting: true }));
  expect(dependencies.dependentsBeyondRing('prod/base')).toEqual(['prod/web']);
  expect([...dependencies.delete('prod/web')]).toEqual(['prod/base']);
  dependencies.update(application('one', on('two')));
  dependencies.update(application('two', on('one')));
  expect(dependencies.dependentsBeyondRing('prod/one')).toEqual([]);
});

const names = ['a', 'b', 'c', 'd', 'e'] as const;
const changes = fc.array(
  fc.record({
    name: fc.constantFrom(...names),
    target: fc.option(fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }), { nil: undefined }),
  }),
  { maxLength: 30 },
);

test('after any changes, whoever is on another ring than before was told to look', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      const dependencies = createDependencies();
      const known = new Map<string, string>();
      let generation = 0;
      for (const { name, target } of steps) {
        const id = `prod/${name}`;
        generation += 1;
        const told =
          target === undefined
            ? dependencies.delete(id)
            : dependencies.update(application(name, { ...on(...target), generation }));
        for (const other of names) {
          const ring = JSON.stringify(dependencies.ringOf(`prod/${other}`) ?? []);
          const before = known.get(other) ?? '[]';
          if (ring !== before && `prod/${other}` !== id) expect(told).toContain(`prod/${other}`);
          known.set(other, ring);
        }
      }
    }),
  );
});
