import type { Json } from '../../../object.ts';
import { applyEdits, isList } from '../field-path.ts';
import type { FieldStep } from '../types.ts';
import { type Hit, type Target, textOf } from './find-value.ts';
import type { ValueCandidate } from './marks.ts';
import type { ValuePath } from './value-path.ts';

/** What one value shall be; undefined: it shall not be set. */
export interface Assignment {
  readonly path: ValuePath;
  readonly value: Json | undefined;
}

/** So many ways to make a text of its parts are looked at. */
const maximumMatches = 50;
/** So many ways are worth a proof. */
const maximumWays = 6;

/** The ways in which values would make a field what it shall be, the likeliest first. Each has to be proved. */
export function waysTo(target: Target, hits: readonly Hit[]): readonly (readonly Assignment[])[] {
  const shown = hits.filter((hit) => hit.kind === 'shown');
  const [first] = shown;
  const ways: (readonly Assignment[])[] = [];
  if (first !== undefined) ways.push(...waysOfText(target, first.text, shown));
  for (const hit of hits) {
    if (hit.kind === 'above') ways.push(...waysAbove(target, hit.candidate, hit.depth));
    else if (hit.kind !== 'shown') ways.push(...waysOfWhole(target, hit.candidate));
  }
  return unique(ways).slice(0, maximumWays);
}

function unique(ways: readonly (readonly Assignment[])[]): readonly (readonly Assignment[])[] {
  return [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
}

/** Takes the text apart as the template put it together. */
function waysOfText(target: Target, text: string, shown: readonly { readonly candidate: ValueCandidate }[]) {
  const candidates = shown.map(({ candidate }) => candidate);
  if (target.after === undefined) return candidates.map(({ path }) => [{ path, value: undefined }]);
  const found = matches(partsOf(text, candidates), textOf(target.after));
  return found
    .map(changedParts)
    .toSorted((a, b) => a.length - b.length)
    .flatMap((parts) => [
      parts.map(([candidate, part]) => ({ path: candidate.path, value: typed(part, candidate, target.after) })),
      // A number in quotes is another text than the number.
      parts.map(([{ path }, part]) => ({ path, value: part })),
    ])
    .filter((way) => way.length > 0);
}

function changedParts(parts: ReadonlyMap<ValueCandidate, string>): readonly (readonly [ValueCandidate, string])[] {
  return [...parts].filter(([{ current }, part]) => textOf(current ?? undefined) !== part);
}

/** The text of a value in the type that the value has, or where it has none, in that of the field. */
function typed(text: string, { kind, current }: ValueCandidate, after: Json | undefined): Json {
  const wanted = kind === 'unset' && (current === undefined || current === null) ? typeof after : kind;
  if (wanted === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (wanted === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

type Part = string | ValueCandidate;

function partsOf(text: string, candidates: readonly ValueCandidate[]): readonly Part[] {
  const byMark = new Map(candidates.map((candidate) => [candidate.mark, candidate]));
  const pattern = new RegExp(`(${[...byMark.keys()].join('|')})`);
  return text.split(pattern).flatMap((part) => (part === '' ? [] : [byMark.get(part) ?? part]));
}

/** The ways to give each part of a text a piece of another. The same value gets the same piece everywhere. */
function matches(parts: readonly Part[], text: string): readonly ReadonlyMap<ValueCandidate, string>[] {
  const found: ReadonlyMap<ValueCandidate, string>[] = [];
  const go = (index: number, at: number, given: ReadonlyMap<ValueCandidate, string>): void => {
    if (found.length >= maximumMatches) return;
    const part = parts[index];
    if (part === undefined) {
      if (at === text.length) found.push(given);
      return;
    }
    const fixed = typeof part === 'string' ? part : given.get(part);
    if (fixed !== undefined) {
      if (text.startsWith(fixed, at)) go(index + 1, at + fixed.length, given);
      return;
    }
    if (typeof part === 'string') return;
    // As it is now, if it can be: of an image only the tag has to change.
    const now = textOf(part.current ?? undefined);
    if (now !== '' && text.startsWith(now, at)) go(index + 1, at + now.length, new Map(given).set(part, now));
    const ends = index === parts.length - 1 ? [text.length] : endsAfter(text, at, parts[index + 1]);
    for (const end of ends) go(index + 1, end, new Map(given).set(part, text.slice(at, end)));
  };
  go(0, 0, new Map());
  return found;
}

/** Where a piece that begins here may end: before the next fixed text. */
function endsAfter(text: string, at: number, next: Part | undefined): readonly number[] {
  const ends: number[] = [];
  for (let end = text.length; end >= at; end--) {
    if (typeof next !== 'string' || text.startsWith(next, end)) ends.push(end);
  }
  return ends;
}

/** The field lies in a map or list that is copied from a value: the same change is made there. */
function waysAbove(
  target: Target,
  { path, current }: ValueCandidate,
  depth: number,
): readonly (readonly Assignment[])[] {
  const rest = target.path.slice(depth);
  const names = rest.filter((step): step is string | number => typeof step !== 'object');
  const base: Json = current ?? {};
  if (names.length === rest.length && !isList(current)) {
    return [[{ path: [...path, ...names], value: target.after }]];
  }
  return changedWhole(base, rest, target.after).map((value) => [{ path, value }]);
}

function changedWhole(base: Json, path: readonly FieldStep[], value: Json | undefined): readonly Json[] {
  const changed = applyEdits(base, [{ path, value }]);
  return changed === undefined ? [] : [changed];
}

/** Nothing is known but that the field depends on it: it may be the field itself. */
function waysOfWhole(target: Target, { path, kind, current }: ValueCandidate): readonly (readonly Assignment[])[] {
  if (kind === 'flag') return [[{ path, value: current !== true }]];
  const { after } = target;
  if (after === undefined || kind === 'text' || kind === 'number') {
    if (after === undefined || typeof after === 'object') return [[{ path, value: after }]];
    const text = textOf(after);
    const number = kind === 'number' && Number.isFinite(Number(text)) ? [[{ path, value: Number(text) }]] : [];
    return [...number, [{ path, value: text }]];
  }
  return [[{ path, value: after }]];
}
