import {
  type ASTNode,
  Environment,
  EvaluationError,
  ParseError,
  TypeError as CelTypeError,
} from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { countSteps, rewritePatterns } from './syntax.ts';
import type { CelSubject } from './subject.ts';

/** Steps that one evaluation may take at most; an object for which there may be more is not judged. */
export const stepLimit = 1_000_000;
const nodeLimit = 400;

/** What an expression came to. */
export type CelOutcome =
  | { readonly kind: 'value'; readonly value: boolean | string }
  /** It reads a field that the object does not have. */
  | { readonly kind: 'absent' }
  /** Why it cannot be evaluated on this object. */
  | { readonly kind: 'fault'; readonly message: string };

/** An expression that was found to be right, ready to be evaluated any number of times. */
export type CelExpression = (subject: CelSubject) => CelOutcome;

/** Why an expression is not right. */
export interface CelFault {
  /** One sentence, in the words of CEL. */
  readonly message: string;
  /** Where in the expression, counted from 0. */
  readonly at: number;
}

const patterns = new Map<string, RE2JS>();
const patternsKept = 200;

/** `matches`, in time that is linear in the text whatever the pattern, as CEL has it. */
function matches(text: string, pattern: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = RE2JS.compile(pattern);
    if (patterns.size >= patternsKept) patterns.clear();
    patterns.set(pattern, compiled);
  }
  return compiled.matcher(text).find();
}

function environmentOf(variables: readonly string[]): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxAstNodes: nodeLimit, maxDepth: 40, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 8 },
  }).registerFunction('string.matchesLinearly(string): bool', matches);
  for (const variable of variables) environment.registerVariable(variable, 'map');
  return environment;
}

const environments = {
  /** One object, and its parts. */
  object: environmentOf(['object', 'metadata', 'spec', 'status']),
  /** One object, and another one that it depends on. */
  dependency: environmentOf(['self', 'dep']),
} as const;

function faultOf(error: unknown): CelFault {
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError) {
    return { message: error.summary, at: error.range?.start ?? 0 };
  }
  return { message: error instanceof Error ? error.message : String(error), at: 0 };
}

/**
 * Reads an expression and proves its type, without evaluating it.
 *
 * @param about which variables it may read
 * @returns the expression, or what is wrong with it
 */
export function compileCel(
  source: string,
  type: 'bool' | 'string',
  about: keyof typeof environments = 'object',
): CelExpression | CelFault {
  try {
    const parsed = environments[about].parse(source);
    const at = rewritePatterns(parsed.ast, 'matchesLinearly');
    if (at !== undefined) return at;
    const checked = parsed.check();
    if (checked.error !== undefined) return faultOf(checked.error);
    if (checked.type !== type && checked.type !== 'dyn') {
      return { message: `it gives a value of the type ${checked.type}, and not ${type}`, at: 0 };
    }
    return bounded(parsed, parsed.ast, type);
  } catch (error) {
    return faultOf(error);
  }
}

function bounded(run: (context: object) => unknown, ast: ASTNode, type: 'bool' | 'string'): CelExpression {
  const steps = countSteps(ast);
  return (subject) => {
    if (subject.kind === 'too-large' || steps(subject) > stepLimit) {
      return { kind: 'fault', message: 'the object is too large for this expression' };
    }
    try {
      const value = run(subject.variables);
      if (type === 'bool' && typeof value === 'boolean') return { kind: 'value', value };
      if (type === 'string' && typeof value === 'string') return { kind: 'value', value };
      // An optional or a number as a message is a mistake that only this object shows.
      return { kind: 'fault', message: `it gives no ${type}` };
    } catch (error) {
      if (error instanceof EvaluationError && error.code === 'no_such_key') return { kind: 'absent' };
      return { kind: 'fault', message: faultOf(error).message };
    }
  };
}
