import { expect, test } from 'vitest';
import { parseApplication } from '../../api/index.ts';
import { holdOf } from './hold-of.ts';

const spec = { source: { repositoryRef: { name: 'apps' } } };
const at = '2026-11-20T10:00:00Z';

function application(
  name: string,
  more: { readonly spec?: object; readonly status?: object; readonly namespace?: string } = {},
) {
  return parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: more.namespace ?? 'team', uid: name, resourceVersion: '1', generation: 2 },
    spec: { ...spec, ...more.spec },
    ...(more.status === undefined ? {} : { status: more.status }),
  });
}

const ready = (status: string, more: object = {}) => ({
  observedGeneration: 2,
  conditions: [
    {
      type: 'Ready',
      status,
      reason: status === 'True' ? 'Ready' : 'Progressing',
      message: 'how it is',
      lastTransitionTime: at,
    },
  ],
  ...more,
});

const web = application('web');
const reasonOf = (condition: string | undefined, base: ReturnType<typeof application> | undefined) =>
  holdOf(web, { name: 'base', ...(condition === undefined ? {} : { condition }) }, base)?.reason;

test('what is ready holds nothing up, and what is not says why', () => {
  expect(reasonOf(undefined, application('base', { status: ready('True') }))).toBeUndefined();
  expect(reasonOf(undefined, application('base', { status: ready('False') }))).toBe('DependencyNotReady');
  expect(reasonOf(undefined, application('base', { status: ready('False'), spec: { suspend: true } }))).toBe(
    'DependencySuspended',
  );
  expect(reasonOf(undefined, application('base', { status: ready('False', { health: 'Degraded' }) }))).toBe(
    'DependencyFailed',
  );
  expect(reasonOf(undefined, undefined)).toBe('DependencyMissing');
});

test('a status of an older spec says nothing of the new one', () => {
  const old = application('base', { status: { ...ready('True'), observedGeneration: 1 } });
  expect(reasonOf(undefined, old)).toBe('DependencyNotReady');
});

test('what is in another namespace has to agree', () => {
  const named = { name: 'base', namespace: 'other' };
  const there = { namespace: 'other', status: ready('True') };
  expect(holdOf(web, named, application('base', there))?.reason).toBe('DependencyMissing');
  const agreeing = application('base', { ...there, spec: { dependents: { namespaces: ['team'] } } });
  expect(holdOf(web, named, agreeing)).toBeUndefined();
});

test('a condition is asked of what the status says', () => {
  const base = application('base', { status: ready('True', { revision: 'a'.repeat(40) }) });
  expect(reasonOf(`dep.status.revision == '${'a'.repeat(40)}'`, base)).toBeUndefined();
  expect(reasonOf("dep.status.revision == 'b'", base)).toBe('DependencyCondition');
});
