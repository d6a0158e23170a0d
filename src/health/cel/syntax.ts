import type { ASTNode } from '@marcbachmann/cel-js';
import type { CelFault } from './compile.ts';
import type { CelMeasure } from './subject.ts';

const comprehensions = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

interface Visit {
  readonly node: ASTNode;
  /** How many comprehensions it is inside of. */
  readonly depth: number;
}

function isNode(value: unknown): value is ASTNode {
  return value !== null && typeof value === 'object' && 'op' in value && 'args' in value;
}

/** Every node of an expression, each with how deep it lies in comprehensions. */
function* nodesOf(value: unknown, depth = 0): Generator<Visit> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item, depth);
    return;
  }
  if (!isNode(value)) return;
  yield { node: value, depth };
  if (value.op === 'rcall' && comprehensions.has(value.args[0])) {
    yield* nodesOf(value.args[1], depth);
    yield* nodesOf(value.args[2], depth + 1);
    return;
  }
  yield* nodesOf(value.args, depth);
}

/**
 * Has `matches` done by a function that cannot be made slow by a pattern, and finds what is not offered:
 * `cel.bind`, by which a value could be doubled again and again.
 */
export function rewritePatterns(ast: ASTNode, name: string): CelFault | undefined {
  for (const { node } of nodesOf(ast)) {
    if (node.op === 'id' && node.args === 'cel') return { message: 'cel.bind is not offered', at: node.start };
    if (node.op !== 'rcall') continue;
    if (node.args[0] === 'split') return { message: 'split is not offered', at: node.start };
    if (node.args[0] === 'matches') node.args[0] = name;
  }
  return undefined;
}

/**
 * How many steps an expression takes at most, by what the object is like. Lists come from the object or are
 * added up in the expression, so none is longer than the longest in the object times the additions.
 */
export function countSteps(ast: ASTNode): (measure: CelMeasure) => number {
  const byDepth: number[] = [];
  let additions = 1;
  for (const { node, depth } of nodesOf(ast)) {
    byDepth[depth] = (byDepth[depth] ?? 0) + 1;
    if (node.op === '+') additions += 1;
  }
  return ({ longest }) => {
    const list = Math.max(longest, 100) * additions;
    return byDepth.reduce((sum, count, depth) => sum + (count ?? 0) * list ** depth, 0);
  };
}
