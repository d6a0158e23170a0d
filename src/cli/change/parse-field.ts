import { plumbError } from '../../errors.ts';
import type { Json } from '../../object.ts';
import type { FieldEdit, FieldStep } from '../../writeback/index.ts';

/**
 * A field and its value as they are written on the command line: `spec.replicas=3`, `spec.containers[name=web].image=nginx`,
 * `metadata.labels["app.kubernetes.io/name"]=web`; `spec.paused-` takes a field away. A value is what YAML makes of it.
 * @throws PlumbError `cli.usage`
 */
export async function parseFieldEdit(text: string): Promise<FieldEdit> {
  const { path, rest } = parsePath(text);
  if (path.length === 0) throw wrong(text, 'it names no field');
  if (rest === '-') return { path, value: undefined };
  if (!rest.startsWith('=')) throw wrong(text, 'write field=value, or field- to take it away');
  return { path, value: await parseValue(rest.slice(1), text) };
}

async function parseValue(value: string, text: string): Promise<Json> {
  const { load } = await import('js-yaml');
  try {
    const parsed: unknown = value === '' ? '' : load(value);
    // A date that YAML would make of a text stays a text.
    return (parsed instanceof Date ? value : parsed) as Json;
  } catch {
    throw wrong(text, 'the value is no YAML: put quotes around a text');
  }
}

const stepPattern =
  /^(?:\[(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<index>\d+)|(?<keys>[\w-]+=[^\],]*(?:,[\w-]+=[^\],]*)*))\]|\.?(?<field>[\w$/]+(?:-+[\w$/]+)*))/;

function parsePath(text: string): { readonly path: readonly FieldStep[]; readonly rest: string } {
  const path: FieldStep[] = [];
  let rest = text;
  for (;;) {
    const match = stepPattern.exec(rest);
    // A name stands at the beginning, and behind a point.
    if (match === null || (path.length > 0 && !/^[.[]/.test(rest)) || (path.length === 0 && rest.startsWith('.')))
      break;
    path.push(stepOf(match.groups ?? {}));
    rest = rest.slice(match[0].length);
  }
  return { path, rest };
}

function stepOf({ quoted, index, keys, field = '' }: Readonly<Record<string, string | undefined>>): FieldStep {
  if (quoted !== undefined) return JSON.parse(`"${quoted}"`) as string;
  if (index !== undefined) return Number(index);
  if (keys === undefined) return field;
  return Object.fromEntries(
    keys.split(',').map((each) => {
      const [name = '', value = ''] = each.split('=');
      return [name, /^\d+$/.test(value) ? Number(value) : value];
    }),
  );
}

function wrong(text: string, why: string): Error {
  return plumbError('cli.usage', `${JSON.stringify(text)}: ${why}`, {
    hint: 'Such as spec.replicas=3, or spec.template.spec.containers[name=web].image=nginx:1.29',
  });
}
