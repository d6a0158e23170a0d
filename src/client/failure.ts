import { catalogue, type ErrorCode, PlumbError, plumbError, type Problem } from '../errors.ts';

interface Fields {
  readonly [name: string]: unknown;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCode = (value: unknown): value is ErrorCode => typeof value === 'string' && Object.hasOwn(catalogue, value);

/** The error that an answer of refusal stands for, with all its problems. */
export function failureOf(status: number, body: unknown, server: string): PlumbError {
  const errors = isFields(body) && Array.isArray(body['errors']) ? body['errors'] : [];
  const [first, ...rest] = errors.flatMap((each: unknown) => problemOf(each));
  if (first !== undefined) return new PlumbError([first, ...rest]);
  return plumbError('client.protocol', `${server} answered with status ${status} and no problem of Plumbline`);
}

/** A code that only a newer server knows is told in the message. */
function problemOf(value: unknown): Problem[] {
  if (!isFields(value) || typeof value['message'] !== 'string') return [];
  const { code, message, hint, where } = value;
  return [
    {
      code: isCode(code) ? code : 'client.protocol',
      message: isCode(code) ? message : `${message} (${String(code)})`,
      ...(typeof hint === 'string' ? { hint } : {}),
      ...(isFields(where) ? { where } : {}),
    },
  ];
}

/** The error of a call that found no server. */
export function unreachable(error: unknown, server: string): PlumbError {
  const { cause } = error as { readonly cause?: { readonly code?: unknown; readonly message?: unknown } };
  const why = String(cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : error));
  return plumbError('client.unreachable', `${server}: ${why}`, { cause: error });
}
