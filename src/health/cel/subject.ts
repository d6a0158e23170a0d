import type { KubeObject } from '../../object.ts';

/** How large an object is, for what an expression may cost on it. */
export interface CelMeasure {
  /** Items of its longest list, or fields of its widest map. */
  readonly longest: number;
}

/** An object as expressions read it. */
export type CelSubject =
  | ({ readonly kind: 'ready'; readonly variables: Readonly<Record<string, unknown>> } & CelMeasure)
  | ({ readonly kind: 'too-large' } & CelMeasure);

/** Values that an object may hold, and characters of one text, before it is not judged by expressions. */
const valuesLimit = 50_000;
const textLimit = 100_000;

class TooLarge extends Error {}

/**
 * Makes an object ready for expressions: whole numbers become integers, as they are in CEL, which JSON does not
 * tell from others. What the server keeps for itself (`metadata.managedFields`) is left out.
 */
export function celSubject(object: KubeObject): CelSubject {
  let values = 0;
  let longest = 0;
  const convert = (value: unknown): unknown => {
    values += 1;
    if (values > valuesLimit || (typeof value === 'string' && value.length > textLimit)) throw new TooLarge();
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      longest = Math.max(longest, value.length);
      return value.map(convert);
    }
    const entries = Object.entries(value);
    longest = Math.max(longest, entries.length);
    return Object.fromEntries(entries.map(([key, item]) => [key, convert(item)]));
  };
  const { managedFields: _, ...metadata } = object.metadata;
  try {
    const whole = convert({ ...object, metadata }) as Readonly<Record<string, unknown>>;
    const variables = {
      object: whole,
      metadata: whole.metadata,
      spec: whole.spec ?? {},
      status: whole.status ?? {},
    };
    return { kind: 'ready', variables, longest };
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return { kind: 'too-large', longest };
  }
}
