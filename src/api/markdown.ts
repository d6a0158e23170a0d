import type { TSchema } from 'typebox';
import { applicationSchema } from './application.ts';
import { apiVersion } from '../names.ts';
import { operationSchema } from './operation.ts';
import { repositorySchema } from './repository.ts';

interface Row {
  readonly path: string;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
}

interface Node {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string }[];
}

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(' \\| ');
  if (node.items !== undefined) return `list of ${typeOf(node.items)}`;
  if (node.patternProperties !== undefined) return 'map of strings';
  return node.format === 'date-time' ? 'time' : (node.type ?? 'any');
}

function rowsOf(node: Node, path: string): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const rules = (child['x-kubernetes-validations'] ?? []).map((rule) => ` Refused otherwise: ${rule.message}.`);
    const row: Row = {
      path: here,
      type: typeOf(child),
      fallback: child.default === undefined ? '' : `\`${JSON.stringify(child.default)}\``,
      description: `${node.required?.includes(name) === true && path.startsWith('spec') ? 'Required. ' : ''}${child.description ?? ''}${rules.join('')}`,
    };
    const inner = child.items === undefined ? rowsOf(child, here) : rowsOf(child.items, `${here}[]`);
    return [row, ...inner];
  });
}

function table(rows: readonly Row[]): string {
  return [
    '| field | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      (row) => `| \`${row.path}\` | ${row.type} | ${row.fallback} | ${row.description.replaceAll('\n', ' ')} |`,
    ),
  ].join('\n');
}

function section(kind: string, schema: TSchema): string {
  const root = schema as unknown as Node;
  const { spec = {}, status = {} } = root.properties ?? {};
  return [
    `## ${kind}`,
    '',
    `\`apiVersion: ${apiVersion}\`, \`kind: ${kind}\`. ${root.description ?? ''}`,
    '',
    table(rowsOf(spec, 'spec')),
    '',
    '### Status',
    '',
    table(rowsOf(status, 'status')),
    '',
  ].join('\n');
}

/** The reference of all custom resources as Markdown, for docs/application-reference.md. */
export function referenceMarkdown(): string {
  return [
    '# Reference of the custom resources',
    '',
    'Made from the types in `src/api/` by `npm run generate`; do not edit.',
    '',
    section('Application', applicationSchema),
    section('Repository', repositorySchema),
    section('Operation', operationSchema),
  ].join('\n');
}
