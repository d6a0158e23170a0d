import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../object.ts';
import { compileCel, type CelOutcome } from './compile.ts';
import { celSubject } from './subject.ts';

const widget: KubeObject = {
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  metadata: { name: 'x', generation: 3, labels: { tier: 'web' } },
  spec: { replicas: 2 },
  status: {
    replicas: 2,
    ratio: 0.5,
    phase: 'Running',
    nothing: null,
    conditions: [{ type: 'Ready', status: 'True', observedGeneration: 3 }],
  },
};

function evaluate(source: string, object = widget, type: 'bool' | 'string' = 'bool'): CelOutcome {
  const made = compileCel(source, type);
  if (typeof made !== 'function') throw new Error(made.message);
  return made(celSubject(object));
}

test.each([
  ['status.replicas == spec.replicas', true],
  ['object.status.replicas + 1 == 3', true],
  ['status.replicas >= 1.5 && status.ratio < 1.0', true],
  ["status.conditions.exists(c, c.type == 'Ready' && c.observedGeneration == metadata.generation)", true],
  ["status.conditions.filter(c, c.type == 'Ready').all(c, c.status == 'True')", true],
  ["metadata.labels['tier'] in ['web', 'api']", true],
  ["status.phase.matches('^Run(ning)?$')", true],
  ['status.nothing == null', true],
  ['has(status.missing)', false],
  ["status.?missing.orValue('none') == 'none'", true],
])('%s is %s', (source, value) => {
  expect(evaluate(source)).toEqual({ kind: 'value', value });
});

test('what reads a field that is not there does not hold, and is no fault', () => {
  expect(evaluate('status.missing.deeper > 1')).toEqual({ kind: 'absent' });
  expect(evaluate("status.conditions.exists(c, c.reason == 'No')")).toEqual({ kind: 'absent' });
  expect(evaluate("status.missing == 1 || status.phase == 'Running'")).toEqual({ kind: 'value', value: true });
});

test('what cannot be evaluated is a fault, and never thrown', () => {
  expect(evaluate("status.phase > 3 || status.replicas == 'a'")).toMatchObject({ kind: 'fault' });
  expect(evaluate("status.phase.matches('(')")).toMatchObject({ kind: 'fault' });
  expect(evaluate('status.replicas', widget, 'string')).toEqual({ kind: 'fault', message: 'it gives no string' });
});

test.each([
  ['status.phase ==', 'Unexpected token: EOF', 15],
  ["status.phase == 'a", 'Unterminated string', 16],
  ['foo.bar == 1', 'Unknown variable: foo', 0],
  ['1 + 1', 'it gives a value of the type int, and not bool', 0],
  ['status.phase.nosuch()', 'nosuch', 0],
  ['cel.bind(a, status, a == a)', 'cel.bind is not offered', 0],
  ["size(status.phase.split('')) > 0", 'split is not offered', 5],
])('%s is refused, with the place', (source, message, at) => {
  const made = compileCel(source, 'bool');
  if (typeof made === 'function') throw new Error('it was taken');
  expect(made.message).toContain(message);
  expect(made.at).toBe(at);
});

test('an expression without an end in sight is refused, whatever the object', () => {
  expect(compileCel(`${'(1 == 1) && '.repeat(400)}true`, 'bool')).toMatchObject({
    message: expect.stringContaining('maxAstNodes'),
  });
  expect(compileCel('('.repeat(100) + 'true' + ')'.repeat(100), 'bool')).toMatchObject({
    message: expect.stringContaining('maxDepth'),
  });
});

test('comprehensions in one another are not run where the lists of the object are long', () => {
  const items = Array.from({ length: 2000 }, (_, at) => at);
  const large = { ...widget, status: { items } };
  expect(evaluate('status.items.all(a, a >= 0)', large)).toEqual({ kind: 'value', value: true });
  expect(evaluate('status.items.all(a, status.items.exists(b, b == a))', large)).toEqual({
    kind: 'fault',
    message: 'the object is too large for this expression',
  });
  const huge = { ...widget, status: { items: Array.from({ length: 60_000 }, () => 1) } };
  expect(evaluate('true', huge)).toMatchObject({ kind: 'fault' });
  expect(evaluate('true', { ...widget, status: { text: 'x'.repeat(200_000) } })).toMatchObject({ kind: 'fault' });
});

test('a pattern that sends other engines round for ever is matched like any other', () => {
  const object = { ...widget, status: { text: `${'a'.repeat(5000)}!` } };
  expect(evaluate("status.text.matches('^(a+)+$')", object)).toEqual({ kind: 'value', value: false });
  expect(evaluate("['x'].exists(x, status.text.matches('^(a|a)*$'))", object)).toEqual({ kind: 'value', value: false });
});

test('no object makes an expression throw', () => {
  const expressions = ["status.conditions.exists(c, c.type == 'Ready')", 'size(spec.items) > 0 && spec.items[0] == 1'];
  const made = expressions.map((source) => compileCel(source, 'bool'));
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (spec, status) => {
      const subject = celSubject({ ...widget, spec, status });
      for (const run of made) {
        if (typeof run !== 'function') throw new Error(run.message);
        expect(['value', 'absent', 'fault']).toContain(run(subject).kind);
      }
    }),
  );
});
