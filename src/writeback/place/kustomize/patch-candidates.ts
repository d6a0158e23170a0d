import { posix } from 'node:path';
import { groupOf, type Json, type JsonObject } from '../../../object.ts';
import { editDocument } from '../edit/edit-document.ts';
import { formatFieldPath, isList, isObject, valueAt } from '../field-path.ts';
import { textChange } from '../files.ts';
import { manifestText } from '../manifest.ts';
import type { Candidate, FieldEdit, PlaceContext, Unit } from '../types.ts';
import { operationsFor, pointerOf } from './json-patch.ts';
import { editKustomization, itemsOf, type Kustomization, textIn } from './kustomization.ts';
import { type ExistingPatch, isOperations, patchesFor } from './patches.ts';
import { deletionPatch, newPatch, patchEdits, type Removal } from './strategic-merge.ts';
import type { Target } from './target.ts';

/** What is needed to write a unit as a patch. */
export interface PatchInput {
  readonly root: Kustomization;
  readonly target: Target;
  readonly unit: Unit;
  readonly context: PlaceContext;
}

/** Ways of writing edits down as patches of the overlay: in one that there is, or in a new one. */
export async function* patchCandidates(input: PatchInput): AsyncGenerator<Candidate> {
  const { root, target, context, unit } = input;
  const object = unit.rendered?.object as Json | undefined;
  if (object === undefined) return;
  const existing = await patchesFor(root, target, context.tree);
  const merges = existing.filter((patch) => isObject(patch.value));
  const operations = existing.filter(isOperations);
  for (const patch of merges) if (setsAny(patch, object, unit)) yield inMerge(patch, object, unit, 'unset');
  for (const patch of operations) {
    const changed = changedOperations(patch, object, unit);
    if (changed !== undefined) yield inText(patch, unit, () => changed);
  }
  for (const patch of merges) yield inMerge(patch, object, unit, 'delete');
  for (const patch of operations) yield inText(patch, unit, () => moreOperations(patch, object, unit));
  for (const name of target.names) yield newMerge(input, object, name);
  for (const name of target.names) yield newOperations(input, object, name);
}

/** Takes an object away by a patch, since its file belongs to others too. */
export function* deletionCandidates({ root, target, context }: Omit<PatchInput, 'unit'>): Generator<Candidate> {
  for (const name of target.names) {
    yield added(root, target, name, () => deletionPatch(target, name), context, 'that removes the object');
  }
}

function setsAny({ value }: ExistingPatch, object: Json, { edits }: Unit): boolean {
  return patchEdits(object, edits, 'unset').some(({ path }) => valueAt(value, path) !== undefined);
}

function inMerge(patch: ExistingPatch, object: Json, unit: Unit, removal: Removal): Candidate {
  return inText(patch, unit, () => patchEdits(object, unit.edits, removal));
}

function inText(
  { place, text, document, write }: ExistingPatch,
  unit: Unit,
  edits: () => readonly FieldEdit[],
): Candidate {
  return {
    explanation: `edits ${fieldsOf(unit)} in ${place}`,
    write: async () => write(editDocument(text, document, edits())),
  };
}

function fieldsOf({ edits }: Unit): string {
  return edits.map(({ path }) => formatFieldPath(path)).join(', ');
}

/** The edits where operations of the patch set the same fields already, or something around them. */
function changedOperations({ value }: ExistingPatch, object: Json, { edits }: Unit): FieldEdit[] | undefined {
  const found: FieldEdit[] = [];
  for (const [index, operation] of operationsFor(object, edits).entries()) {
    const at = isList(value) ? value.findLastIndex((each) => covers(each, operation.path)) : -1;
    const old = isList(value) ? value[at] : undefined;
    const edit = edits[index];
    if (at < 0 || old === undefined || edit === undefined) return undefined;
    const inside = operation.path
      .slice(textIn(old, 'path')?.length ?? 0)
      .split('/')
      .slice(1);
    if (inside.length > 0) found.push({ path: [at, 'value', ...inside.map(unescaped)], value: edit.value });
    else if (operation.op === 'remove') found.push({ path: [at], value: undefined });
    else found.push({ path: [at, 'value'], value: operation.value });
  }
  return found;
}

function covers(operation: Json, pointer: string): boolean {
  const path = textIn(operation, 'path');
  const op = textIn(operation, 'op');
  if (path === undefined || (op !== 'add' && op !== 'replace')) return false;
  return path === pointer || pointer.startsWith(`${path}/`);
}

function unescaped(step: string): string | number {
  return /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function moreOperations({ value }: ExistingPatch, object: Json, { edits }: Unit): FieldEdit[] {
  const count = isList(value) ? value.length : 0;
  return operationsFor(object, edits).map((operation, index) => ({
    path: [count + index],
    value: operation as JsonObject,
  }));
}

function newMerge({ root, target, unit, context }: PatchInput, object: Json, name: string): Candidate {
  const patch = () => newPatch(target, name, patchEdits(object, unit.edits, 'delete'));
  return added(root, target, name, patch, context, `for ${fieldsOf(unit)}`);
}

/** Adds a strategic merge patch: as a file where the kustomization has its patches in files, or else inline. */
function added(
  root: Kustomization,
  target: Target,
  name: string,
  patch: () => Json,
  { tree }: PlaceContext,
  purpose: string,
): Candidate {
  const entries = itemsOf(root, 'patches');
  const sample = entries.map((entry) => textIn(entry, 'path')).find((path) => path !== undefined);
  const explanation = `adds a patch ${purpose} to ${root.file}`;
  if (sample === undefined) {
    const like = root.text.replaceAll('\r\n', '\n');
    const value = () => ({ patch: manifestText(patch(), false, like) });
    return {
      explanation,
      write: async () => [editKustomization(root, [{ path: ['patches', entries.length], value: value() }])],
    };
  }
  return {
    explanation,
    async write() {
      const file = await freeName(tree, root.folder, sample, target, name);
      const content = sample.endsWith('.json') ? manifestText(patch(), true) : manifestText(patch(), false, root.text);
      const value = { path: posix.relative(root.folder, file) };
      return [textChange(file, content), editKustomization(root, [{ path: ['patches', entries.length], value }])];
    },
  };
}

/** A name for a file of a patch, beside the others. */
async function freeName(
  tree: PlaceContext['tree'],
  folder: string,
  sample: string,
  { kind }: Target,
  name: string,
): Promise<string> {
  const beside = posix.join(folder, posix.dirname(sample));
  const base = `${kind.toLowerCase()}-${name.replaceAll(/[^\w.-]/g, '-')}`;
  const inPatches = posix.basename(beside).includes('patch');
  for (let number = 1; ; number += 1) {
    const stem = (inPatches ? base : `patch-${base}`) + (number === 1 ? '' : `-${number}`);
    const file = posix.join(beside, stem + posix.extname(sample));
    if ((await tree.stat(file)) === undefined) return file;
  }
}

function newOperations({ root, target, unit }: PatchInput, object: Json, name: string): Candidate {
  const operations = operationsFor(object, unit.edits) as readonly JsonObject[];
  const group = groupOf(target.apiVersion);
  const version = target.apiVersion.slice(group === '' ? 0 : group.length + 1);
  const selector = { ...(group === '' ? {} : { group }), version, kind: target.kind, name };
  const value = { target: selector, patch: manifestText(operations, false, root.text.replaceAll('\r\n', '\n')) };
  const pointers = unit.edits.length === 1 ? (textIn(operations[0], 'path') ?? pointerOf([])) : fieldsOf(unit);
  return {
    explanation: `adds a JSON patch for ${pointers} to ${root.file}`,
    write: async () => [editKustomization(root, [{ path: ['patches', itemsOf(root, 'patches').length], value }])],
  };
}
