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

interface Converter extends CelMeasure {
  /** @throws TooLarge */
  readonly convert: (value: unknown) => unknown;
}

/** Counts what it converts. */
function createConverter(): Converter {
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
  return {
    convert,
    get longest() {
      return longest;
    },
  };
}

/** What the server keeps for itself is left out. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function subjectOf(variablesBy: (convert: Converter['convert']) => Readonly<Record<string, unknown>>): CelSubject {
  const converter = createConverter();
  try {
    const variables = variablesBy(converter.convert);
    return { kind: 'ready', variables, longest: converter.longest };
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return { kind: 'too-large', longest: converter.longest };
  }
}

/**
 * Makes an object ready for expressions: whole numbers become integers, as they are in CEL, which JSON does not
 * tell from others. What the server keeps for itself (`metadata.managedFields`) is left out.
 */
export function celSubject(object: KubeObject): CelSubject {
  return subjectOf((convert) => {
    const whole = convert(withoutManagedFields(object)) as Readonly<Record<string, unknown>>;
    return { object: whole, metadata: whole.metadata, spec: whole.spec ?? {}, status: whole.status ?? {} };
  });
}

/** The same of several objects, each under the name of its variable; what they hold is counted together. */
export function celSubjects(objects: Readonly<Record<string, KubeObject>>): CelSubject {
  return subjectOf((convert) =>
    Object.fromEntries(Object.entries(objects).map(([name, object]) => [name, convert(withoutManagedFields(object))])),
  );
}
