import type { diffLines as diffLinesOf } from 'diff';
import type { FieldChange, ObjectDiff } from './diff.ts';
import type { FieldWriter } from './drifted-fields.ts';

/** Colours for a terminal, by what a line is. */
interface Paint {
  readonly title: (text: string) => string;
  readonly place: (text: string) => string;
  readonly removed: (text: string) => string;
  readonly added: (text: string) => string;
}

const verbs: Readonly<Record<ObjectDiff['change'], string>> = {
  create: 'would be created',
  update: 'would be changed',
  recreate: 'would be deleted and made anew',
  delete: 'would be deleted',
  none: 'is as desired',
};

/**
 * A diff as text: for each object a title, for each field its path and, as in a unified diff, its old and
 * new value as YAML.
 *
 * @example
 * apps/Deployment prod/web would be changed
 * @@ spec.replicas @@ set by kubectl-scale (Update of scale, 2026-11-22T10:00:00Z)
 * -2
 * +5
 */
export async function formatUnified(
  diffs: readonly ObjectDiff[],
  options: { readonly color: boolean },
): Promise<string> {
  // Only people who look at a diff pay for these libraries.
  const [{ diffLines }, { dump }, { createColors }] = await Promise.all([
    import('diff'),
    import('js-yaml'),
    import('picocolors').then((module) => module.default),
  ]);
  const { bold, cyan, red, green } = createColors(options.color);
  const paint: Paint = { title: bold, place: cyan, removed: red, added: green };
  const yaml = (value: unknown): string => textOf(value, (nested) => dump(nested, { lineWidth: -1, noRefs: true }));
  const lines: string[] = [];
  for (const diff of diffs) {
    if (diff.changes.length === 0) continue;
    lines.push(paint.title(`${diff.id} ${verbs[diff.change]}`));
    for (const change of diff.changes) lines.push(...changeLines(change, paint, yaml, diffLines));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Lines with neither change nor a change near them say nothing. */
const contextLines = 3;

type DiffLines = typeof diffLinesOf;

function changeLines(
  change: FieldChange,
  paint: Paint,
  yaml: (value: unknown) => string,
  diffLines: DiffLines,
): string[] {
  const lines = change.path === '' ? [] : [paint.place([`@@ ${change.path} @@`, ...setBy(change)].join(' '))];
  const parts = diffLines(yaml(change.before), yaml(change.after));
  for (const [index, part] of parts.entries()) {
    const texts = part.value.replace(/\n$/, '').split('\n');
    if (part.removed) lines.push(...texts.map((text) => paint.removed(`-${text}`)));
    else if (part.added) lines.push(...texts.map((text) => paint.added(`+${text}`)));
    else lines.push(...shorten(texts, index === 0, index === parts.length - 1, paint));
  }
  return lines;
}

/** Who has set what is there. */
function setBy({ owners = [] }: FieldChange): readonly string[] {
  return owners.length === 0 ? [] : [`set by ${owners.map(formatWriter).join(', ')}`];
}

/** `kubectl-scale (Update of scale, 2026-11-22T10:00:00Z)` */
export function formatWriter({ manager, operation, subresource, time }: FieldWriter): string {
  const how = [`${operation}${subresource === '' ? '' : ` of ${subresource}`}`, ...(time === '' ? [] : [time])];
  return `${manager === '' ? 'somebody without a name' : manager} (${how.join(', ')})`;
}

function shorten(texts: readonly string[], first: boolean, last: boolean, paint: Paint): string[] {
  const head = first ? [] : texts.slice(0, contextLines);
  const tail = last ? [] : texts.slice(Math.max(head.length, texts.length - contextLines));
  const skipped = texts.length - head.length - tail.length;
  const gap = skipped > 0 ? [paint.place(`@@ ${skipped} equal lines @@`)] : [];
  return [...head.map((text) => ` ${text}`), ...gap, ...tail.map((text) => ` ${text}`)];
}

/** Text of several lines stays as it is, so that its lines can be compared. */
function textOf(value: unknown, dump: (value: unknown) => string): string {
  if (value === undefined) return '';
  if (typeof value === 'string' && value.includes('\n')) return value.endsWith('\n') ? value : `${value}\n`;
  return dump(value);
}
