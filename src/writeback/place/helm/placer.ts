import { plumbError } from '../../../errors.ts';
import { formatKey } from '../../../object.ts';
import { formatFieldPath } from '../field-path.ts';
import { findRendered } from '../find-rendered.ts';
import type { Candidate, FileChange, PlaceContext, Placer, Unit } from '../types.ts';
import { findValue, type Hit, isLikely, type RenderBudget, type Target } from './find-value.ts';
import { candidatesIn, type ValueCandidates } from './marks.ts';
import { openProbe } from './probe.ts';
import { type ChartValues, readChartValues } from './read-values.ts';
import { type Assignment, waysTo } from './solve.ts';
import { targetsOf } from './targets.ts';
import { editFor, type ValueEdit } from './value-file.ts';
import { writeValues } from './write-values.ts';

/** So many renders may be spent on the search for one change. */
const maximumRenders = 200;

/** What was found out about one field. */
interface Search {
  readonly target: Target;
  readonly hits: readonly Hit[];
  readonly ways: readonly (readonly Assignment[])[];
}

/**
 * Writes changes down in the values of a chart: the values behind the fields are found by rendering with marks, and set
 * in the file of values that is the Application's own. What no value leads to is refused with the reason.
 */
export const helmPlacer: Placer = {
  // One value may be behind several of the fields.
  split: async (unit) => [unit],
  candidates: candidatesFor,
};

async function* candidatesFor(unit: Unit, context: PlaceContext): AsyncGenerator<Candidate> {
  const targets = targetsOf(unit);
  const values = await readChartValues(context.tree, context.path, context.source);
  const candidates = candidatesIn(values);
  const probe = openProbe(context, values);
  const budget: RenderBudget = { left: maximumRenders };
  const find = (objects: Parameters<typeof findRendered>[0], key: Target['key']) =>
    findRendered(objects, key, context.namespace);
  const searches: Search[] = [];
  for (const target of targets) {
    const hits = await findValue(target, find, candidates.open, probe, budget);
    searches.push({ target, hits, ways: waysTo(target, hits) });
  }
  const count = searches.every(({ ways }) => ways.length > 0)
    ? Math.max(...searches.map(({ ways }) => ways.length))
    : 0;
  for (let index = 0; index < count; index++) {
    yield* writings(together(searches, index), values, context);
  }
  const reasons = searches.flatMap((search) => reasonFor(search, candidates, budget) ?? []);
  if (reasons.length > 0) yield refusal(unit, reasons);
}

/** One way for each field; where a field has fewer ways than others, its last. */
function together(searches: readonly Search[], index: number): readonly Assignment[] {
  const all = searches.flatMap(({ ways }) => ways[Math.min(index, ways.length - 1)] ?? []);
  return [...new Map(all.map((assignment) => [JSON.stringify(assignment), assignment])).values()];
}

/** A value that shall not be set is taken out of the file, or, where others set it as well, made null. */
function* writings(
  assignments: readonly Assignment[],
  values: ChartValues,
  context: PlaceContext,
): Generator<Candidate> {
  const edits = () => assignments.map((each) => editFor(values, each, context.isShared ?? (() => false)));
  yield candidate(assignments, edits, context);
  if (!assignments.some(({ value }) => value === undefined)) return;
  const asNull = () => edits().map((edit) => (edit.value === undefined ? { ...edit, value: null } : edit));
  yield candidate(assignments, asNull, context);
}

function candidate(
  assignments: readonly Assignment[],
  edits: () => readonly ValueEdit[],
  context: PlaceContext,
): Candidate {
  const names = assignments.map(({ path }) => formatFieldPath(path)).join(' and ');
  return {
    explanation: `sets ${names} ${placeOf(edits)}`,
    write: async (): Promise<readonly FileChange[]> => writeValues(context.tree, edits()),
  };
}

function placeOf(edits: () => readonly ValueEdit[]): string {
  try {
    return `in ${[...new Set(edits().map(({ file }) => file))].join(', ')}`;
  } catch {
    // Where it cannot be set, `write` says so.
    return 'of the chart';
  }
}

/** Why a field has no place. */
function reasonFor(
  { target, hits, ways }: Search,
  { fixed }: ValueCandidates,
  budget: RenderBudget,
): string | undefined {
  const field = formatFieldPath(target.path);
  const inside = fixed.filter((each) => isLikely(each, target)).slice(0, 3);
  if (inside.length > 0) {
    const names = inside.map(
      ({ path, by }) => `${formatFieldPath(path)} (helm.${by === 'inline' ? 'values' : 'parameters'})`,
    );
    return `${field} may come from what the Application itself sets, which is in no file: ${names.join(', ')}`;
  }
  if (ways.length > 0) return undefined;
  const behind = hits.map(({ candidate: { path } }) => formatFieldPath(path));
  if (behind.length > 0) return `a template computes ${field} from ${behind.slice(0, 3).join(', ')}`;
  if (budget.left <= 0) return `no value was found behind ${field} in ${maximumRenders} renders`;
  return `no value of the chart leads to ${field}: a template writes it by itself`;
}

function refusal({ key }: Unit, reasons: readonly string[]): Candidate {
  return {
    explanation: 'looks for a value of the chart',
    write: () =>
      Promise.reject(plumbError('writeback.cannot-place', reasons.join('; '), { where: { object: formatKey(key) } })),
  };
}
