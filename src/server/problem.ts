import { catalogue, type ErrorCode, hintFor, type Location, type Problem } from '../errors.ts';
import { statusOf } from './statuses.ts';

/** An answer for programs and people: RFC 9457, with our code. */
export interface ProblemAnswer {
  readonly status: number;
  readonly body: string;
}

/** The media type of such an answer. */
export const problemType = 'application/problem+json; charset=utf-8';

/** The answer that says so much of a code, and nothing of what led to it but the problems that are given. */
export function problemAnswer(code: ErrorCode, problems: readonly Problem[] = []): ProblemAnswer {
  const status = statusOf(code);
  const { summary, hint } = catalogue[code];
  const errors = problems.map(({ message, where }) => ({ message, ...(where === undefined ? {} : { where }) }));
  const body = { title: summary, status, code, detail: hint, ...(errors.length === 0 ? {} : { errors }) };
  return { status, body: `${JSON.stringify(body)}\n` };
}

/** All problems of a request, for somebody who may know of them. */
export interface ProblemBody {
  /** What the code of the first problem means. */
  readonly title: string;
  readonly status: number;
  /** That of the first problem. */
  readonly code: ErrorCode;
  /** What happened, and to what. */
  readonly detail: string;
  readonly requestId: string;
  readonly errors: readonly {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint: string;
    readonly where?: Location;
    readonly sides?: Problem['sides'];
  }[];
}

/** What is said of an error of ours: its text may quote anything. */
const unforeseen = 'an error of Plumbline itself; its log tells more under the id of the request';

/** The answer to somebody who may know what went wrong: every problem with its place and what to do about it. */
export function problemsBody(problems: readonly [Problem, ...Problem[]], requestId: string): ProblemBody {
  const [{ code }] = problems;
  const errors = problems.map((problem) => ({
    code: problem.code,
    message: problem.code === 'internal' ? unforeseen : problem.message,
    hint: hintFor(problem),
    ...(problem.where === undefined ? {} : { where: problem.where }),
    ...(problem.sides === undefined ? {} : { sides: problem.sides }),
  }));
  return {
    title: catalogue[code].summary,
    // A failure of ours or of others outweighs what is wrong with the request.
    status: Math.max(...problems.map((problem) => statusOf(problem.code))),
    code,
    detail: errors.map(({ message }) => message).join('; '),
    requestId,
    errors,
  };
}
