import { PlumbError, type ErrorCode } from '../errors.ts';

/** Whether an error has problems of this code and no others. */
export function hasOnly(error: unknown, code: ErrorCode): boolean {
  return error instanceof PlumbError && error.problems.every((problem) => problem.code === code);
}
