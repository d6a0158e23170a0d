import { expect, test } from 'vitest';
import { actionPolicy, provesNames } from './action-policy.ts';
import type { KubeObject } from './object.ts';

type Fields = Record<string, unknown>;

/** The two as the API server gives them back, with what it fills in; changed by `alter` first. */
function installed(alter: (policy: Fields, binding: Fields) => void = () => undefined): KubeObject[] {
  const objects = structuredClone(actionPolicy({ a: 'b' })) as unknown as (KubeObject & { spec: Fields })[];
  const [policy, binding] = objects.map(({ spec }) => spec);
  const defaults = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };
  const constraints = policy?.['matchConstraints'] as Fields;
  const [rule] = constraints['resourceRules'] as Fields[];
  Object.assign(rule ?? {}, { scope: '*' });
  Object.assign(constraints, defaults);
  Object.assign(binding ?? {}, { matchResources: { ...defaults } });
  alter(policy ?? {}, binding ?? {});
  return objects;
}

const holds = ([policy, binding]: readonly KubeObject[], namespace = 'team'): boolean =>
  provesNames(policy, binding, namespace);
const namespaced = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });

test('the policy as it is installed proves who asks', () => {
  expect(holds(installed())).toBe(true);
  expect(holds(actionPolicy({}))).toBe(true);
});

test('nothing is proved where there is no policy, or nothing binds it', () => {
  const [policy, binding] = installed();
  expect(provesNames(undefined, undefined, 'team')).toBe(false);
  expect(provesNames(policy, undefined, 'team')).toBe(false);
  expect(provesNames(undefined, binding, 'team')).toBe(false);
});

const rulesOf = (policy: Fields): Fields =>
  ((policy['matchConstraints'] as Fields)['resourceRules'] as Fields[])[0] ?? {};
const constraintsOf = (policy: Fields): Fields => policy['matchConstraints'] as Fields;
const weakened: readonly (readonly [string, (policy: Fields, binding: Fields) => void])[] = [
  ['it fails open', (policy) => (policy['failurePolicy'] = 'Ignore')],
  ['it has conditions', (policy) => (policy['matchConditions'] = [{ name: 'never', expression: 'false' }])],
  ['it has parameters', (policy) => (policy['paramKind'] = { apiVersion: 'v1', kind: 'ConfigMap' })],
  ['a rule is missing', (policy) => (policy['validations'] = (policy['validations'] as unknown[]).slice(0, -1))],
  ['it is an older one', (policy) => (policy['validations'] = (policy['validations'] as unknown[]).slice(0, 6))],
  [
    'a rule was changed',
    (policy) => Object.assign((policy['validations'] as Fields[]).at(-1) ?? {}, { expression: 'true' }),
  ],
  ['it knows no Repositories', (policy) => (rulesOf(policy)['resources'] = ['applications'])],
  ['it looks at no updates', (policy) => (rulesOf(policy)['operations'] = ['CREATE'])],
  ['it names one object', (policy) => (rulesOf(policy)['resourceNames'] = ['web'])],
  ['it leaves some out', (policy) => (constraintsOf(policy)['excludeResourceRules'] = [{}])],
  ['it is for some objects', (policy) => (constraintsOf(policy)['objectSelector'] = { matchLabels: { a: 'b' } })],
  ['it is for another namespace', (policy) => (constraintsOf(policy)['namespaceSelector'] = namespaced('other'))],
  ['it only warns', (_policy, binding) => (binding['validationActions'] = ['Warn', 'Audit'])],
  ['another one is bound', (_policy, binding) => (binding['policyName'] = 'other')],
  [
    'it is bound for another namespace',
    (_, binding) => (binding['matchResources'] = { namespaceSelector: namespaced('other') }),
  ],
  [
    'it is bound by an expression',
    (_, binding) =>
      (binding['matchResources'] = { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }),
  ],
  ['it is bound for some resources', (_, binding) => (binding['matchResources'] = { resourceRules: [{}] })],
  [
    'it is bound for some objects',
    (_, binding) => (binding['matchResources'] = { objectSelector: { matchLabels: { a: 'b' } } }),
  ],
];

test.each(weakened)('nothing is proved where %s', (_what, alter) => {
  expect(holds(installed(alter))).toBe(false);
});

test('bound for one namespace, it proves there and nowhere else', () => {
  const objects = installed(
    (_policy, binding) => (binding['matchResources'] = { namespaceSelector: namespaced('team') }),
  );
  expect([holds(objects), holds(objects, 'other')]).toEqual([true, false]);
});
