import { compileCel, type CelExpression } from './compile.ts';

const compiled = new Map<string, CelExpression>();

/** An expression of one of our own tables, which is compiled once; that each of them compiles is tested. */
export function ownExpression(source: string): CelExpression {
  let expression = compiled.get(source);
  if (expression === undefined) {
    const made = compileCel(source, 'bool');
    expression = typeof made === 'function' ? made : () => ({ kind: 'fault', message: made.message });
    compiled.set(source, expression);
  }
  return expression;
}
