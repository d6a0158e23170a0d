import type { Problem, ErrorCode } from '../errors.ts';

/** A JSON or YAML object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Reads fields out of untrusted data, and remembers everything that is wrong with it. */
export interface Decoder {
  readonly problems: Problem[];
  /** An object; an empty one, and a problem, for anything else. Absent is empty. */
  fields(value: unknown, field: string): Fields;
  /** A list; an empty one, and a problem, for anything else. Absent is empty. */
  list(value: unknown, field: string): readonly unknown[];
  /** A string, or undefined where absent, empty or (with a problem) something else. */
  text(from: Fields, name: string, field: string): string | undefined;
  /** False where absent. */
  flag(from: Fields, name: string, field: string): boolean;
  /** Notes that something is wrong with a field. */
  reject(field: string, message: string): void;
}

/** True for a plain JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A decoder for one document.
 * Small and by hand: a schema library costs this room more memory than all its caches.
 */
export function createDecoder(code: ErrorCode, file?: string): Decoder {
  const problems: Problem[] = [];
  const reject = (field: string, message: string): void => {
    problems.push({ code, message, where: { ...(file === undefined ? {} : { file }), field } });
  };
  return {
    problems,
    reject,
    fields(value, field) {
      if (isFields(value)) return value;
      if (value !== undefined && value !== null) reject(field, 'must be a mapping');
      return {};
    },
    list(value, field) {
      if (Array.isArray(value)) return value;
      if (value !== undefined && value !== null) reject(field, 'must be a list');
      return [];
    },
    text(from, name, field) {
      const value = from[name];
      if (typeof value === 'string') return value === '' ? undefined : value;
      // The value itself is not shown: it may be a token.
      if (value !== undefined && value !== null) reject(`${field}.${name}`, 'must be a string (put it in quotes)');
      return undefined;
    },
    flag(from, name, field) {
      const value = from[name];
      if (typeof value === 'boolean') return value;
      if (value !== undefined && value !== null) reject(`${field}.${name}`, 'must be true or false');
      return false;
    },
  };
}
