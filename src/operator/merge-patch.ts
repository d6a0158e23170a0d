import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What makes one object the other, as a JSON merge patch (RFC 7386): null takes a field away, lists are replaced. */
export function mergePatch(before: Fields, after: Fields): Fields {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]];
    if (isDeepStrictEqual(was, is)) continue;
    patch[name] = isFields(was) && isFields(is) ? mergePatch(was, is) : (is ?? null);
  }
  return patch;
}
