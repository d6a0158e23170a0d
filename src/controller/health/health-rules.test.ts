import { expect, test } from 'vitest';
import { compileUserRules } from '../../health/index.ts';
import { hookSetOf, partOfLabel } from '../../sync/index.ts';
import { createRuleBook } from './health-rules.ts';

const widgetOf = (applySet: string) => ({
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  metadata: { name: 'x', labels: { [partOfLabel]: applySet } },
});
const degraded = [{ group: 'example.dev', kind: 'Widget', otherwise: 'Degraded' }] as const;

const rulesOf = (kind: string) =>
  compileUserRules([{ group: 'example.dev', kind, otherwise: 'Suspended' }], 'rules').rules;

test('the rules of an Application are for its own objects alone', () => {
  const book = createRuleBook(undefined);
  expect(book.update('one', degraded)?.('example.dev', 'Widget')).toBe(true);
  expect(book.judge(widgetOf('one')).status).toBe('Degraded');
  expect(book.judge(widgetOf('other')).status).toBe('Healthy');
  expect(book.judge({ ...widgetOf('one'), metadata: { name: 'x' } }).status).toBe('Healthy');
  book.forget('one');
  expect(book.judge(widgetOf('one')).status).toBe('Healthy');
});

test('they are for its hooks, too', () => {
  const book = createRuleBook(undefined);
  book.update('one', degraded);
  expect(book.judge(widgetOf(hookSetOf('one'))).status).toBe('Degraded');
  expect(book.judge(widgetOf(hookSetOf('other'))).status).toBe('Healthy');
});

test('those of the installation come after them', () => {
  const installed = compileUserRules([{ group: 'example.dev', kind: 'Widget', otherwise: 'Suspended' }], 'rules').rules;
  const book = createRuleBook({ current: () => installed });
  expect(book.judge(widgetOf('one')).status).toBe('Suspended');
  expect(book.judgeFor('one')({ ...widgetOf('one'), metadata: { name: 'x' } }).status).toBe('Suspended');
  book.update('one', degraded);
  expect(book.judge(widgetOf('one')).status).toBe('Degraded');
  expect(book.judgeFor('one')({ ...widgetOf('one'), metadata: { name: 'x' } }).status).toBe('Degraded');
});

test('those of the installation may change: what the old or the new ones cover is judged anew, once for each Application', () => {
  let installed = rulesOf('Widget');
  const book = createRuleBook({ current: () => installed });
  expect(book.update('one', [])).toBeUndefined();
  expect(book.update('two', degraded)?.('example.dev', 'Widget')).toBe(true);
  installed = rulesOf('Gear');
  expect(book.judge(widgetOf('one')).status).toBe('Healthy');
  const changed = book.update('one', []);
  expect([changed?.('example.dev', 'Widget'), changed?.('example.dev', 'Gear')]).toEqual([true, true]);
  expect(changed?.('', 'Widget')).toBe(false);
  expect(book.update('one', [])).toBeUndefined();
  expect(book.update('two', degraded)?.('example.dev', 'Gear')).toBe(true);
  expect(book.judge(widgetOf('two')).status).toBe('Degraded');
  // One that was not known before the change may have objects that were judged by the old ones.
  expect(book.update('three', [])?.('example.dev', 'Widget')).toBe(true);
});

test('it is told what has to be judged anew: what the rules cover now, or covered before', () => {
  const book = createRuleBook(undefined);
  expect(book.update('one', [])).toBeUndefined();
  expect(book.update('one', degraded)?.('example.dev', 'Gear')).toBe(false);
  expect(book.update('one', structuredClone(degraded))).toBeUndefined();
  const changed = book.update('one', [{ group: 'example.dev', kind: 'Gear', otherwise: 'Degraded' }]);
  expect([changed?.('example.dev', 'Widget'), changed?.('example.dev', 'Gear')]).toEqual([true, true]);
  expect(changed?.('', 'Widget')).toBe(false);
  expect(book.update('one', [])?.('example.dev', 'Gear')).toBe(true);
});

test('what is wrong with rules is kept with their Application', () => {
  const book = createRuleBook(undefined);
  book.update('one', [{ kind: 'Pod', healthy: '1 +' }]);
  expect(book.problemsOf('one')).toMatchObject([{ code: 'health.rule-invalid' }]);
  expect(book.problemsOf('other')).toEqual([]);
});
