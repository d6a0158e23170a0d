import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { shownBlock } from '../../test/support/documents.ts';
import { parsePromQL } from '../../test/support/promql.ts';
import { type Definition, definitions } from './definitions.ts';

// What docs/metrics.md shows to be copied is PromQL, and asks for what there is.
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'metrics.md'), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const { groups } = load(shownBlock('docs/metrics.md', 'metrics-alerts')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap(({ rules: all }) => all);
const [, table = ''] = page.split('| Question | PromQL |\n|---|---|\n');
const questions = [...table.matchAll(/^\| (.+?) \| `(.+)` \|$/gm)].map(
  ([, question = '', expression = '']) => [question, expression] as const,
);

/** What Prometheus makes of the name of a histogram. */
const part = /_(?:bucket|sum|count)$/;

/** The metric that a name of a series is of, and its labels. */
function seriesOf(name: string): Definition {
  const all: Readonly<Record<string, Definition>> = definitions;
  const whole = all[name.replace(part, '')];
  const isPart = part.test(name) && whole?.type === 'histogram';
  const found = isPart ? whole : all[name];
  if (found === undefined || (found.type === 'histogram' && !isPart)) throw new Error(`there is no series ${name}`);
  return name.endsWith('_bucket') ? { ...found, labels: [...found.labels, 'le'] } : found;
}

test('the page has alerts, and answers to questions, and every row of the table is one', () => {
  expect(rules.length).toBeGreaterThan(4);
  expect(questions.length).toBeGreaterThan(3);
  expect(questions).toHaveLength(table.split('\n\n')[0]?.trim().split('\n').length ?? 0);
});

const expressions = [...rules.map(({ alert, expr }) => [alert, expr] as const), ...questions];

test.each(expressions)('%s: it is PromQL, of metrics and labels that there are', (_name, expression) => {
  const { selectors, groupings } = parsePromQL(expression);
  expect(selectors).not.toEqual([]);
  for (const { metric, labels, inFunction, isRange } of selectors) {
    const { type, labels: known } = seriesOf(metric);
    expect(known, metric).toEqual(expect.arrayContaining([...labels]));
    // A counter says something by how it grows, a gauge by what it is.
    expect([metric, inFunction, isRange]).toEqual(
      type === 'gauge' ? [metric, undefined, false] : [metric, expect.stringMatching(/^(rate|increase)$/), true],
    );
  }
  for (const { labels, metrics } of groupings)
    for (const metric of metrics) expect(seriesOf(metric).labels, metric).toEqual(expect.arrayContaining([...labels]));
});

test.each(rules)('$alert says for how long, and names labels that there are', ({ expr, for: during, annotations }) => {
  if (during !== undefined) expect(during).toMatch(/^\d+[smh]$/);
  const { selectors, groupings } = parsePromQL(expr);
  const kept = expr.startsWith('sum') ? groupings[0]?.labels : seriesOf(selectors[0]?.metric ?? '').labels;
  for (const text of Object.values(annotations))
    for (const [, label = ''] of text.matchAll(/\$labels\.(\w+)/g)) expect(kept).toContain(label);
});

test.each(['rate(a[1h)', 'sum(a))', 'a{b=x}', 'nonsense(a)', 'a b', 'histogram_quantile(0.9, )', ''])(
  '%j is no PromQL',
  (expression) => {
    expect(() => parsePromQL(expression)).toThrow('no PromQL at character');
  },
);

test('the text names no metric that there is not', () => {
  const named = [...page.matchAll(/\bplumbline_[a-z_]*[a-z](?![a-z_])/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(30);
  const known = new Set(Object.keys(definitions));
  expect(named.filter((name) => !known.has(name) && !known.has(name.replace(part, '')))).toEqual([]);
});
