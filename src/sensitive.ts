import { inspect } from 'node:util';

const mask = '***';

/**
 * A value that must never be printed: a token, a password, a key, the data of a Secret.
 * It shows as `***` in logs, errors, JSON, templates and the debugger; only `reveal` gives it out.
 */
export class Sensitive<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself, for the one place that needs it: a header, a file of mode 0600, a pipe. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}

/** Puts a value under cover. */
export function sensitive<T>(value: T): Sensitive<T> {
  return new Sensitive(value);
}
