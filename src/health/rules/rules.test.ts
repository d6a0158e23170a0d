import { expect, test } from 'vitest';
import { compileCel } from '../cel/compile.ts';
import type { HealthStatus } from '../health.ts';
import { healthOf } from '../index.ts';
import type { HealthRule } from '../rule.ts';
import { allRules } from './all.ts';
import { rules as builtInRules } from './index.ts';
import { readCases, type RuleCase } from '../../../test/support/health-cases.ts';
import * as shared from './shared.ts';

const sharedCases = new Map<string, readonly RuleCase[]>();
const ownCases = new Map<string, readonly RuleCase[]>();
for (const { group, names, cases } of readCases(import.meta.dirname)) {
  for (const name of names) {
    if (group === '' && name in shared) sharedCases.set(name, cases);
    else ownCases.set(`${group}/${name}`, cases);
  }
}

function nameOfShared(rule: HealthRule): string | undefined {
  return Object.entries(shared).find(([, one]) => one === rule)?.[0];
}

/** What a rule can come to; of one that is a function it is not known, so it has to come to these. */
function outcomesOf(rule: HealthRule): ReadonlySet<HealthStatus> {
  if (typeof rule === 'function') return new Set(['Healthy', 'Progressing', 'Degraded']);
  return new Set([
    rule.otherwise,
    ...(rule.suspended === undefined ? [] : ['Suspended' as const]),
    ...(rule.expressions ?? []).map(({ health }) => health),
    ...(rule.conditions ?? []).map(({ health }) => health),
    ...Object.values(rule.value?.values ?? {}),
  ]);
}

for (const { group, kind, rule } of allRules()) {
  // Those of Kubernetes' own kinds that are functions have their cases in health.test.ts.
  if (typeof rule === 'function' && group in builtInRules) continue;
  const name = `${group}/${kind}`;
  const common = nameOfShared(rule);
  const cases = ownCases.get(name) ?? (common === undefined ? undefined : sharedCases.get(common)) ?? [];
  const served = group.replace('*', 'one');
  const apiVersion = served === '' ? 'v1' : `${served}/v1`;

  test(`${name}: every outcome of its rule has a case, and every case holds`, () => {
    for (const { text, status, object } of cases) {
      const health = healthOf(object(apiVersion, kind === '*' ? 'AnyKind' : kind));
      expect(health.status, text).toBe(status);
      // Whatever is not well must say why.
      if (status !== 'Healthy') expect(health.message, text).not.toBe('');
    }
    const shown = new Set(cases.map(({ status }) => status));
    expect([...outcomesOf(rule)].filter((outcome) => !shown.has(outcome))).toEqual([]);
  });
}

test('of the kinds of others, sixty groups and more are judged, and each can come to well, on its way and failed', () => {
  const custom = [...allRules()].filter(({ group }) => !(group in builtInRules));
  const groups = Map.groupBy(custom, ({ group }) => group);
  expect(groups.size).toBeGreaterThanOrEqual(60);
  const reachable = [...groups].map(
    ([group, rules]) => [group, new Set(rules.flatMap(({ rule }) => [...outcomesOf(rule)]))] as const,
  );
  expect(reachable.filter(([, outcomes]) => !outcomes.has('Healthy')).map(([group]) => group)).toEqual([]);
  const whole = reachable.filter(([, outcomes]) => outcomes.has('Progressing') && outcomes.has('Degraded'));
  expect(whole.length).toBeGreaterThanOrEqual(60);
});

test('every table of cases is of a rule that there is', () => {
  const known = new Set([...allRules()].map(({ group, kind }) => `${group}/${kind}`));
  expect([...ownCases.keys()].filter((name) => !known.has(name))).toEqual([]);
});

test('every expression of a rule is right', () => {
  const wrong: string[] = [];
  for (const { group, kind, rule } of allRules()) {
    if (typeof rule === 'function') continue;
    for (const { when } of rule.expressions ?? []) {
      const made = compileCel(when, 'bool');
      if (typeof made !== 'function') wrong.push(`${group}/${kind}: ${when}: ${made.message}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('a kind or group of any name at all is judged', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    const object = { apiVersion: `${name}/v1`, kind: name, metadata: { name } };
    expect(healthOf(object).status).toBe('Healthy');
    expect(healthOf({ ...object, apiVersion: 'apps/v1' }).status).toBe('Healthy');
    expect(
      healthOf({ ...object, apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: name } }).status,
    ).toBe('Progressing');
  }
});
