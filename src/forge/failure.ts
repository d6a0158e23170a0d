import { connectionWords, isUntrusted } from '../connection-codes.ts';
import { plumbError, PlumbError, type ErrorCode } from '../errors.ts';
import type { ConnectionError, WireAnswer } from './connections.ts';

/** Codes for statuses that mean something special to one call, some of them by what the forge says. Such an answer is final. */
export type SpecialCodes = Readonly<Record<number, ErrorCode | ((said: string) => ErrorCode | undefined)>>;

/** What was asked, for the words of an error. */
export interface Asked {
  /** `reading pull request 12 of team/web`. */
  readonly what: string;
  /** Host of the forge. */
  readonly host: string;
  readonly codes?: SpecialCodes;
  /** Texts that must not show up. */
  readonly secrets: readonly string[];
}

/** The error of an answer that is no success. */
export function answerError(answer: WireAnswer, asked: Asked): PlumbError {
  const said = reasonIn(answer, asked.secrets);
  const code = specialCode(answer, asked) ?? codeOf(answer.status);
  return plumbError(code, `${asked.what}: ${asked.host} answered ${answer.status}${said === '' ? '' : `: ${said}`}`);
}

/** The code that the call itself has for such an answer. */
export function specialCode(answer: WireAnswer, { codes, secrets }: Asked): ErrorCode | undefined {
  const special = codes?.[answer.status];
  return typeof special === 'function' ? special(reasonIn(answer, secrets)) : special;
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'forge.auth-failed';
  if (status === 403) return 'forge.forbidden';
  // 410: what has been there once.
  if (status === 404 || status === 410) return 'forge.not-found';
  if (status === 409 || status === 412) return 'forge.conflict';
  if (status === 429) return 'forge.rate-limited';
  return status >= 500 || status === 408 ? 'forge.unreachable' : 'forge.refused';
}

/** What the forge says of it, in one line; each product has its own form. */
function reasonIn({ headers, body }: WireAnswer, secrets: readonly string[]): string {
  if (!/\bjson\b/.test(headers.get('content-type') ?? '')) return '';
  try {
    return printable([...new Set(wordsIn(JSON.parse(body.toString('utf8')), 0))].join('; '), secrets);
  } catch {
    return '';
  }
}

const telling = ['message', 'error_description', 'error', 'detail', 'errors', 'code', 'field', 'fields'];
const deepest = 4;

/** The texts under the keys that forges use for reasons, wherever they lie. */
function wordsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value];
  if (typeof value !== 'object' || value === null || depth > deepest) return [];
  if (Array.isArray(value)) return value.slice(0, 10).flatMap((each) => wordsIn(each, depth + 1));
  const entries = new Map(Object.entries(value));
  const told = telling.flatMap((key) => wordsIn(entries.get(key), depth + 1));
  if (told.length > 0 || depth === 0) return told;
  // GitLab names the field: {"message": {"base": ["…"]}}.
  return [...entries].slice(0, 10).flatMap(([key, each]) => wordsIn(each, depth + 1).map((word) => `${key}: ${word}`));
}

/** One line without secrets and without anything that a terminal would obey. */
export function printable(text: string, secrets: readonly string[]): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), line).slice(0, 400);
}

/** The error of a connection that failed, and whether it is worth trying again. */
export function connectionFailure(
  error: ConnectionError,
  asked: Asked & { readonly repeatable: boolean },
): { readonly error: PlumbError; readonly passing: boolean } {
  const refused = causesOf(error).find((cause) => cause instanceof PlumbError);
  // Where nothing may be connected to, the look-up of the name says so.
  if (refused !== undefined) return { error: refused, passing: false };
  const code = codeIn(error);
  if (isUntrusted(code)) {
    return {
      error: plumbError(
        'forge.certificate',
        `${asked.what}: ${asked.host}: ${printable(error.message, asked.secrets)}`,
      ),
      passing: false,
    };
  }
  const unsure = error.neverSent || asked.repeatable ? '' : '; it is not known whether it was carried out';
  const said = connectionWords(code) ?? printable(error.message, asked.secrets);
  return { error: plumbError('forge.unreachable', `${asked.what}: ${asked.host}: ${said}${unsure}`), passing: true };
}

function causesOf(error: Error): readonly Error[] {
  const found: Error[] = [];
  let cause: unknown = error;
  while (cause instanceof Error && found.length < 8) {
    found.push(cause);
    cause = cause instanceof AggregateError && cause.errors.length > 0 ? cause.errors[0] : cause.cause;
  }
  return found;
}

function codeIn(error: Error): string {
  for (const cause of causesOf(error)) if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return '';
}
