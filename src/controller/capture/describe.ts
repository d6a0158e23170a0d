import type { DriftStep, FieldWriter } from '../../sync/index.ts';
import type { CapturedObject, CollectedDrift } from './capture-state.ts';

/** `spec.template.spec.containers[name=web].image` */
export function formatDriftPath(path: readonly DriftStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (typeof step === 'object') {
      const keys = Object.entries(step).map(([name, value]) => `${name}=${String(value)}`);
      text += `[${keys.join(',')}]`;
    } else if (/^[\w$-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** Everybody who wrote one of the fields, each once, who wrote last first. */
export function writersOf({ objects }: CollectedDrift): readonly FieldWriter[] {
  const all = objects.flatMap(({ fields }) => fields.flatMap(({ writers }) => writers));
  const latest = new Map<string, FieldWriter>();
  for (const writer of all.toSorted((a, b) => (a.time < b.time ? -1 : 1))) latest.set(writer.manager, writer);
  return [...latest.values()].toReversed();
}

/** So many fields stand in the one line of a subject. */
const fieldsInSubject = 5;

/** What was captured, in one line: `spec.replicas of apps/Deployment prod/web`. */
export function summaryOf({ objects }: CollectedDrift): string {
  const all = objects.flatMap(({ id, fields }) => fields.map(({ path }) => `${formatDriftPath(path)} of ${id}`));
  const more = all.length - fieldsInSubject;
  return more > 0 ? `${all.slice(0, fieldsInSubject).join(', ')} and ${more} more` : all.join(', ');
}

/** Which field, who and when, a line for each field. Values are not told: they are in the commit. */
export function detailsOf({ objects }: CollectedDrift): string {
  return objects.flatMap(({ id, fields }) => fields.map((field) => lineOf(id, field))).join('\n');
}

function lineOf(id: string, { path, after, writers }: CapturedObject['fields'][number]): string {
  const by = writers.map(
    ({ manager, operation, time }) => `${manager} (${operation}${time === '' ? '' : `, ${time}`})`,
  );
  const what = after === undefined ? 'removed' : 'changed';
  return `${id}: ${formatDriftPath(path)} ${what} by ${by.length === 0 ? 'somebody unknown' : by.join(', ')}`;
}
