import type { Json, JsonObject } from '../../../object.ts';
import { applyEdits, isList, isObject, valueAt } from '../field-path.ts';
import { type ChartValues, deciderOf } from './read-values.ts';
import { untilList, type ValuePath } from './value-path.ts';

/** A value that may be behind a field. */
export interface ValueCandidate {
  readonly path: ValuePath;
  /** What it is now; undefined where only a template names it. */
  readonly current: Json | undefined;
  readonly kind: 'text' | 'number' | 'flag' | 'map' | 'list' | 'unset';
  /** What is looked for in the rendered field; the same for no other candidate. */
  readonly mark: string;
}

/** The values of a chart, by whether a file can change them. */
export interface ValueCandidates {
  readonly open: readonly ValueCandidate[];
  /** Those that the Application itself sets: no file changes them. */
  readonly fixed: readonly (ValueCandidate & { readonly by: 'inline' | 'parameter' })[];
}

/** Every value that a chart has, or that its templates ask for. */
export function candidatesIn(values: ChartValues): ValueCandidates {
  const open: ValueCandidate[] = [];
  const fixed: (ValueCandidate & { readonly by: 'inline' | 'parameter' })[] = [];
  const add = (path: ValuePath, current: Json | undefined): void => {
    const candidate = candidateOf(path, current, open.length + fixed.length);
    const decider = deciderOf(values.layers, path);
    if (decider?.kind === 'inline' || decider?.kind === 'parameter') fixed.push({ ...candidate, by: decider.kind });
    else open.push(candidate);
  };
  walk(values.effective, [], add);
  const known = new Set([...open, ...fixed].map(({ path }) => JSON.stringify(path)));
  for (const path of values.read) {
    if (known.has(JSON.stringify(path)) || !mayBeSet(values.effective, path)) continue;
    add(path, undefined);
  }
  return { open, fixed };
}

function walk(value: Json, path: ValuePath, add: (path: ValuePath, current: Json) => void): void {
  if (path.length > 0) add(path, value);
  if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) if (inner !== undefined) walk(inner, [...path, name], add);
  } else if (isList(value)) {
    for (const [index, inner] of value.entries()) walk(inner, [...path, index], add);
  }
}

/** Only below a map, or below nothing, can a value be added. */
function mayBeSet(effective: JsonObject, path: ValuePath): boolean {
  for (let length = 1; length < path.length; length++) {
    const above = valueAt(effective, path.slice(0, length));
    if (above !== undefined && above !== null && !isObject(above)) return false;
  }
  return true;
}

/** Numbers stay below a million: Go writes larger ones otherwise. */
const firstNumber = 300_000;

function candidateOf(path: ValuePath, current: Json | undefined, index: number): ValueCandidate {
  const kind = kindOf(current);
  const mark = kind === 'number' ? String(firstNumber + index) : `plumb${index}x`;
  return { path, current, kind, mark };
}

function kindOf(current: Json | undefined): ValueCandidate['kind'] {
  if (current === undefined || current === null || current === '') return 'unset';
  if (typeof current === 'number') return 'number';
  if (typeof current === 'boolean') return 'flag';
  if (isList(current)) return 'list';
  return isObject(current) ? 'map' : 'text';
}

/**
 * The values of one file, changed so that every one of the candidates bears its mark: texts and numbers become it, maps
 * and lists get it as one item more, and flags are turned round, which alone cannot be told apart in what is rendered.
 */
export function markedValues(
  candidates: readonly ValueCandidate[],
  effective: JsonObject,
  inFile: JsonObject,
): JsonObject {
  const edits = candidates.map(({ path, current, kind, mark }) => {
    if (kind === 'map') return { path: [...path, mark], value: mark };
    if (kind === 'list') return { path: [...path, isList(current) ? current.length : 0], value: mark };
    if (kind === 'number') return { path, value: Number(mark) };
    return { path, value: kind === 'flag' ? current !== true : mark };
  });
  const marked = applyEdits(effective, edits);
  const tops = edits.map(({ path }) => untilList(path));
  const changed = applyEdits(
    inFile,
    tops.map((path) => ({ path, value: valueAt(marked, path) })),
  );
  return isObject(changed) ? changed : {};
}
