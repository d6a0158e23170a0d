import { PlumbError } from '../errors.ts';

/** Whether an error has problems of this code and no others. */
export function hasOnly(error: unknown, code: string): boolean {
  return error instanceof PlumbError && error.problems.every((problem) => String(problem.code) === code);
}
