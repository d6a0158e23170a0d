import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../../errors.ts';
import type { Sensitive } from '../../sensitive.ts';

const patience = 30_000;

const problemSchema = Type.Object({ code: Type.String(), detail: Type.Optional(Type.String()) });

/** One call of a server about signing in. */
export interface ServerCall {
  readonly server: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token?: Sensitive;
  readonly signal: AbortSignal;
}

/**
 * Calls a server, and reads the answer.
 * @throws PlumbError `cli.signed-out` where it does not know us; `cli.server-failed`
 */
export async function callServer<Answer extends TSchema>(call: ServerCall, schema: Answer): Promise<Static<Answer>> {
  const { server, method, path, token, signal } = call;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${server}${path}`, {
      method,
      // No token follows where a server leads.
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    text = await answer.text();
  } catch (error) {
    signal.throwIfAborted();
    const { cause } = error as { readonly cause?: { readonly code?: unknown } };
    const why = typeof cause?.code === 'string' ? ` (${cause.code})` : '';
    throw plumbError('cli.server-failed', `${server} does not answer${why}`);
  }
  const value = text === '' ? {} : parseJson(text);
  if (answer.ok && Value.Check(schema, value)) return value;
  const problem = Value.Check(problemSchema, value) ? `: ${value.detail ?? ''} (${value.code})` : '';
  if (answer.status === 401) throw plumbError('cli.signed-out', `${server} does not know who this is${problem}`);
  throw plumbError('cli.server-failed', `${server} answers ${answer.status}${problem}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
