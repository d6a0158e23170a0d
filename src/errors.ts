import { catalogue } from './error-codes/index.ts';

export { catalogue };

/** Where a problem lies: as much of this as is known. */
export interface Location {
  /** URL of the repository, without credentials. */
  readonly repository?: string;
  /** Full commit id. */
  readonly commit?: string;
  /** Path inside the repository or folder, with forward slashes. */
  readonly file?: string;
  /** Line in `file`, from 1. */
  readonly line?: number;
  /** Column in `line`, from 1. */
  readonly column?: number;
  /** The object, as `formatKey` writes it: `apps/Deployment prod/nginx`. */
  readonly object?: string;
  /** The field of the object: `spec.template.spec.containers[0].image`. */
  readonly field?: string;
}

/**
 * One thing that is wrong, in a form that survives worker threads, JSON and status conditions.
 * Never holds a secret value.
 */
export interface Problem {
  /** Stable: programs may rely on it. */
  readonly code: ErrorCode;
  /** What happened, one sentence without a full stop at the end of a quoted cause. */
  readonly message: string;
  readonly where?: Location;
  /** What to do next, when more is to be said than the catalogue's own advice. */
  readonly hint?: string;
  /** Of a conflict: what a field was, what this change makes of it, and what somebody else made of it; null for nothing. */
  readonly sides?: { readonly base: unknown; readonly ours: unknown; readonly theirs: unknown };
}

/** The code of an error: stable, documented in docs/errors.md. */
export type ErrorCode = keyof typeof catalogue;

/** An error made of one or more problems, all of those that were found and not only the first. */
export class PlumbError extends Error {
  override readonly name = 'PlumbError';
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problems: readonly [Problem, ...Problem[]], options?: ErrorOptions) {
    super(problems.map(formatProblem).join('\n'), options);
    this.problems = problems;
  }

  /** The code of the first problem. */
  get code(): ErrorCode {
    return this.problems[0].code;
  }

  /** True where every problem may pass by itself, so that trying again makes sense. */
  get transient(): boolean {
    return this.problems.every((problem) => catalogue[problem.code].transient);
  }
}

/** An error with a single problem. */
export function plumbError(
  code: ErrorCode,
  message: string,
  details: { where?: Location; hint?: string; cause?: unknown } = {},
): PlumbError {
  const { cause, ...rest } = details;
  return new PlumbError([{ code, message, ...rest }], cause === undefined ? undefined : { cause });
}

/** Throws one error that holds all the problems; does nothing where there are none. */
export function throwProblems(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first !== undefined) throw new PlumbError([first, ...rest]);
}

/**
 * The problems in whatever was thrown: those of a PlumbError, `cancelled` or `timeout` for an abort,
 * `internal` for anything else.
 */
export function problemsOf(error: unknown): readonly [Problem, ...Problem[]] {
  if (error instanceof PlumbError) return error.problems;
  if (error instanceof Error && error.name === 'AbortError') return [{ code: 'cancelled', message: 'stopped' }];
  if (error instanceof Error && error.name === 'TimeoutError') return [{ code: 'timeout', message: error.message }];
  return [{ code: 'internal', message: error instanceof Error ? error.message : String(error) }];
}

/** `repository@commit file:line:column object field`, as much of it as is known. */
export function formatLocation(where: Location): string {
  const parts: string[] = [];
  if (where.repository !== undefined) {
    parts.push(where.commit === undefined ? where.repository : `${where.repository}@${where.commit.slice(0, 12)}`);
  } else if (where.commit !== undefined) {
    parts.push(where.commit.slice(0, 12));
  }
  if (where.file !== undefined) {
    const line = where.line === undefined ? '' : `:${where.line}`;
    const column = where.line === undefined || where.column === undefined ? '' : `:${where.column}`;
    parts.push(`${where.file}${line}${column}`);
  }
  if (where.object !== undefined) parts.push(where.object);
  if (where.field !== undefined) parts.push(where.field);
  return parts.join(' ');
}

/** One problem as one line: `where: message (code)`. */
export function formatProblem(problem: Problem): string {
  const where = problem.where === undefined ? '' : formatLocation(problem.where);
  return `${where === '' ? '' : `${where}: `}${problem.message} (${problem.code})`;
}

/** What to do about a problem: its own hint, or the catalogue's. */
export function hintFor(problem: Problem): string {
  return problem.hint ?? catalogue[problem.code].hint;
}
