import { hash } from 'node:crypto';

/** SHA-256 of a text, in the 43 characters of base64url. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

/**
 * A JSON value as the one text that all equal values share: keys sorted, nothing between them. Fields
 * that are undefined are left out, as in JSON.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    let text = '[';
    for (let index = 0; index < value.length; index++) {
      if (index > 0) text += ',';
      text += canonical(value[index]);
    }
    return `${text}]`;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name of sortedKeys(fields)) {
    const field = fields[name];
    if (field === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(name)}:${canonical(field)}`;
  }
  return `${text}}`;
}

/** The keys of an object in code unit order; quick where they already stand in it, as the server's do. */
export function sortedKeys(fields: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(fields);
  for (let index = 1; index < names.length; index++) {
    if ((names[index - 1] ?? '') > (names[index] ?? '')) return names.toSorted();
  }
  return names;
}
