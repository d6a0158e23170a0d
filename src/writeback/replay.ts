import { PlumbError, plumbError, type Problem } from '../errors.ts';
import { formatKey, type Json, type KubeObject, type ObjectKey } from '../object.ts';
import { differences, formatFieldPath, isSame } from './fields.ts';
import { type FieldConflict, type ListRules, mergeFields } from './merge.ts';

/** What somebody wants of one object. */
export interface ObjectWish {
  readonly key: ObjectKey;
  /** What he has seen; undefined where it was not there. */
  readonly base: KubeObject | undefined;
  /** What he wants; undefined: that it is not there. */
  readonly ours: KubeObject | undefined;
}

/** What becomes of an object. */
export type Replayed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'put'; readonly object: KubeObject }
  | { readonly kind: 'remove' };

const longestValue = 200;

/**
 * A wish upon what is there now, which may be more than was seen: the fields that others have changed meanwhile stay
 * as they made them.
 * @param rules what tells the items of lists apart: see `mergeFields`
 * @throws PlumbError `writeback.conflict` for each field that others have changed as well, with both sides
 */
export function replayed({ key, base, ours }: ObjectWish, theirs: KubeObject | undefined, rules?: ListRules): Replayed {
  if (isSame(ours, theirs)) return { kind: 'nothing' };
  if (isSame(base, theirs)) return ours === undefined ? { kind: 'remove' } : { kind: 'put', object: ours };
  if (ours === undefined) throw conflictError(key, changesSince(base, theirs, undefined));
  if (theirs === undefined) throw plumbError('writeback.conflict', 'it was deleted meanwhile', at(key));
  // Two who make the same object do not mean the same one.
  if (base === undefined) throw conflictError(key, changesSince(ours, theirs, ours));
  const { value, conflicts } = mergeFields(base, ours, theirs, rules);
  if (conflicts.length > 0) throw conflictError(key, conflicts);
  return isSame(value, theirs) ? { kind: 'nothing' } : { kind: 'put', object: value };
}

/** Whether a wish has to be joined with what others have changed meanwhile. */
export function hasToBeJoined({ base, ours }: ObjectWish, theirs: KubeObject | undefined): boolean {
  const someAreMissing = base === undefined || ours === undefined || theirs === undefined;
  return !someAreMissing && !isSame(ours, theirs) && !isSame(base, theirs);
}

/** What others changed, as conflicts with who wants something else with the whole object. */
function changesSince(before: unknown, theirs: unknown, ours: unknown): readonly FieldConflict[] {
  return differences(before, theirs).map((difference) => ({
    field: formatFieldPath(difference.path),
    base: ours === undefined ? difference.before : undefined,
    ours: ours === undefined ? undefined : difference.before,
    theirs: difference.after,
  }));
}

function conflictError(key: ObjectKey, conflicts: readonly FieldConflict[]): PlumbError {
  const problems = conflicts.map((conflict) => conflictProblem(key, conflict));
  const [first = { code: 'writeback.conflict', message: 'it was changed meanwhile', ...at(key) } as const, ...rest] =
    problems;
  return new PlumbError([first, ...rest]);
}

function conflictProblem(key: ObjectKey, { field, base, ours, theirs }: FieldConflict): Problem {
  const isSecret = key.kind === 'Secret' && key.group === '';
  const shown = (value: unknown): Json => (isSecret && value !== undefined ? '***' : ((value ?? null) as Json));
  const sides = { base: shown(base), ours: shown(ours), theirs: shown(theirs) };
  return {
    code: 'writeback.conflict',
    message: `it was changed meanwhile to ${inWords(sides.theirs, theirs)}, and this change makes it ${inWords(sides.ours, ours)}`,
    where: { object: formatKey(key), ...(field === '' ? {} : { field }) },
    sides,
  };
}

function inWords(shown: Json, value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(shown);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

const at = (key: ObjectKey) => ({ where: { object: formatKey(key) } });
