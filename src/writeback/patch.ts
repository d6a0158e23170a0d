import { plumbError } from '../errors.ts';
import { isJsonObject, isSame } from './fields.ts';

/** How a patch is to be read. */
export type PatchType = 'merge' | 'json' | 'apply';

/**
 * A value with a patch made to it; the value itself stays as it is.
 * `merge`: RFC 7396. `json`: RFC 6902. `apply`: what the patch names, lists of named items item by item.
 * @throws PlumbError `writeback.patch-invalid`
 */
export function patched(value: unknown, type: PatchType, patch: unknown): unknown {
  switch (type) {
    case 'merge':
      return mergePatched(value, patch);
    case 'json':
      return jsonPatched(value, patch);
    case 'apply':
      return overlaid(value, patch);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function mergePatched(value: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(Object.entries(isJsonObject(value) ? value : {}) as [string, unknown][]);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) result.delete(name);
    else result.set(name, mergePatched(result.get(name), change));
  }
  return Object.fromEntries(result);
}

function overlaid(value: unknown, patch: unknown): unknown {
  if (isJsonObject(value) && isJsonObject(patch)) {
    const result = new Map(Object.entries(value) as [string, unknown][]);
    for (const [name, change] of Object.entries(patch)) result.set(name, overlaid(result.get(name), change));
    return Object.fromEntries(result);
  }
  const [before, after] = [named(value), named(patch)];
  if (before === undefined || after === undefined) return patch;
  const items = new Map(before);
  for (const [name, item] of after) items.set(name, overlaid(items.get(name), item) as Fields);
  return [...items.values()];
}

function named(list: unknown): ReadonlyMap<string, Fields> | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = new Map<string, Fields>();
  for (const item of list as readonly unknown[]) {
    if (!isJsonObject(item) || typeof item['name'] !== 'string' || items.has(item['name'])) return undefined;
    items.set(item['name'], item);
  }
  return items;
}

function invalid(step: number, message: string): Error {
  return plumbError('writeback.patch-invalid', message, { where: { field: `[${step}]` } });
}

function jsonPatched(value: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw plumbError('writeback.patch-invalid', 'a JSON patch is a list of steps');
  let result: unknown = structuredClone(value);
  for (const [number, step] of (patch as readonly unknown[]).entries()) result = stepped(result, step, number);
  return result;
}

function stepped(value: unknown, step: unknown, number: number): unknown {
  if (!isJsonObject(step)) throw invalid(number, 'a step is an object with op and path');
  const path = pointer(step['path'], number);
  const { op } = step as { readonly op?: unknown };
  switch (op) {
    case 'add':
      return inserted(value, path, structuredClone(step['value']), number);
    case 'remove':
      return taken(value, path, number).rest;
    case 'replace': {
      const { rest } = taken(value, path, number);
      return inserted(rest, path, structuredClone(step['value']), number);
    }
    case 'move': {
      const from = pointer(step['from'], number);
      if (path.length > from.length && isSame(path.slice(0, from.length), from))
        throw invalid(number, 'a value cannot be moved into itself');
      const { rest, found } = taken(value, from, number);
      return inserted(rest, path, found, number);
    }
    case 'copy':
      return inserted(value, path, structuredClone(read(value, pointer(step['from'], number), number)), number);
    case 'test':
      if (isSame(read(value, path, number), step['value'])) return value;
      throw plumbError('writeback.patch-test', 'the field is not what the step `test` says', {
        where: { field: `/${path.join('/')}` },
      });
    default:
      throw invalid(number, 'op is one of add, remove, replace, move, copy and test');
  }
}

function pointer(text: unknown, number: number): readonly string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/')))
    throw invalid(number, 'a path is empty or begins with /');
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(value: unknown, path: readonly string[], number: number): unknown {
  let current = value;
  for (const name of path) {
    if (Array.isArray(current)) current = (current as readonly unknown[])[position(current, name, number, 'read')];
    else if (isJsonObject(current) && Object.hasOwn(current, name)) current = current[name];
    else throw invalid(number, `there is nothing at /${path.join('/')}`);
  }
  return current;
}

function position(list: readonly unknown[], name: string, number: number, use: 'read' | 'insert'): number {
  if (use === 'insert' && name === '-') return list.length;
  const index = /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : Number.NaN;
  if (index < list.length || (use === 'insert' && index === list.length)) return index;
  throw invalid(number, `the list has no item ${name}`);
}

function inserted(value: unknown, path: readonly string[], item: unknown, number: number): unknown {
  const last = path.at(-1);
  if (last === undefined) return item;
  const parent = read(value, path.slice(0, -1), number);
  if (Array.isArray(parent)) parent.splice(position(parent, last, number, 'insert'), 0, item);
  else if (isJsonObject(parent)) define(parent, last, item);
  else throw invalid(number, `nothing can be put at /${path.join('/')}`);
  return value;
}

/** As a field of its own whatever its name is: `__proto__` is one as well. */
function define(parent: object, name: string, value: unknown): void {
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}

function taken(
  value: unknown,
  path: readonly string[],
  number: number,
): { readonly rest: unknown; readonly found: unknown } {
  const found = read(value, path, number);
  const last = path.at(-1);
  if (last === undefined) return { rest: undefined, found };
  const parent = read(value, path.slice(0, -1), number);
  if (Array.isArray(parent)) parent.splice(position(parent, last, number, 'read'), 1);
  else Reflect.deleteProperty(parent as object, last);
  return { rest: value, found };
}
