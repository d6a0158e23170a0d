import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownedSet, specArbitrary } from '../../../test/support/owned-fields.ts';
import type { KubeObject } from '../../object.ts';
import { compileIgnore, digestBeside, type IgnoreRule, type ObjectIgnore, yieldedSets } from './rules.ts';
import { besideLive, fingerprintBeside, withoutIgnored } from './without-ignored.ts';
import { fingerprintFrom } from '../fingerprint.ts';

const key = { group: 'apps', kind: 'Deployment', namespace: 'prod', name: 'web' };

function ignoring(...rules: readonly Omit<IgnoreRule, 'kind'>[]): ObjectIgnore {
  const { rules: made, problems } = compileIgnore(
    rules.map((rule) => ({ kind: 'Deployment', ...rule })),
    'spec.ignore',
  );
  expect(problems).toEqual([]);
  return made.of(key) ?? { places: [], managers: new Set() };
}

function deployment(spec: object, owners: Readonly<Record<string, object>> = {}): KubeObject {
  const managedFields = Object.entries(owners).map(([manager, fields]) => ({
    manager,
    operation: manager === 'plumbline' ? ('Apply' as const) : ('Update' as const),
    apiVersion: 'apps/v1',
    fieldsV1: { 'f:spec': fields } as never,
  }));
  const metadata = { name: 'web', namespace: 'prod', uid: 'u', resourceVersion: '7', managedFields };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
}

function desiredOf(spec: object): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'prod' }, spec };
}

function item(name: string): string {
  return `k:${JSON.stringify({ name })}`;
}

const replicas = ignoring({ fields: ['/spec/replicas'] });

test('what is not there yet is applied as a whole', () => {
  const desired = desiredOf({ replicas: 2, paused: true });
  expect(withoutIgnored(desired, undefined, replicas, 'plumbline')).toEqual({ object: desired, pinned: false });
});

test('what others own is left out', () => {
  const live = deployment({ replicas: 5, paused: true }, { plumbline: { 'f:paused': {} }, hpa: { 'f:replicas': {} } });
  const { object, pinned } = withoutIgnored(desiredOf({ replicas: 2, paused: false }), live, replicas, 'plumbline');
  expect(object['spec']).toEqual({ paused: false });
  expect(pinned).toBe(false);
});

test('what is ours still keeps the value that it has, also where Git no longer has it', () => {
  const live = deployment({ replicas: 2, paused: true }, { plumbline: { 'f:replicas': {}, 'f:paused': {} } });
  for (const spec of [{ replicas: 9, paused: true }, { paused: true }]) {
    const { object, pinned } = withoutIgnored(desiredOf(spec), live, replicas, 'plumbline');
    expect(object['spec']).toEqual({ replicas: 2, paused: true });
    expect(pinned).toBe(true);
  }
});

test('items of lists are paired by the keys that the server has for them', () => {
  const image = ignoring({ expressions: ['.spec.containers[] | select(.name == "web") | .image'] });
  const live = deployment(
    {
      containers: [
        { name: 'sidecar', image: 's' },
        { name: 'log', image: 'l1' },
        { name: 'web', image: 'w1' },
      ],
    },
    {
      plumbline: {
        'f:containers': {
          [item('web')]: { '.': {}, 'f:name': {}, 'f:image': {} },
          [item('log')]: { '.': {}, 'f:name': {}, 'f:image': {} },
        },
      },
      injector: { 'f:containers': { [item('sidecar')]: { '.': {}, 'f:name': {}, 'f:image': {} } } },
    },
  );
  const desired = desiredOf({
    containers: [
      { name: 'web', image: 'w2' },
      { name: 'log', image: 'l2' },
    ],
  });
  expect(withoutIgnored(desired, live, image, 'plumbline').object['spec']).toEqual({
    containers: [
      { name: 'web', image: 'w1' },
      { name: 'log', image: 'l2' },
    ],
  });
});

test('in what is owned as one whole, the ignored part is applied as it is', () => {
  const verbs = ignoring({ fields: ['/spec/rules/0/verbs'] });
  const live = deployment({ rules: [{ verbs: ['get', 'list'], on: 'a' }] }, { aggregator: { 'f:rules': {} } });
  const { object, pinned } = withoutIgnored(
    desiredOf({ rules: [{ verbs: ['get'], on: 'b' }] }),
    live,
    verbs,
    'plumbline',
  );
  expect(object['spec']).toEqual({ rules: [{ verbs: ['get', 'list'], on: 'b' }] });
  expect(pinned).toBe(true);
});

test('an object that is written as a whole has what is ignored as it is', () => {
  const live = deployment(
    { replicas: 5, paused: true, other: 1 },
    { hpa: { 'f:replicas': {} }, vpa: { 'f:other': {} } },
  );
  const ignore = ignoring({ fields: ['/spec/replicas'] }, { managers: ['vpa'] });
  for (const spec of [{ replicas: 2, paused: false }, { paused: false }]) {
    expect(besideLive(desiredOf(spec), live, ignore, 'plumbline')['spec']).toEqual({
      replicas: 5,
      paused: false,
      other: 1,
    });
  }
});

test('identity is never ignored, whatever a rule says', () => {
  const all = ignoring({ expressions: ['.', '.metadata', '.metadata.labels', '..'] });
  const label = { 'applyset.kubernetes.io/part-of': 'set', app: 'web' };
  const desired = { ...desiredOf({ replicas: 2 }), metadata: { name: 'web', namespace: 'prod', labels: label } };
  const { object } = withoutIgnored(desired, deployment({ replicas: 3 }), all, 'plumbline');
  expect(object).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'prod', labels: { 'applyset.kubernetes.io/part-of': 'set' } },
  });
});

test('rules are for kinds, names and namespaces', () => {
  const { rules, problems } = compileIgnore(
    [
      { kind: '*', managers: ['a'] },
      { group: 'apps', kind: 'Deployment', name: 'web-*', fields: ['/spec/replicas'] },
      { group: '', kind: 'Secret', namespace: 'prod', fields: ['/data/a~1b'] },
      { kind: 'Job', fields: ['spec', '/', '/a~2'], expressions: ['.a ='] },
      { kind: 'Pod' },
    ],
    'spec.ignore',
  );
  expect(problems.map(({ where }) => where?.field)).toEqual([
    'spec.ignore[3].fields[0]',
    'spec.ignore[3].fields[1]',
    'spec.ignore[3].fields[2]',
    'spec.ignore[3].expressions[0]',
    'spec.ignore[4]',
  ]);
  const counts = (kind: string, name: string, namespace: string, group = ''): number =>
    rules.of({ group, kind, namespace, name })?.places.length ?? -1;
  expect(counts('Deployment', 'web-1', 'prod', 'apps')).toBe(1);
  expect(counts('Deployment', 'other', 'prod', 'apps')).toBe(0);
  expect(counts('Secret', 's', 'prod')).toBe(1);
  expect(counts('Secret', 's', 'test')).toBe(0);
});

test('property: what is ignored makes no difference, and the rest makes one', () => {
  fc.assert(
    fc.property(specArbitrary, fc.string({ minLength: 1 }), (spec, value) => {
      const [name = 'a'] = Object.keys(spec);
      const ignore = ignoring({ fields: [`/spec/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`] });
      const desired = desiredOf(spec);
      const foretold = fingerprintFrom('u', digestBeside(desired, ignore, []));
      const whole = deployment(spec, { plumbline: ownedSet(spec) });
      expect(fingerprintBeside(whole, 'plumbline', ignore)).toBe(foretold);
      const { [`f:${name}`]: _taken, ...left } = ownedSet(spec) as Record<string, object>;
      const changed = deployment(
        { ...spec, [name]: value },
        {
          ...(Object.keys(left).length === 0 ? {} : { plumbline: left }),
          other: { [`f:${name}`]: {} },
        },
      );
      if (Object.keys(left).length > 0) expect(fingerprintBeside(changed, 'plumbline', ignore)).toBe(foretold);
      expect(digestBeside(desiredOf({ ...spec, more: value }), ignore, [])).not.toBe(digestBeside(desired, ignore, []));
      const applied = withoutIgnored(desired, changed, ignore, 'plumbline').object['spec'] as object | undefined;
      expect(applied === undefined || !(name in applied)).toBe(true);
    }),
  );
});

test('property: what an ignored manager has taken makes no difference', () => {
  fc.assert(
    fc.property(specArbitrary, (spec) => {
      const ignore = ignoring({ managers: ['hpa'] });
      const [name = 'a'] = Object.keys(spec);
      const { [`f:${name}`]: taken, ...left } = ownedSet(spec) as Record<string, object>;
      if (Object.keys(left).length === 0) return;
      const live = deployment(spec, { plumbline: left, hpa: { [`f:${name}`]: taken ?? {} } });
      const yielded = yieldedSets(live, ignore, 'plumbline');
      const desired = desiredOf(spec);
      expect(fingerprintBeside(live, 'plumbline', ignore)).toBe(
        fingerprintFrom('u', digestBeside(desired, ignore, yielded)),
      );
    }),
  );
});
