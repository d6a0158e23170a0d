import { posix } from 'node:path';
import type { FileChange } from '../../../git/index.ts';
import type { Json } from '../../../object.ts';
import { fieldOf, isList, isObject } from '../field-path.ts';
import { readText, textChange } from '../files.ts';
import type { Candidate, FieldEdit, PlaceContext, Unit } from '../types.ts';
import { editKustomization, itemsOf, type Kustomization, readKustomization, textIn } from './kustomization.ts';
import { isInside } from '../within.ts';
import { cannot } from '../edit/nodes.ts';
import { type GeneratorEntry, generatorFor } from './target.ts';

/** Whether an edit is about one entry of what a generator makes. */
export function isDataEdit({ path }: FieldEdit): boolean {
  return path.length === 2 && path[0] === 'data' && typeof path[1] === 'string';
}

/** Ways of changing what a generator makes: at the generator, or by one of the overlay that is merged into it. */
export async function* generatorCandidates(
  root: Kustomization,
  { edits, rendered }: Unit,
  context: PlaceContext,
): AsyncGenerator<Candidate> {
  const file = rendered?.origin.file;
  if (rendered === undefined || file === undefined || !edits.every(isDataEdit)) return;
  const inRoot = generatorFor(root, rendered.object);
  if (inRoot !== undefined) yield atGenerator(root, inRoot, edits, context);
  const owner = await readKustomization(context.tree, posix.dirname(file));
  const found = owner === undefined ? undefined : generatorFor(owner, rendered.object);
  if (owner === undefined || found === undefined || owner.folder === root.folder) return;
  if (isInside(owner.folder, context.path)) yield atGenerator(owner, found, edits, context);
  if (inRoot === undefined) yield merged(root, found, edits, context);
}

function atGenerator(
  owner: Kustomization,
  found: GeneratorEntry,
  edits: readonly FieldEdit[],
  context: PlaceContext,
): Candidate {
  return {
    explanation: `edits ${keysOf(edits)} of the generator ${textIn(found.entry, 'name') ?? ''} in ${owner.file}`,
    write: async () => changesAt(owner, found, edits, context),
  };
}

function merged(
  root: Kustomization,
  { list, entry }: GeneratorEntry,
  edits: readonly FieldEdit[],
  context: PlaceContext,
): Candidate {
  const name = textIn(entry, 'name') ?? '';
  const namespace = textIn(entry, 'namespace');
  const begun = { name, ...(namespace === undefined ? {} : { namespace }), behavior: 'merge' };
  const index = itemsOf(root, list).length;
  return {
    explanation: `adds a generator that is merged into ${name} to ${root.file}`,
    write: async () => changesAt(root, { list, index, entry: begun }, edits, context),
  };
}

function keysOf(edits: readonly FieldEdit[]): string {
  return edits.map(keyOf).join(', ');
}

function keyOf({ path: [, key] }: FieldEdit): string {
  return typeof key === 'string' ? key : '';
}

/** What the edits come to, entry by entry; those of the kustomization itself together. */
async function changesAt(
  owner: Kustomization,
  { list, index, entry }: GeneratorEntry,
  edits: readonly FieldEdit[],
  context: PlaceContext,
): Promise<readonly FileChange[]> {
  const files = new Map<string, FileChange>();
  let fields: Json = entry;
  const own: FieldEdit[] = [];
  const isNew = itemsOf(owner, list)[index] === undefined;
  for (const edit of edits) {
    const step = await entryChange(owner, fields, keyOf(edit), edit.value, context);
    if (step.file !== undefined) files.set(step.file.path, step.file);
    if (step.fields !== undefined) fields = step.fields;
  }
  if (isNew || fields !== entry) own.push({ path: [list, index], value: fields });
  return [...files.values(), ...(own.length === 0 ? [] : [editKustomization(owner, own)])];
}

interface EntryChange {
  /** A file that holds a value. */
  readonly file?: FileChange;
  /** The generator's entry, where it becomes another one. */
  readonly fields?: Json;
}

async function entryChange(
  owner: Kustomization,
  entry: Json,
  key: string,
  value: Json | undefined,
  { tree }: PlaceContext,
): Promise<EntryChange> {
  if (value !== undefined && typeof value !== 'string') throw cannot(`${key} would be no text`);
  const literal = textsIn(entry, 'literals').findIndex((each) => each.split('=', 1)[0] === key);
  if (literal >= 0 && isOneLine(value))
    return { fields: withItem(entry, 'literals', literal, value && literalOf(key, value)) };
  const files = textsIn(entry, 'files');
  const index = files.findIndex((each) => keyAndFile(each)[0] === key);
  const path = posix.join(owner.folder, keyAndFile(files[index] ?? '')[1]);
  if (index >= 0 && value === undefined) return { fields: withItem(entry, 'files', index, undefined) };
  if (index >= 0) return { file: textChange((await readText(tree, path)).path, value) };
  const inEnv = await envChange(owner, entry, key, value, tree);
  if (inEnv !== undefined) return { file: inEnv };
  if (value === undefined)
    throw cannot(`${key} comes from a generator that others use, and a merge takes nothing away`);
  if (literal < 0 && isOneLine(value)) return { fields: withItem(entry, 'literals', -1, literalOf(key, value)) };
  const file = posix.join(owner.folder, key);
  if (literal >= 0 || (await tree.stat(file)) !== undefined)
    throw cannot(`${key} has several lines, and no file of its own`);
  return { file: textChange(file, value), fields: withItem(entry, 'files', -1, key) };
}

function isOneLine(value: string | undefined): boolean {
  return value === undefined || !/[\r\n]/.test(value);
}

/** Kustomize takes quotes at both ends away. */
function literalOf(key: string, value: string): string {
  const quote = /^(['"]).*\1$/.exec(value)?.[1];
  if (quote === undefined) return `${key}=${value}`;
  const other = quote === '"' ? "'" : '"';
  return `${key}=${other}${value}${other}`;
}

function keyAndFile(entry: string): readonly [key: string, file: string] {
  const at = entry.indexOf('=');
  return at < 0 ? [posix.basename(entry), entry] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** A line `key=value` of a file of them. */
async function envChange(
  { folder }: Kustomization,
  entry: Json,
  key: string,
  value: string | undefined,
  tree: PlaceContext['tree'],
): Promise<FileChange | undefined> {
  const single = textIn(entry, 'env');
  for (const name of [...textsIn(entry, 'envs'), ...(single === undefined ? [] : [single])]) {
    const { path, text } = await readText(tree, posix.join(folder, name));
    const lines = text.split('\n');
    const index = lines.findIndex((line) => line.split('=', 1)[0]?.trim() === key && line.includes('='));
    if (index < 0 || !isOneLine(value)) continue;
    const ending = lines[index]?.endsWith('\r') === true ? '\r' : '';
    return textChange(
      path,
      lines.toSpliced(index, 1, ...(value === undefined ? [] : [`${key}=${value}${ending}`])).join('\n'),
    );
  }
  return undefined;
}

function textsIn(entry: Json, name: string): readonly string[] {
  const items = isObject(entry) ? fieldOf(entry, name) : undefined;
  return isList(items) ? items.filter((item) => typeof item === 'string') : [];
}

/** With one item of a list set, added (-1) or, undefined, taken away; a list goes with its last item. */
function withItem(entry: Json, name: string, index: number, item: string | undefined): Json {
  const items = textsIn(entry, name);
  const changed =
    index < 0
      ? [...items, ...(item === undefined ? [] : [item])]
      : items.toSpliced(index, 1, ...(item === undefined ? [] : [item]));
  const { [name]: _, ...rest } = isObject(entry) ? entry : {};
  if (changed.length === 0) return rest;
  return isObject(entry) ? { ...entry, [name]: changed } : { [name]: changed };
}
