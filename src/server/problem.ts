import { catalogue, type ErrorCode, type Problem } from '../errors.ts';

/** The codes that an answer of this server may have, each with its status. Anything else is an error of ours. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  'server.bad-request': 400,
  'server.refused': 401,
  'server.not-found': 404,
  'server.method': 405,
  'server.timeout': 408,
  'server.too-large': 413,
  'server.media-type': 415,
  'forge.webhook-invalid': 422,
  'forge.webhook-unknown': 422,
  'server.rate-limited': 429,
  'server.unavailable': 503,
};

/** An answer for programs and people: RFC 9457, with our code. */
export interface ProblemAnswer {
  readonly status: number;
  readonly body: string;
}

/** The media type of such an answer. */
export const problemType = 'application/problem+json; charset=utf-8';

/** The answer that says so much of a code, and nothing of what led to it but the problems that are given. */
export function problemAnswer(code: ErrorCode, problems: readonly Problem[] = []): ProblemAnswer {
  const status = statuses[code] ?? 500;
  const { summary, hint } = catalogue[code];
  const errors = problems.map(({ message, where }) => ({ message, ...(where === undefined ? {} : { where }) }));
  const body = { title: summary, status, code, detail: hint, ...(errors.length === 0 ? {} : { errors }) };
  return { status, body: `${JSON.stringify(body)}\n` };
}
