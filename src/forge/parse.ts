import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../errors.ts';
import type { WireAnswer } from './connections.ts';

/**
 * The body of an answer, as its schema says.
 * @throws PlumbError `forge.answer-invalid`; it names the field and never shows what is in it
 */
export function parseAnswer<S extends TSchema>(schema: S, answer: WireAnswer, whence: string): Static<S> {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString('utf8'));
  } catch {
    const type = answer.headers.get('content-type') ?? 'no type';
    throw plumbError(
      'forge.answer-invalid',
      `${whence} answered ${answer.status} with something that is not JSON (${type})`,
    );
  }
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  const field = first === undefined || first.instancePath === '' ? 'the answer' : first.instancePath.slice(1);
  throw plumbError('forge.answer-invalid', `${whence} answered in an unknown form: ${field} ${first?.message ?? ''}`);
}
