import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type ErrorCode, PlumbError, type Problem } from '../../errors.ts';

/** How a part of a request is named in a problem. */
const placeNames: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'path',
  headers: 'header',
  body: 'body',
};

/** What is sent as text, so that numbers and booleans have to be read from it. */
const textual: ReadonlySet<string> = new Set(['querystring', 'params', 'headers']);

const code: ErrorCode = 'server.invalid';

/** Checks requests against their TypeBox schemas: defaults are filled in, and every problem is told. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const validator = Compile(schema);
  const place = placeNames[httpPart] ?? httpPart;
  return (input: unknown) => {
    const given = textual.has(httpPart) ? validator.Convert(input) : input;
    const value: unknown = validator.Default(given);
    if (validator.Check(value)) return { value };
    const problems = problemsIn(validator.Errors(value), place);
    const [first = { code, message: `the ${place} is not as it has to be` }, ...rest] = problems;
    // Fastify writes into the error that it is given: the problems are its cause.
    return { error: new Error('invalid', { cause: new PlumbError([first, ...rest]) }) };
  };
};

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function problemsIn(errors: readonly SchemaError[], place: string): Problem[] {
  const problems: Problem[] = [];
  for (const { keyword, instancePath, message, params } of errors) {
    const field = [place, ...instancePath.split('/').slice(1)].join('.');
    const missing = 'requiredProperties' in params ? params.requiredProperties : undefined;
    if (Array.isArray(missing))
      for (const name of missing)
        problems.push({ code, message: 'it is missing', where: { field: `${field}.${String(name)}` } });
    // Each field that is not known is told of once more, by its name.
    else if (keyword === 'boolean') problems.push({ code, message: 'there is no such field', where: { field } });
    else if (keyword !== 'additionalProperties') problems.push({ code, message, where: { field } });
  }
  return problems;
}
