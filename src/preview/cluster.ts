import type { FieldChange, ObjectDiff } from '../sync/index.ts';
import type { ClusterDifference, PreviewChange } from './types.ts';

/**
 * Sets what a sync of the head would change in the cluster against what head and base differ in. What is in both is
 * told once, as a change of the pull request; what is only in the cluster's is drift, or a cluster that is behind.
 * @param live only of objects that the Application owns: others are none of its business
 */
export function compareWithCluster(changes: readonly PreviewChange[], live: readonly ObjectDiff[]): ClusterDifference {
  const told = new Map(changes.flatMap((change) => [change.id, change.from].map((id) => [id, change] as const)));
  const beyond = live.flatMap((diff) => {
    const change = told.get(diff.id);
    const rest = change === undefined ? diff.changes : diff.changes.filter((field) => !isTold(field, diff, change));
    return rest.length === 0 ? [] : [{ ...diff, changes: rest.map(withoutValues(diff)) }];
  });
  const differing = new Set(live.map(({ id }) => id));
  const already = changes.filter(({ change, id }) => change === 'changed' && !differing.has(id)).map(({ id }) => id);
  return { beyond: beyond.toSorted((a, b) => (a.id < b.id ? -1 : 1)), already };
}

/** Whether a difference from the cluster is one that the change itself makes. */
function isTold(field: FieldChange, diff: ObjectDiff, change: PreviewChange): boolean {
  if (diff.change === 'delete') return change.change === 'deleted' || change.from === diff.id;
  if (diff.change === 'create') return change.change === 'created' || change.change === 'recreated';
  const path = plainPath(field.path);
  return change.fields.some((told) => {
    const other = plainPath(told.path);
    // The same field, and in the cluster it is neither as the base nor as the head has it.
    if (path === other) return !isScalar(field.before) || isSecretKey(diff.key) || field.before === told.before;
    return other === '' || liesIn(path, other) || liesIn(other, path);
  });
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function liesIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}.`) || path.startsWith(`${folder}[`);
}

function isSecretKey({ group, kind }: ObjectDiff['key']): boolean {
  return group === '' && kind === 'Secret';
}

/** The server names items of lists also by what it has filled in itself. */
function plainPath(path: string): string {
  return path.replaceAll(',protocol=TCP', '');
}

/**
 * Values of Secrets are numbered by the diff, so that equal ones show: here nothing of them is told. Nor is who has set
 * what and when: a comment would be another one each time.
 */
function withoutValues({ key }: ObjectDiff): (field: FieldChange) => FieldChange {
  if (!isSecretKey(key)) return ({ path, before, after }) => ({ path, before, after });
  return ({ path, before, after }) => ({ path, before: stripped(before), after: stripped(after) });
}

function stripped(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^\*\*\* \(value \d+\)$/, '***');
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(stripped);
  return Object.fromEntries(Object.entries(value).map(([name, nested]) => [name, stripped(nested)]));
}
