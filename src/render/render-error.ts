import { PlumbError, type Problem } from '../errors.ts';
import type { ReadRecord } from './types.ts';

/** A render that failed, with what it looked at: once any of that changes, it is worth another try. */
export class RenderError extends PlumbError {
  readonly record: ReadRecord;
  readonly warnings: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]], record: ReadRecord, warnings: readonly Problem[]) {
    super(problems);
    this.record = record;
    this.warnings = warnings;
  }
}
