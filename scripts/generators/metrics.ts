// The table in docs/metrics.md, from the definitions of the metrics.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitions } from '../../src/metrics/index.ts';

const path = 'docs/metrics.md';
const between = /(?<=<!-- metrics: begin -->\n).*(?=<!-- metrics: end -->)/s;

/** The content of the page, with the table anew. */
export async function generate(): Promise<Record<string, string>> {
  const page = readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8');
  if (!between.test(page)) throw new Error(`${path} has no place for the table`);
  const rows = Object.entries(definitions).map(([name, { type, labels, help }]) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown} | ${help} |`;
  });
  const table = ['| Metric | Type | Labels | Meaning |', '|---|---|---|---|', ...rows].join('\n');
  return { [path]: page.replace(between, () => `\n${table}\n\n`) };
}
