import { isDeepStrictEqual } from 'node:util';
import type { Json, ObjectKey } from '../../../object.ts';
import { isList, isObject, valueAt } from '../field-path.ts';
import type { FieldStep, RenderedObject } from '../types.ts';
import type { ValueCandidate } from './marks.ts';
import { waysTo } from './solve.ts';

/** A field that shall be another. */
export interface Target {
  readonly key: ObjectKey;
  readonly path: readonly FieldStep[];
  /** What is rendered now. */
  readonly before: Json | undefined;
  /** What shall be rendered; undefined: nothing. */
  readonly after: Json | undefined;
}

/** A value that the field depends on. */
export type Hit =
  /** The field shows the value; `text` is what it looks like with the marks. */
  | { readonly kind: 'shown'; readonly candidate: ValueCandidate; readonly text: string }
  /** A map or a list that the field lies in is copied from the value; `depth` is the length of the path that leads there. */
  | { readonly kind: 'above'; readonly candidate: ValueCandidate; readonly depth: number }
  /** The field moves with the value, and does not show it; or nothing can be rendered with a mark. */
  | { readonly kind: 'moves' | 'breaks'; readonly candidate: ValueCandidate };

/**
 * Renders the chart with the marks of these candidates.
 * @returns undefined where it cannot be rendered so
 */
export type Probe = (candidates: readonly ValueCandidate[]) => Promise<readonly RenderedObject[] | undefined>;

/** How many renders a search may take. */
export interface RenderBudget {
  left: number;
}

/**
 * Finds the values behind a field by rendering with marks: many at once, and halves of them where that breaks the chart
 * or moves the field without a mark to be seen. The likeliest are tried first, and the search ends with the first that
 * show.
 */
export async function findValue(
  target: Target,
  find: (objects: readonly RenderedObject[], key: ObjectKey) => RenderedObject | undefined,
  candidates: readonly ValueCandidate[],
  probe: Probe,
  budget: RenderBudget,
): Promise<readonly Hit[]> {
  const look = async (some: readonly ValueCandidate[]): Promise<Look> => {
    budget.left -= 1;
    const seen = await probe(some);
    const object = seen === undefined ? undefined : find(seen, target.key)?.object;
    const value = valueAt(object, target.path);
    if (object === undefined || (value === undefined && target.before !== undefined)) return { state: 'broken' };
    const hits = hitsIn(object, value, target, some);
    if (hits.length > 0) return { state: 'hit', hits };
    return { state: isDeepStrictEqual(value, target.before) ? 'same' : 'moved' };
  };
  const search = async (some: readonly ValueCandidate[]): Promise<readonly Hit[]> => {
    const [only] = some;
    if (only === undefined || budget.left <= 0) return [];
    const seen = await look(some);
    if (seen.state === 'hit') return seen.hits;
    if (seen.state === 'same') return [];
    if (some.length === 1) return [{ kind: seen.state === 'broken' ? 'breaks' : 'moves', candidate: only }];
    const middle = Math.ceil(some.length / 2);
    const first = await search(some.slice(0, middle));
    if (isEnough(target, first)) return first;
    return [...first, ...(await search(some.slice(middle)))];
  };
  const all: Hit[] = [];
  for (const some of phasesFor(target, candidates)) {
    const before = all.length;
    all.push(...(await search(some)));
    if (all.length === before) continue;
    if (isEnough(target, all)) return all;
    // A text that is made of several values shows them all only where all bear their marks at once.
    const shown = all.filter(({ kind }) => kind === 'shown').map(({ candidate }) => candidate);
    if (shown.length < 2 || budget.left <= 0) continue;
    const together = await look(shown);
    if (together.state === 'hit' && isEnough(target, together.hits)) return together.hits;
  }
  // What only breaks may still be the one, as where a schema refuses the mark.
  return all.filter(({ kind, candidate }) => kind !== 'breaks' || likeness(candidate, target) >= equal);
}

/** What came of one render with marks. */
type Look =
  | { readonly state: 'hit'; readonly hits: readonly Hit[] }
  /** The object or the field is not there any more; or the field is; or is another without a mark to be seen. */
  | { readonly state: 'broken' | 'same' | 'moved' };

/** Whether the search can end: values show, and they can make the field what it shall be. */
function isEnough(target: Target, hits: readonly Hit[]): boolean {
  return hits.some(({ kind }) => kind === 'shown' || kind === 'above') && waysTo(target, hits).length > 0;
}

function hitsIn(object: unknown, value: Json | undefined, target: Target, some: readonly ValueCandidate[]): Hit[] {
  const text = isObject(value) || isList(value) ? undefined : textOf(value);
  const shown = text === undefined ? [] : some.filter(({ mark }) => text.includes(mark));
  if (text !== undefined && shown.length > 0) return shown.map((candidate) => ({ kind: 'shown', candidate, text }));
  const hits: Hit[] = [];
  for (let depth = target.path.length; depth > 0 && hits.length === 0; depth--) {
    const above = valueAt(object, target.path.slice(0, depth));
    for (const candidate of some) {
      const { kind, mark } = candidate;
      const holds = isObject(above) ? Object.hasOwn(above, mark) : isList(above) && above.includes(mark);
      if (holds && (kind === 'map' || kind === 'list')) hits.push({ kind: 'above', candidate, depth });
    }
  }
  return hits;
}

/** A scalar as templates write it. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

const contained = 10;
const equal = 20;

/** How likely a value is behind a field, from nothing but what both look like. */
function likeness({ path, current }: ValueCandidate, { before, path: field }: Target): number {
  const text = textOf(current ?? undefined);
  const wanted = textOf(before);
  const values = isDeepStrictEqual(current, before) || text === wanted ? equal : isPart(text, wanted) ? contained : 0;
  return (before === undefined ? 0 : values) + closeness(path, field);
}

/** Whether a value looks as if it were behind a field. */
export function isLikely(candidate: ValueCandidate, target: Target): boolean {
  return likeness(candidate, target) >= contained;
}

function isPart(text: string, whole: string): boolean {
  return text !== '' && !text.startsWith('{') && !text.startsWith('[') && whole.includes(text);
}

/** `replicaCount` and `replicas` begin alike; `image.tag` and `spec.containers[0].image` share a word. */
function closeness(path: readonly (string | number)[], field: readonly FieldStep[]): number {
  const words = field.flatMap((step) => (typeof step === 'string' ? [step.toLowerCase()] : []));
  const names = path.flatMap((step) => (typeof step === 'string' ? [step.toLowerCase()] : []));
  const last = words.at(-1) ?? '';
  let close = 0;
  for (const name of names) {
    if (name === last) close += 4;
    else if (name.slice(0, 5) === last.slice(0, 5)) close += 3;
    else if (words.includes(name)) close += 1;
  }
  return close;
}

/** The candidates in groups to be tried one after the other, the likeliest first. */
function phasesFor(target: Target, candidates: readonly ValueCandidate[]): readonly (readonly ValueCandidate[])[] {
  const ordered = candidates
    .map((candidate) => ({ candidate, score: likeness(candidate, target) }))
    .toSorted((a, b) => b.score - a.score);
  const of = (kinds: readonly ValueCandidate['kind'][], from: number, to = Number.POSITIVE_INFINITY) =>
    ordered
      .filter(({ candidate, score }) => kinds.includes(candidate.kind) && score >= from && score < to)
      .map(({ candidate }) => candidate);
  const isWhole = [target.before, target.after].some((value) => isObject(value) || isList(value));
  if (target.before === undefined || isWhole) {
    return [of(['map', 'list'], 3), of(['unset'], 1), of(['map', 'list'], 0, 3), of(['unset'], 0, 1), of(['flag'], 0)];
  }
  const scalars = ['text', 'number', 'flag'] as const;
  return [
    of(scalars, equal),
    of(scalars, contained, equal),
    of(['unset'], 1),
    of(['text', 'number'], 0, contained),
    of(['unset'], 0, 1),
    of(['map', 'list'], 0),
    of(['flag'], 0, contained),
  ];
}
