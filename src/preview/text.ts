import type { KubeObject } from '../object.ts';
import { formatUnified } from '../sync/index.ts';
import type { ApplicationPreview, ChangeKind, Preview, PreviewChange } from './types.ts';
import { sorted } from './sorted.ts';

/** Each kind of change in a word. */
export const words: Readonly<Record<ChangeKind, string>> = {
  created: 'created',
  deleted: 'deleted',
  recreated: 'made anew',
  changed: 'changed',
};

/** What becomes of an object, in a line. */
export function titleOf({ id, change, from }: PreviewChange): string {
  return from === undefined ? `${id} ${words[change]}` : `${id} ${words[change]} (was ${from})`;
}

/**
 * Lines that differ beyond this are not searched for what they have in common: the old ones go, the new ones come. The
 * search grows with the square of it, and 1,000 take some 50 ms.
 */
const editLimit = 1_000;
/** Characters of one side beyond which a diff is only counted. */
const longest = 500_000;
const contextLines = 3;

/** The change as a unified diff of the two objects in YAML, without a heading. */
export async function unifiedDiff({ before, after }: PreviewChange): Promise<string> {
  const [{ structuredPatch }, { dump }] = await Promise.all([import('diff'), import('js-yaml')]);
  const yaml = (object: KubeObject | undefined): string =>
    object === undefined ? '' : dump(ordered(object), { lineWidth: -1, noRefs: true });
  const [old, young] = [yaml(before), yaml(after)];
  if (Math.max(old.length, young.length) > longest) {
    return `${old.split('\n').length} lines before and ${young.split('\n').length} after are too many to be shown`;
  }
  const options = { context: contextLines, maxEditLength: editLimit };
  const patch = structuredPatch('', '', old, young, '', '', options);
  if (patch === undefined) return [...prefixed('-', old), ...prefixed('+', young)].join('\n');
  return patch.hunks
    .flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
      ...lines,
    ])
    .join('\n');
}

function prefixed(sign: '-' | '+', text: string): readonly string[] {
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => sign + line);
}

/** Fields in the order of their names, so that their order in a file makes no difference; what names the object comes first. */
function ordered(object: KubeObject): unknown {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata: sorted(metadata), ...(sorted(rest) as object) };
}

/** The whole preview as text for a terminal or a log: for each Application its risks, its problems being told elsewhere, and its diffs. */
export async function formatPreview(preview: Preview, options: { readonly color: boolean }): Promise<string> {
  const { createColors } = await import('picocolors').then((module) => module.default);
  const colors = createColors(options.color);
  const paint = (line: string): string => {
    if (line.startsWith('@@')) return colors.cyan(line);
    if (line.startsWith('+')) return colors.green(line);
    return line.startsWith('-') ? colors.red(line) : line;
  };
  const lines: string[] = [];
  for (const application of preview.applications) {
    const { changes, cluster, notes } = application;
    if (changes.length === 0 && notes.length === 0 && (cluster?.beyond.length ?? 0) === 0) continue;
    lines.push(colors.bold(`# ${application.application}: ${countsOf(application)}`));
    for (const note of notes) lines.push(`note: ${note}`);
    for (const { id, reason, detail } of risksIn(application)) {
      lines.push(`${colors.yellow('!')} ${reason}: ${id}${detail === undefined ? '' : ` (${detail})`}`);
    }
    for (const change of changes) {
      lines.push(colors.bold(titleOf(change)), ...(await unifiedDiff(change)).split('\n').map(paint));
    }
    if (cluster !== undefined && cluster.beyond.length > 0) {
      lines.push(colors.bold('besides, the cluster differs from the head:'));
      lines.push((await formatUnified(cluster.beyond, options)).trimEnd());
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** `1 deleted, 2 changed`; `no changes`. */
export function countsOf({ changes }: ApplicationPreview): string {
  const counts = (['deleted', 'recreated', 'changed', 'created'] as const).flatMap((kind) => {
    const count = changes.filter(({ change }) => change === kind).length;
    return count === 0 ? [] : [`${count} ${words[kind]}`];
  });
  return counts.length === 0 ? 'no changes' : counts.join(', ');
}

/** A risk, with the object that has it. */
export interface TheRisk {
  readonly rule: string;
  readonly reason: string;
  readonly detail?: string;
  readonly id: string;
}

/** All risks of an Application, the gravest first. A deletion that a graver rule tells of is not told twice. */
export function risksIn({ changes }: ApplicationPreview): readonly TheRisk[] {
  return changes.flatMap(({ id, risks }) =>
    risks.filter(({ rule }, index) => rule !== 'deleted' || index === 0).map((risk) => ({ ...risk, id })),
  );
}
