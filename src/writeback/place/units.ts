import { isDeepStrictEqual } from 'node:util';
import { plumbError } from '../../errors.ts';
import { guessedKeyFields } from '../../list-keys.ts';
import { formatKey, type Json, keyOf, type KubeObject } from '../../object.ts';
import { editsBetween } from './edits-between.ts';
import { applyEdits, isList, isObject, valueAt } from './field-path.ts';
import { refusePlainSecrets } from './refuse-secrets.ts';
import type { FieldEdit, FieldStep, RenderedObject, Unit, Wish } from './types.ts';

/**
 * The edits that a wish comes to, for an object as it is rendered now: as deep as they can be, without those that change
 * nothing, and with items named by their keys where they have some. Undefined where nothing is left.
 * @throws PlumbError `writeback.cannot-place` where the object would become another one; `writeback.plain-secret`
 */
export function unitOf(wish: Wish, rendered: RenderedObject | undefined): Unit | undefined {
  const before = rendered?.object as Json | undefined;
  const after = applyEdits(before, wish.edits);
  if (isDeepStrictEqual(before, after)) return undefined;
  if (after !== undefined) {
    checkIdentity(wish, after, rendered);
    refusePlainSecrets(before, after, wish.edits);
  }
  if (before === undefined || after === undefined) {
    return { key: wish.key, edits: [{ path: [], value: after }], rendered };
  }
  return { key: wish.key, edits: deepEdits(before, wish.edits), rendered };
}

function checkIdentity({ key }: Wish, after: Json, rendered: RenderedObject | undefined): void {
  const where = { object: formatKey(key) };
  const { apiVersion, kind, metadata } = isObject(after) ? after : {};
  if (
    typeof apiVersion !== 'string' ||
    typeof kind !== 'string' ||
    !isObject(metadata) ||
    typeof metadata['name'] !== 'string'
  ) {
    throw plumbError('writeback.cannot-place', 'apiVersion, kind or metadata.name would be missing', { where });
  }
  const became = keyOf(after as KubeObject);
  const was = rendered === undefined ? { ...key, namespace: became.namespace } : keyOf(rendered.object);
  if (!isDeepStrictEqual(became, was)) {
    const message = `it would become another object, ${formatKey(became)}`;
    const hint = 'Ask for the new object to be made and for the old one to be removed.';
    throw plumbError('writeback.cannot-place', message, { where, hint });
  }
}

function deepEdits(before: Json, edits: readonly FieldEdit[]): FieldEdit[] {
  let current: Json | undefined = before;
  const deep: FieldEdit[] = [];
  for (const { path, value } of edits) {
    for (const edit of editsBetween(valueAt(current, path), value, path)) {
      const keyed = { path: keyedPath(current, edit), value: edit.value };
      const next = applyEdits(current, [keyed]);
      if (!isDeepStrictEqual(next, current)) deep.push(keyed);
      current = next;
    }
  }
  return deep;
}

/** The path with indexes replaced by keys, since a file may have the items at other indexes. */
function keyedPath(root: Json | undefined, { path, value }: FieldEdit): FieldStep[] {
  return path.map((step, depth) => {
    if (typeof step !== 'number') return step;
    const items = valueAt(root, path.slice(0, depth));
    if (!isList(items)) return step;
    const item = items[step] ?? (depth === path.length - 1 ? value : undefined);
    const others = items.filter((_, index) => index !== step);
    const fields = item === undefined ? undefined : guessedKeyFields([item, ...others]);
    if (fields === undefined || !isObject(item)) return step;
    const known = fields.flatMap((field) => {
      const found = item[field];
      return typeof found === 'string' || typeof found === 'number' ? [[field, found] as const] : [];
    });
    return Object.fromEntries(known);
  });
}
