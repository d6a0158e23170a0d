import { type Problem, throwProblems } from '../errors.ts';
import type { Action, ActionParameter, ActionValues } from './action.ts';

/**
 * The values of an action, as they came from outside: texts of a command line, or JSON.
 * @throws PlumbError `actions.parameter-invalid`, for each that is wrong
 */
export function parseValues({ name, parameters = {} }: Action, given: Readonly<Record<string, unknown>>): ActionValues {
  const problems: Problem[] = [];
  const wrong = (parameter: string, message: string): void => {
    problems.push({ code: 'actions.parameter-invalid', message: `${name}: ${message}`, where: { field: parameter } });
  };
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(parameters, key)) wrong(key, `it has no parameter ${JSON.stringify(key)}`);
  }
  const values: Record<string, number | string> = {};
  for (const [key, parameter] of Object.entries(parameters)) {
    const value = Object.hasOwn(given, key) ? valueOf(parameter, given[key]) : undefined;
    if (value === undefined) wrong(key, `${key} is to be ${wanted(parameter)}`);
    else values[key] = value;
  }
  throwProblems(problems);
  return values;
}

/** What a parameter takes, in words. */
export function wanted({ type, minimum, maximum, pattern }: ActionParameter): string {
  if (type === 'string') return pattern === undefined ? 'a text' : `a text that fits ${pattern}`;
  const least = minimum === undefined ? '' : ` of at least ${minimum}`;
  return `a whole number${least}${maximum === undefined ? '' : `${least === '' ? ' of' : ' and'} at most ${maximum}`}`;
}

function valueOf({ type, minimum, maximum, pattern }: ActionParameter, given: unknown): number | string | undefined {
  if (type === 'string') {
    if (typeof given !== 'string' || given === '' || given.length > 253) return undefined;
    return pattern === undefined || new RegExp(`^(?:${pattern})$`).test(given) ? given : undefined;
  }
  const value = typeof given === 'string' && /^-?\d{1,15}$/.test(given) ? Number(given) : given;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  return value < (minimum ?? value) || value > (maximum ?? value) ? undefined : value;
}
