// docs/health-rules.md: what is built in of the health of each kind, from the rules themselves.
import { allRules } from '../../src/health/rules/all.ts';
import type { ConditionRule, HealthRule } from '../../src/health/rule.ts';
import type { HealthStatus } from '../../src/health/index.ts';

const introduction = `# Rules of health that are built in

Made from \`src/health/rules/\` by \`npm run generate\`; do not edit. [health.md](health.md) tells how they are asked, and how to
write rules of your own. The first that holds decides, in the order suspended, expressions, conditions, value. What is not
named is as the last column says.
`;

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function conditionText({ type, status, reasons }: ConditionRule): string {
  const is = status === undefined ? code(type) : code(`${type}=${status}`);
  return reasons === undefined ? is : `${is} (${reasons.map(code).join(', ')})`;
}

/** What makes objects come to a status, by a rule. */
function causes(rule: HealthRule, status: HealthStatus): string {
  if (typeof rule === 'function') return '';
  const values = Object.entries(rule.value?.values ?? {}).filter(([name, means]) => name !== '*' && means === status);
  const rest = rule.value?.values['*'] === status ? ['any other'] : [];
  return [
    ...(status === 'Suspended' && rule.suspended !== undefined ? [code(rule.suspended)] : []),
    ...(rule.expressions ?? []).filter(({ health }) => health === status).map(({ when }) => code(when)),
    ...(rule.conditions ?? []).filter(({ health }) => health === status).map(conditionText),
    ...(values.length + rest.length === 0
      ? []
      : [`${code(rule.value?.path ?? '')}: ${[...values.map(([name]) => code(name)), ...rest].join(', ')}`]),
  ].join('; ');
}

function row(kind: string, rule: HealthRule): string {
  const name = kind === '*' ? 'all other kinds' : kind;
  if (typeof rule === 'function') return `| ${name} | told by code | | | | |`;
  const columns = (['Healthy', 'Progressing', 'Degraded', 'Suspended'] as const).map((status) => causes(rule, status));
  return `| ${name} | ${columns.join(' | ')} | ${rule.otherwise} |`;
}

/** The content of the table. */
export async function generate(): Promise<Record<string, string>> {
  const groups = new Map<string, string[]>();
  for (const { group, kind, rule } of allRules()) groups.set(group, [...(groups.get(group) ?? []), row(kind, rule)]);
  const kinds = [...groups.values()].reduce((sum, rows) => sum + rows.length, 0);
  const sections = [...groups].map(
    ([group, rows]) =>
      `## ${group === '' ? 'core' : group}\n\n| Kind | Healthy | Progressing | Degraded | Suspended | Else |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`,
  );
  return {
    'docs/health-rules.md': `${introduction}\n${kinds} rules in ${groups.size} API groups or families of them.\n\n${sections.join('\n')}`,
  };
}
