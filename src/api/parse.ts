import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type Problem, PlumbError } from '../errors.ts';
import { type Application, applicationSchema, sourcesOf } from './application.ts';
import { type IgnoreRuleSpec, ignoreSchema } from './ignore.ts';
import { type Operation, operationSchema } from './operation.ts';
import { type Repository, repositorySchema } from './repository.ts';

function parse<S extends TSchema>(schema: S, input: unknown): Static<S> {
  // Objects that were stored before a default existed lack it; the API server adds defaults only on write.
  const value = Value.Default(schema, Value.Clone(input));
  if (Value.Check(schema, value)) return value;
  const { kind, metadata } = (input ?? {}) as { kind?: string; metadata?: { namespace?: string; name?: string } };
  const object = `plumbline.dev/${kind ?? '?'} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
  const problems = Value.Errors(schema, value).map((error): Problem => ({
    code: 'api.invalid',
    message: error.message,
    where: { object, field: error.instancePath.slice(1).replaceAll('/', '.') },
  }));
  throw new PlumbError(problems as [Problem, ...Problem[]]);
}

/** An Application as it came from the API server, with defaults filled in. Throws `api.invalid`. */
export function parseApplication(input: unknown): Application {
  const application = parse(applicationSchema, input);
  // What the rules of the definition refuse, an object that was stored before them may still have.
  sourcesOf(application);
  return application;
}

/**
 * Rules of what is ignored, from a file: a list, by itself or under `ignore`, or an Application with `spec.ignore`.
 * Throws `api.invalid`.
 */
export function parseIgnore(input: unknown): { readonly rules: IgnoreRuleSpec[]; readonly field: string } {
  const whole = (input ?? {}) as { readonly ignore?: unknown; readonly spec?: { readonly ignore?: unknown } };
  if (Array.isArray(input)) return { rules: parse(ignoreSchema, input), field: 'rules' };
  if (whole.spec !== undefined) return { rules: parse(ignoreSchema, whole.spec.ignore), field: 'spec.ignore' };
  return { rules: parse(ignoreSchema, whole.ignore), field: 'ignore' };
}

/** A Repository as it came from the API server, with defaults filled in. Throws `api.invalid`. */
export function parseRepository(input: unknown): Repository {
  return parse(repositorySchema, input);
}

/** An Operation as it came from the API server. Throws `api.invalid`. */
export function parseOperation(input: unknown): Operation {
  return parse(operationSchema, input);
}
