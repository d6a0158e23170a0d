import { formatLocation, hintFor, type Problem } from '../errors.ts';
import type { CommentOptions } from './comment.ts';
import { cell, code, link } from './escape.ts';
import { risksIn } from './text.ts';
import { hasChanges, type ApplicationPreview, type Preview, problemsOfPreview } from './types.ts';

/** The summary of a preview, as paragraphs; each list has at most so many lines. */
export function summaryOf(preview: Preview, options: CommentOptions, most: number): readonly string[] {
  return [
    '### Plumbline preview',
    verdictOf(preview),
    ...tableOf(preview.applications, most),
    ...problemsIn(preview, options, most),
    ...risksOfAll(preview, most),
    ...notesOf(preview, most),
  ];
}

/** The last line: what was compared. */
export function footerOf({ base, head }: Preview): string {
  return `Compared ${code(head.commit.slice(0, 12))} with ${code(base.commit.slice(0, 12))} of ${code(base.name)}.`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** What would change, in a line without Markdown. */
export function summaryLine(preview: Preview): string {
  if (!hasChanges(preview)) return 'nothing changes in what is deployed';
  const changed = preview.applications.filter(({ changes }) => changes.length > 0).length;
  const risks = preview.applications.reduce((sum, application) => sum + risksIn(application).length, 0);
  const looked = risks === 0 ? 'nothing risky was found' : `${plural(risks, 'risk')} to look at`;
  return `${plural(changed, 'Application')} would change; ${looked}`;
}

function verdictOf(preview: Preview): string {
  const { untouched, omitted = 0 } = preview;
  const problems = problemsOfPreview(preview).length;
  const line = summaryLine(preview);
  const verdict =
    problems > 0
      ? `This must not be merged as it is: ${plural(problems, 'problem')}`
      : `${line.slice(0, 1).toUpperCase()}${line.slice(1)}`;
  const others = untouched === 0 ? '' : ` ${plural(untouched, 'other Application')} read nothing of what differs.`;
  const left = omitted === 0 ? '' : ` ${plural(omitted, 'further Application')} read it, too, and were not compared.`;
  return `**${verdict}.**${others}${left}`;
}

/** The lines of a list that have room, and how many do not. */
function cut(lines: readonly string[], most: number, rest: (count: number) => string): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), rest(lines.length - most)];
}

function tableOf(applications: readonly ApplicationPreview[], most: number): readonly string[] {
  if (applications.length === 0 || most === 0) return [];
  const rows = applications.map((application) => {
    const count = (kind: string): number => application.changes.filter(({ change }) => change === kind).length;
    const kinds = ['deleted', 'recreated', 'changed', 'created'].map((kind) => count(kind) || '');
    const counts = [...kinds, risksIn(application).length || '', application.problems.length || ''];
    return `| ${cell(application.application)} | ${counts.join(' | ')} |`;
  });
  const head = [
    '| Application | deleted | made anew | changed | created | risks | problems |',
    '|---|--:|--:|--:|--:|--:|--:|',
  ];
  return [[...head, ...cut(rows, most, (count) => `| and ${count} more | | | | | | |`)].join('\n')];
}

function problemsIn(preview: Preview, options: CommentOptions, most: number): readonly string[] {
  const lines = [
    ...preview.problems.map((problem) => problemLine(problem, undefined, options)),
    ...preview.applications.flatMap(({ application, problems }) =>
      problems.map((problem) => problemLine(problem, application, options)),
    ),
  ];
  if (lines.length === 0 || most === 0) return [];
  return ['#### Problems', cut(lines, most, (count) => `- and ${count} more`).join('\n')];
}

function problemLine(problem: Problem, application: string | undefined, { fileLink }: CommentOptions): string {
  const { file, line, column, object, field } = problem.where ?? {};
  const address = problem.where === undefined ? undefined : fileLink?.(problem.where);
  const where = formatLocation({
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  });
  const what = formatLocation({
    ...(object === undefined ? {} : { object }),
    ...(field === undefined ? {} : { field }),
  });
  const place = [where === '' ? '' : link(where, address), what === '' ? '' : code(what)].filter((part) => part !== '');
  const of = application === undefined ? '' : ` in ${code(application)}`;
  const said = `${place.length === 0 ? '' : `${place.join(' ')}: `}${code(problem.message)}`;
  // The catalogue's own advice is our text; advice of the moment may hold any.
  const hint = problem.hint === undefined ? hintFor(problem) : code(problem.hint);
  return `- ${said}${of} (${code(problem.code)}). ${hint}`;
}

function risksOfAll({ applications }: Preview, most: number): readonly string[] {
  const lines = applications.flatMap((application) =>
    risksIn(application).map(({ reason, id, detail }) => {
      const what = detail === undefined ? '' : `: ${code(detail)}`;
      return `- ${reason}: ${code(id)}${what} in ${code(application.application)}`;
    }),
  );
  if (lines.length === 0 || most === 0) return [];
  return ['#### Risks', cut(lines, most, (count) => `- and ${count} more`).join('\n')];
}

function notesOf({ applications }: Preview, most: number): readonly string[] {
  const lines = applications.flatMap(({ application, notes, warnings, cluster }) => {
    const already = cluster?.already ?? [];
    return [
      ...notes.map((note) => `- ${code(application)}: ${code(note)}`),
      ...warnings.map(({ message }) => `- ${code(application)}: ${code(message)}`),
      ...(already.length === 0
        ? []
        : [`- ${code(application)}: the cluster already is as the head has it: ${code(already.join(', '))}`]),
    ];
  });
  if (lines.length === 0 || most === 0) return [];
  return ['#### Notes', cut(lines, most, (count) => `- and ${count} more`).join('\n')];
}
