import type { Problem } from '../errors.ts';
import { mergeText } from '../git/index.ts';
import { formatKey, type KubeObject, keyOf } from '../object.ts';
import { isSecret } from '../secret-mask.ts';
import { type ObjectFile, type PlacedObject, readFile, withObject } from './document.ts';
import { isSame } from './fields.ts';
import { type FieldConflict, type ListRules, mergeFields } from './merge.ts';

/** Three versions of one file; undefined where there is none. */
export interface ThreeFiles {
  readonly path: string;
  /** As the commit that is undone left it. */
  readonly base: Uint8Array | undefined;
  /** As it is now. */
  readonly ours: Uint8Array | undefined;
  /** As it was before the commit. */
  readonly wanted: Uint8Array | undefined;
}

/** Tells what tells the items of the lists of an object apart; undefined where that is not known. */
export type RulesOf = (
  object: Pick<KubeObject, 'apiVersion' | 'kind'>,
  signal: AbortSignal,
) => Promise<ListRules | undefined>;

/** What three versions come to. */
export type MergedFile =
  | { readonly kind: 'merged'; readonly content: Uint8Array | undefined }
  | { readonly kind: 'conflict'; readonly problems: readonly Omit<Problem, 'code'>[] };

/**
 * Joins what is there now with the way back from the base to what was before: field by field, else line by line.
 * @param rulesOf items of lists are told apart by their names where it is left out
 */
export async function mergeFile(
  { path, base, ours, wanted }: ThreeFiles,
  signal: AbortSignal,
  rulesOf: RulesOf = async () => undefined,
): Promise<MergedFile> {
  if (isEqual(ours, base) || isEqual(ours, wanted)) return { kind: 'merged', content: wanted };
  if (ours === undefined) return conflict(path, 'this file was removed since');
  if (base === undefined) return conflict(path, 'this file was made anew since');
  if (wanted === undefined) return conflict(path, 'this file was changed since, and the revert would remove it');
  const lines = await mergeText({ base, ours, theirs: wanted }, signal);
  const files = readAll(path, [base, ours, wanted]);
  if (files === undefined) {
    return lines === undefined
      ? conflict(path, 'the same lines were changed since')
      : { kind: 'merged', content: lines };
  }
  const rules = new Map<string, ListRules | undefined>();
  for (const placed of files[1].objects) rules.set(nameOf(placed), await rulesOf(placed.object, signal));
  return mergeObjects(files, lines, rules);
}

function isEqual(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.from(one).equals(other);
}

function conflict(file: string, message: string): MergedFile {
  return { kind: 'conflict', problems: [{ message, where: { file } }] };
}

type Three = readonly [base: ObjectFile, ours: ObjectFile, wanted: ObjectFile];

/** The three versions as objects; undefined where they are none, or not the same ones. */
function readAll(path: string, contents: readonly [Uint8Array, Uint8Array, Uint8Array]): Three | undefined {
  if (!/\.(?:json|ya?ml)$/.test(path)) return undefined;
  try {
    const [base, ours, wanted] = contents;
    const files: Three = [readFile(path, base), readFile(path, ours), readFile(path, wanted)];
    const [names, ...others] = files.map(namesIn);
    const isWhole = files.every(
      ({ objects, documents }) => new Set(objects.map(nameOf)).size === objects.length && documents > 0,
    );
    return isWhole && names !== '[]' && others.every((each) => each === names) ? files : undefined;
  } catch {
    return undefined;
  }
}

function nameOf({ object }: PlacedObject): string {
  return formatKey(keyOf(object));
}

function namesIn({ objects }: ObjectFile): string {
  return JSON.stringify(objects.map(nameOf).toSorted());
}

function mergeObjects(
  [base, ours, wanted]: Three,
  lines: Uint8Array | undefined,
  rules: ReadonlyMap<string, ListRules | undefined>,
): MergedFile {
  const problems: Omit<Problem, 'code'>[] = [];
  const merged = new Map<string, KubeObject>();
  for (const placed of ours.objects) {
    const name = nameOf(placed);
    const { value, conflicts } = mergeFields<KubeObject | undefined>(
      find(base, name),
      find(wanted, name),
      placed.object,
      rules.get(name),
    );
    if (value !== undefined) merged.set(name, value);
    for (const each of conflicts) problems.push(problemOf(ours.path, placed.object, each));
  }
  if (problems.length > 0) return { kind: 'conflict', problems };
  if (lines !== undefined && holdsExactly(ours.path, lines, merged)) return { kind: 'merged', content: lines };
  let file = ours;
  for (const [name, object] of merged) {
    const placed = file.objects.find((each) => nameOf(each) === name);
    if (placed === undefined) continue;
    file = readFile(file.path, Buffer.from(withObject(file, placed, object)));
  }
  return { kind: 'merged', content: Buffer.from(file.text) };
}

function find(file: ObjectFile, name: string): KubeObject | undefined {
  return file.objects.find((placed) => nameOf(placed) === name)?.object;
}

/** The lines keep comments and order; they count where they say the same as the fields. */
function holdsExactly(path: string, lines: Uint8Array, merged: ReadonlyMap<string, KubeObject>): boolean {
  try {
    const { objects } = readFile(path, lines);
    return (
      objects.length === merged.size && objects.every((placed) => isSame(placed.object, merged.get(nameOf(placed))))
    );
  } catch {
    return false;
  }
}

const longestValue = 200;

function problemOf(file: string, object: KubeObject, { field, ours, theirs }: FieldConflict): Omit<Problem, 'code'> {
  const hidden = isSecret(object) && /^(?:data|stringData)(?:$|[.[])/.test(field);
  const shown = (value: unknown): string => {
    if (value === undefined) return 'not there';
    if (hidden) return '***';
    const text = JSON.stringify(value);
    return text.length <= longestValue ? text : `${text.slice(0, longestValue)}…`;
  };
  return {
    message: `this field was changed since: it is ${shown(theirs)} now, and would be ${shown(ours)} again`,
    where: { file, object: formatKey(keyOf(object)), field },
  };
}
