import { expect, test } from 'vitest';
import type { KubeObject } from '../../object.ts';
import { compileUserRules, healthOf, parseUserRules, type UserRule } from '../index.ts';

const widget = (status: object, spec: object = {}): KubeObject => ({
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  metadata: { name: 'x' },
  spec,
  status,
});

const rule: UserRule = {
  group: 'example.dev',
  kind: 'Widget',
  suspended: 'spec.hold == true',
  degraded: "status.phase == 'Broken'",
  progressing: 'status.ready < spec.wanted',
  healthy: 'status.ready >= spec.wanted',
  message: "status.phase + ' with ' + string(status.ready)",
};

const { rules, problems } = compileUserRules([rule], 'spec.health.rules');

test('the first expression that holds decides, in the order suspended, degraded, progressing, healthy', () => {
  expect(problems).toEqual([]);
  expect(healthOf(widget({ ready: 1, phase: 'Broken' }, { hold: true, wanted: 2 }), rules).status).toBe('Suspended');
  expect(healthOf(widget({ ready: 1, phase: 'Broken' }, { wanted: 2 }), rules)).toEqual({
    status: 'Degraded',
    message: 'Broken with 1',
  });
  expect(healthOf(widget({ ready: 1, phase: 'Up' }, { wanted: 2 }), rules).status).toBe('Progressing');
  expect(healthOf(widget({ ready: 2, phase: 'Up' }, { wanted: 2 }), rules).status).toBe('Healthy');
});

test('a verdict without a text of its own still says why', () => {
  expect(healthOf(widget({ phase: 'Broken' }), rules)).toEqual({
    status: 'Degraded',
    message: 'a rule calls it Degraded',
  });
});

test('where none holds, what is built in decides, or what otherwise says', () => {
  expect(healthOf(widget({ conditions: [{ type: 'Stalled', status: 'True', message: 'no' }] }), rules)).toEqual({
    status: 'Degraded',
    message: 'no',
  });
  const certain = compileUserRules([{ ...rule, otherwise: 'Unknown' }], 'rules').rules;
  expect(healthOf(widget({}), certain).status).toBe('Unknown');
});

test('a rule may be for a built-in kind, or for all kinds of a group; that of the kind comes first', () => {
  const many = compileUserRules(
    [
      { group: 'apps', kind: '*', otherwise: 'Suspended' },
      { group: 'apps', kind: 'Deployment', degraded: "metadata.labels['tier'] == 'old'" },
      { kind: 'ConfigMap', degraded: '!has(object.data)' },
    ],
    'rules',
  ).rules;
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x', labels: { tier: 'old' } } };
  expect(healthOf(deployment, many).status).toBe('Degraded');
  expect(healthOf({ ...deployment, metadata: { name: 'x' } }, many).status).toBe('Suspended');
  expect(healthOf({ ...deployment, kind: 'StatefulSet' }, many).status).toBe('Suspended');
  expect(healthOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, many).status).toBe('Degraded');
  expect(healthOf({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }, many).status).toBe('Healthy');
  expect(many.covers('apps', 'Anything')).toBe(true);
  expect(many.covers('batch', 'Job')).toBe(false);
});

test('the rules of an Application come before those of the controller', () => {
  const controller = compileUserRules([{ group: 'example.dev', kind: 'Widget', otherwise: 'Unknown' }], 'rules').rules;
  expect(healthOf(widget({ phase: 'Broken' }), rules, controller).status).toBe('Degraded');
  expect(healthOf(widget({}), rules, controller).status).toBe('Unknown');
  expect(healthOf(widget({}), undefined, controller).status).toBe('Unknown');
});

test('all that is wrong is told, with the field and the place, and of those objects nothing is known', () => {
  const made = compileUserRules(
    [
      { ...rule, degraded: 'status.phase ==', healthy: '1 + 1' },
      { group: 'example.dev', kind: 'Gadget' },
      { group: 'example.dev', kind: 'Gear', healthy: 'true' },
      { group: 'example.dev', kind: 'Cog', degraded: "status.phase == 'a'\n  && status.phase = 'b'" },
    ],
    'spec.health.rules',
  );
  expect(made.problems.map(({ code, where }) => [code, where?.field])).toEqual([
    ['health.rule-invalid', 'spec.health.rules[0].degraded'],
    ['health.rule-invalid', 'spec.health.rules[0].healthy'],
    ['health.rule-invalid', 'spec.health.rules[1]'],
    ['health.rule-invalid', 'spec.health.rules[3].degraded'],
  ]);
  expect(made.problems[0]?.message).toContain('at column 16 of `status.phase ==`');
  expect(made.problems[3]?.message).toContain('at line 2, column');
  expect(healthOf(widget({}), made.rules)).toMatchObject({
    status: 'Unknown',
    message: expect.stringContaining('column 16'),
  });
  expect(healthOf({ ...widget({}), kind: 'Gear' }, made.rules).status).toBe('Healthy');
});

test('a rule that fails on an object makes it Unknown, and throws nothing', () => {
  const made = compileUserRules([{ ...rule, degraded: 'status.phase + 1 == 2' }], 'rules');
  expect(healthOf(widget({ phase: 'x' }), made.rules)).toMatchObject({
    status: 'Unknown',
    message: expect.stringContaining('rules[0].degraded'),
  });
});

test('what is being deleted is so, whatever a rule says', () => {
  const object = widget({ ready: 2 }, { wanted: 2 });
  expect(healthOf({ ...object, metadata: { name: 'x', deletionTimestamp: 't' } }, rules).status).toBe('Progressing');
});

test('a file holds a list, a list under rules, or an Application', () => {
  expect(parseUserRules([rule])).toEqual({ rules: [rule], field: 'rules' });
  expect(parseUserRules({ rules: [rule] })).toEqual({ rules: [rule], field: 'rules' });
  expect(parseUserRules({ kind: 'Application', spec: { health: { rules: [rule] } } })).toEqual({
    rules: [rule],
    field: 'spec.health.rules',
  });
});

test.each([
  [null, 'no list of rules'],
  [[3], 'a rule has fields'],
  [[{ kind: 'A', when: 'true' }], 'no such field'],
  [[{ kind: 'A', healthy: true }], 'it has to be a text'],
  [[{ healthy: 'true' }], 'kind is missing'],
  [[{ kind: 'A', otherwise: 'Missing' }], 'it has to be one of'],
])('%j is refused: %s', (value, message) => {
  expect(() => parseUserRules(value)).toThrow(message);
});
