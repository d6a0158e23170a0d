import { expect, test } from 'vitest';
import { guessedKeys } from './list-keys.ts';

const cases: readonly (readonly [
  name: string,
  before: readonly unknown[],
  after: readonly unknown[],
  keys: unknown,
])[] = [
  ['containers', [{ name: 'a', image: 'x' }], [{ name: 'b' }], [['name=a'], ['name=b']]],
  [
    'ports, by number though they have names',
    [{ name: 'http', containerPort: 80 }],
    [{ name: 'web', containerPort: 80, protocol: 'UDP' }],
    [['containerPort=80'], ['containerPort=80,protocol=UDP']],
  ],
  [
    'one volume mounted twice',
    [
      { name: 'v', mountPath: '/a' },
      { name: 'v', mountPath: '/b' },
    ],
    [],
    [['mountPath=/a', 'mountPath=/b'], []],
  ],
  [
    'subjects of the same name',
    [
      { kind: 'User', name: 'a' },
      { kind: 'Group', name: 'a' },
    ],
    [],
    [['name=a,kind=User', 'name=a,kind=Group'], []],
  ],
  ['two that nothing tells apart', [{ name: 'a' }, { name: 'a' }], [], undefined],
  ['texts', ['a'], ['b'], undefined],
  ['rules without a name', [{ verbs: ['get'] }], [], undefined],
];

test.each(cases)('%s', (_name, before, after, keys) => {
  const nameOf = guessedKeys(before, after);
  const named = (items: readonly unknown[]) => items.map((item) => nameOf?.(item as Readonly<Record<string, unknown>>));
  expect(nameOf === undefined ? undefined : [named(before), named(after)]).toEqual(keys);
});
