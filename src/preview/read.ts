/** A JSON object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; empty where it is none: what a manifest holds may have any form. */
export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const found = valueAt(value, ...path);
  return found !== null && typeof found === 'object' && !Array.isArray(found) ? (found as Fields) : {};
}

/** The items of a list that are objects. */
export function itemsAt(value: unknown, ...path: readonly string[]): readonly Fields[] {
  const found = valueAt(value, ...path);
  if (!Array.isArray(found)) return [];
  return found.filter((item): item is Fields => item !== null && typeof item === 'object' && !Array.isArray(item));
}

/** The texts of a list. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : [];
}

/** A value as text for people. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const step of path) {
    if (found === null || typeof found !== 'object' || Array.isArray(found)) return undefined;
    found = (found as Fields)[step];
  }
  return found;
}
