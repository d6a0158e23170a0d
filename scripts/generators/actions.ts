// The table of docs/actions.md, from the actions themselves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Action, allActions, neededRight, wanted } from '../../src/actions/index.ts';

const begin = '<!-- table -->';
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function parametersOf({ parameters = {} }: Action): string {
  return Object.entries(parameters)
    .map(([name, parameter]) => `${code(name)}: ${wanted(parameter).replaceAll('|', '\\|')}`)
    .join('; ');
}

function offeredOf({ when, unless }: Action): string {
  const parts = [
    when === undefined ? '' : `where ${code(when)}`,
    unless === undefined ? '' : `not where ${code(unless)}`,
  ];
  const said = parts.filter((part) => part !== '').join(', ');
  return said === '' ? 'always' : said;
}

function effectText({ effect }: Action): string {
  if (effect.kind === 'create') return effect.says;
  const { patch, subresource } = effect;
  const what = typeof patch['says'] === 'string' ? patch['says'] : code(JSON.stringify(filled(patch)));
  return subresource === undefined ? what : `${what} (${code(subresource)})`;
}

/** `{fill: 'now'}` as a reader understands it. */
function filled(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  if ('fill' in value) return `<${String(value.fill).replace('value:', '')}>`;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each)]));
}

function row(group: string, kind: string, action: Action): string {
  const { verb, group: of, kind: needed, subresource } = neededRight(action, { group, kind });
  const resource = needed === '*' ? 'its resource' : `${needed}${of === '' ? '' : `.${of}`}`;
  const right = `${verb} ${resource}${subresource === undefined ? '' : `, ${subresource}`}`;
  const where = action.effect.kind === 'patch' ? action.effect.belongs : 'Cluster';
  const cells = [
    kind === '*' ? 'all kinds' : kind,
    code(action.name),
    action.does,
    parametersOf(action),
    offeredOf(action),
    effectText(action),
    where,
    right,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The page as it is written, with its table anew. */
export async function generate(): Promise<Record<string, string>> {
  const page = readFileSync(join(import.meta.dirname, '../../docs/actions.md'), 'utf8');
  const text = page.slice(0, page.indexOf(begin) + begin.length);
  const groups = new Map<string, string[]>();
  for (const { group, kind, actions } of allActions()) {
    groups.set(group, [...(groups.get(group) ?? []), ...actions.map((action) => row(group, kind, action))]);
  }
  const sections = [...groups].map(
    ([group, rows]) =>
      `### ${group === '' ? 'core' : group}\n\n| Kind | Action | Does | Parameters | Offered | Changes | Belongs | Needs |\n|---|---|---|---|---|---|---|---|\n${rows.join('\n')}\n`,
  );
  return { 'docs/actions.md': `${text}\n\n${sections.join('\n')}` };
}
