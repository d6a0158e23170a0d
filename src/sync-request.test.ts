import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatSelector,
  formatSyncRequest,
  isSelected,
  parseSelector,
  parseSyncRequest,
  type ResourceSelector,
  type SyncRequest,
} from './sync-request.ts';

const commit = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

test('any text asks for a sync of everything', () => {
  expect(parseSyncRequest('2026-11-21T10:00:00Z')).toEqual({
    kind: 'request',
    request: { id: '2026-11-21T10:00:00Z', action: 'Sync' },
  });
});

test.each([
  ['{', 'is none'],
  ['{}', '/'],
  ['{"id":""}', '/id'],
  ['{"id":"1","action":"Jump"}', '/action'],
  ['{"id":"1","resources":[]}', '/resources'],
  ['{"id":"1","resources":[{"kind":"Pod"}]}', '/resources/0'],
  ['{"id":"1","revision":"main"}', '/revision'],
  ['{"id":"1","more":true}', '/'],
  ['{"id":"1","by":"ada"}', '/'],
  [`{"id":"1","action":"Stop","revision":"${commit}"}`, 'a Stop has neither'],
])('%s is no request, and the same text has the same id', (text, message) => {
  const parsed = parseSyncRequest(text);
  expect(parsed).toMatchObject({ kind: 'bad', message: expect.stringContaining(message) as string });
  expect(parseSyncRequest(text)).toEqual(parsed);
});

const selector: fc.Arbitrary<ResourceSelector> = fc.record(
  {
    group: fc.constantFrom('', 'apps', 'example.dev'),
    kind: fc.constantFrom('Pod', 'ConfigMap'),
    namespace: fc.constantFrom('', 'prod'),
    name: fc.constantFrom('web', 'system:node'.replace(':', '-'), 'a.b'),
  },
  { requiredKeys: ['kind', 'name'] },
);
const request: fc.Arbitrary<SyncRequest> = fc.oneof(
  fc.record(
    {
      id: fc.string({ minLength: 1, maxLength: 30 }),
      action: fc.constant('Sync' as const),
      resources: fc.array(selector, { minLength: 1, maxLength: 3 }),
      revision: fc.constantFrom(commit, `${commit},${commit}`, `sha256:${'a'.repeat(64)}`),
    },
    { requiredKeys: ['id', 'action'] },
  ),
  fc.record({ id: fc.string({ minLength: 1, maxLength: 30 }), action: fc.constant('Stop' as const) }),
);

test('property: what is written is read as it was meant', () => {
  fc.assert(
    fc.property(request, (asked) => {
      expect(parseSyncRequest(formatSyncRequest(asked))).toEqual({ kind: 'request', request: asked });
    }),
  );
});

test('property: whatever an annotation holds, it is a request or told to be none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(['request', 'bad']).toContain(parseSyncRequest(text).kind);
    }),
  );
});

test.each([
  ['Deployment/web', { kind: 'Deployment', name: 'web' }],
  ['apps:Deployment:prod/web', { group: 'apps', kind: 'Deployment', namespace: 'prod', name: 'web' }],
  ['apps:Deployment:web', { group: 'apps', kind: 'Deployment', name: 'web' }],
  [':ConfigMap:prod/web', { group: '', kind: 'ConfigMap', namespace: 'prod', name: 'web' }],
  [':Namespace:/prod', { group: '', kind: 'Namespace', namespace: '', name: 'prod' }],
  ['web', undefined],
  ['', undefined],
  ['a/b/c', undefined],
  ['apps:Deployment', undefined],
  ['apps::web', undefined],
  ['apps:Deployment:', undefined],
  ['apps:Deployment:a/', undefined],
  ['apps:Deployment:a/b/c', undefined],
  ['a:b:c:d', undefined],
])('%s is read as a selector', (text, expected) => {
  expect(parseSelector(text)).toEqual(expected);
});

test('a selector means what it names, and anything where it names nothing', () => {
  const key = { group: 'apps', kind: 'Deployment', namespace: 'prod', name: 'web' };
  expect(isSelected({ kind: 'Deployment', name: 'web' }, key)).toBe(true);
  expect(isSelected({ ...key }, key)).toBe(true);
  for (const other of [{ group: '' }, { kind: 'Pod' }, { namespace: 'test' }, { name: 'api' }]) {
    expect(isSelected({ ...key, ...other }, key)).toBe(false);
  }
  expect(formatSelector({ kind: 'Deployment', name: 'web' })).toBe('Deployment/web');
  expect(formatSelector(key)).toBe('apps:Deployment:prod/web');
});
