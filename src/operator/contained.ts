import type { KubeObject } from '../object.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether a live object has all that a file says of it. What the server fills in besides is no difference, nor is a
 * quantity or a number in another spelling, nor an empty value that the server leaves out.
 */
export function contains(live: KubeObject, file: KubeObject): boolean {
  const { status: _status, metadata, ...rest } = file;
  const { namespace: _namespace, finalizers: _finalizers, ...meta } = metadata;
  return hasAll(live, rest) && hasAll(live.metadata, meta);
}

function hasAll(live: unknown, wanted: unknown): boolean {
  if (isEmpty(wanted)) return isEmpty(live) || typeof live === 'object';
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && hasItems(live as unknown[], wanted as unknown[]);
  }
  if (typeof wanted === 'object') {
    return isFields(live) && Object.entries(wanted as Fields).every(([name, value]) => hasAll(live[name], value));
  }
  return live === wanted || isSameQuantity(live, wanted);
}

/** In any order: the server may sort a list that it keeps by keys. */
function hasItems(live: readonly unknown[], wanted: readonly unknown[]): boolean {
  const left = [...live];
  return wanted.every((item) => {
    const index = left.findIndex((one) => hasAll(one, item));
    if (index < 0) return false;
    left.splice(index, 1);
    return true;
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

const factors: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore

function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const parts =
    typeof value === 'string'
      ? /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(value)
      : null;
  return parts === null ? undefined : Number(parts[1]) * (factors[parts[2] ?? ''] ?? Number.NaN);
}

function isSameQuantity(live: unknown, wanted: unknown): boolean {
  const one = quantity(live);
  const other = quantity(wanted);
  return one !== undefined && other !== undefined && Math.abs(one - other) <= Math.abs(other) * 1e-12;
}

/**
 * Whether a field that was taken out of the file is gone from the live object: nobody who applies it owns it any more. A
 * default that the server puts into its place is owned by nobody.
 */
export function isGone(live: KubeObject, path: readonly string[]): boolean {
  let value: unknown = live;
  for (const step of path) value = isFields(value) ? value[step] : undefined;
  if (value === undefined) return true;
  return !(live.metadata.managedFields ?? []).some(
    ({ operation, fieldsV1 }) => operation === 'Apply' && owns(fieldsV1, path),
  );
}

function owns(fields: unknown, path: readonly string[]): boolean {
  let at: unknown = fields;
  for (const step of path) at = isFields(at) ? at[`f:${step}`] : undefined;
  return at !== undefined;
}
