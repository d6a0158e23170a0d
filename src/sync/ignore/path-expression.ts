import { RE2JS } from 're2js';
import { canonical } from '../canonical.ts';
import { type Comparison, parsePath, type PathNode, PathSyntaxError } from './path-parse.ts';

/** A place in an object: names of fields, and indices of items. */
export type FieldPlace = readonly (string | number)[];

/** A path expression that was found to be right. Gives the places that it names in an object. */
export type PathExpression = (object: unknown) => readonly FieldPlace[];

/** A value, and where it stands; no place for what was computed. */
interface Item {
  readonly place: FieldPlace | undefined;
  readonly value: unknown;
}

/** Values that one evaluation may look at: an expression cannot run away. */
const valueLimit = 100_000;

/** Thrown where an expression would look at more than that. */
class TooMuch extends Error {}

/**
 * Makes an expression of its text.
 * @returns what is wrong, and at which character, where it is none
 */
export function compilePath(source: string): PathExpression | { readonly message: string; readonly at: number } {
  try {
    const node = parsePath(source);
    if (!isPath(node)) return { message: 'it gives a value and names no field', at: 0 };
    const patterns = new Map<string, RE2JS>();
    checkPatterns(node, patterns);
    return (object) => {
      const evaluate = evaluator(patterns);
      try {
        return evaluate(node, { place: [], value: object }).flatMap(({ place }) =>
          place === undefined ? [] : [place],
        );
      } catch (error) {
        // A rule that costs too much ignores nothing: to tell a difference is the safe side.
        if (error instanceof TooMuch) return [];
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof PathSyntaxError) return { message: error.message, at: error.at };
    throw error;
  }
}

/** Whether what the expression gives are places. */
function isPath(node: PathNode): boolean {
  switch (node.kind) {
    case 'self':
    case 'each':
    case 'recurse':
    case 'field':
    case 'index':
      return true;
    case 'pipe':
      return isPath(node.left) && isPath(node.right);
    case 'comma':
    case 'alternative':
      return isPath(node.left) && isPath(node.right);
    case 'call':
      if (node.name === 'first') return node.args.every(isPath);
      return node.name === 'select' || node.name === 'empty';
    case 'literal':
    case 'and':
    case 'or':
    case 'compare':
      return false;
  }
}

function checkPatterns(node: PathNode, patterns: Map<string, RE2JS>): void {
  if ('left' in node) {
    checkPatterns(node.left, patterns);
    checkPatterns(node.right, patterns);
  } else if (node.kind === 'call') {
    for (const arg of node.args) checkPatterns(arg, patterns);
    if (node.name !== 'test') return;
    const [pattern, flags] = node.args;
    if (!isText(pattern) || (flags !== undefined && !isText(flags))) {
      throw new PathSyntaxError('`test` takes a pattern in quotes', 0);
    }
    patternOf(node.args, patterns);
  }
}

function isText(node: PathNode | undefined): boolean {
  return node?.kind === 'literal' && typeof node.value === 'string';
}

function patternOf([pattern, flags]: readonly PathNode[], patterns: Map<string, RE2JS>): RE2JS {
  const text = pattern?.kind === 'literal' ? String(pattern.value) : '';
  const ignoresCase = flags?.kind === 'literal' && String(flags.value).includes('i');
  const key = `${ignoresCase ? 'i' : ''}/${text}`;
  const known = patterns.get(key);
  if (known !== undefined) return known;
  try {
    const made = RE2JS.compile(text, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
    patterns.set(key, made);
    return made;
  } catch (error) {
    throw new PathSyntaxError(`\`${text}\` is no regular expression: ${String(error)}`, 0);
  }
}

type Evaluate = (node: PathNode, input: Item) => readonly Item[];

function evaluator(patterns: Map<string, RE2JS>): Evaluate {
  let seen = 0;
  const counted = (items: readonly Item[]): readonly Item[] => {
    seen += items.length + 1;
    if (seen > valueLimit) throw new TooMuch();
    return items;
  };
  const holds = (node: PathNode, input: Item): boolean => evaluate(node, input).some(({ value }) => isTrue(value));
  const evaluate: Evaluate = (node, input) => counted(step(node, input));
  const step: Evaluate = (node, input) => {
    switch (node.kind) {
      case 'self':
        return [input];
      case 'field':
        return isFields(input.value) ? [at(input, node.name, input.value[node.name])] : nothingIn(input, node.name);
      case 'index': {
        const { value } = input;
        if (!Array.isArray(value)) return [];
        const index = node.index < 0 ? value.length + node.index : node.index;
        return [at(input, index, value[index])];
      }
      case 'each':
        return childrenOf(input);
      case 'recurse':
        return [input, ...childrenOf(input).flatMap((child) => evaluate(node, child))];
      case 'literal':
        return [computed(node.value)];
      case 'pipe':
        return evaluate(node.left, input).flatMap((item) => evaluate(node.right, item));
      case 'comma':
        return [...evaluate(node.left, input), ...evaluate(node.right, input)];
      case 'alternative': {
        const first = evaluate(node.left, input).filter(({ value }) => isTrue(value));
        return first.length > 0 ? first : evaluate(node.right, input);
      }
      case 'and':
        return [computed(holds(node.left, input) && holds(node.right, input))];
      case 'or':
        return [computed(holds(node.left, input) || holds(node.right, input))];
      case 'call':
        return callOf(node.name, node.args, input);
      case 'compare': {
        const others = evaluate(node.right, input);
        return evaluate(node.left, input).flatMap((one) =>
          others.map((other) => computed(compare(node.by, one.value, other.value))),
        );
      }
    }
  };
  const callOf = (name: string, args: readonly PathNode[], input: Item): readonly Item[] => {
    const [arg = { kind: 'self' }] = args;
    const { value } = input;
    switch (name) {
      case 'select':
        return holds(arg, input) ? [input] : [];
      case 'empty':
        return [];
      case 'first':
        return evaluate(arg, input).slice(0, 1);
      case 'any':
        return [computed(childrenOf(input).some((child) => holds(arg, child)))];
      case 'all':
        return [computed(childrenOf(input).every((child) => holds(arg, child)))];
      case 'test':
        return [computed(typeof value === 'string' && patternOf(args, patterns).matcher(value).find())];
      default:
        return evaluate(args.length === 0 ? { kind: 'self' } : arg, input).map((item) =>
          computed(functionOf(name, value, item.value)),
        );
    }
  };
  return evaluate;
}

function functionOf(name: string, value: unknown, arg: unknown): unknown {
  switch (name) {
    case 'not':
      return !isTrue(value);
    case 'has':
      if (Array.isArray(value)) return typeof arg === 'number' && arg >= 0 && arg < value.length;
      return isFields(value) && typeof arg === 'string' && Object.hasOwn(value, arg);
    case 'startswith':
      return typeof value === 'string' && typeof arg === 'string' && value.startsWith(arg);
    case 'endswith':
      return typeof value === 'string' && typeof arg === 'string' && value.endsWith(arg);
    case 'contains':
      if (typeof value === 'string') return typeof arg === 'string' && value.includes(arg);
      return Array.isArray(value) && value.some((item) => canonical(item) === canonical(arg));
    case 'length':
      if (value === null || value === undefined) return 0;
      if (typeof value === 'string' || Array.isArray(value)) return value.length;
      return isFields(value) ? Object.keys(value).length : Math.abs(Number(value));
    case 'keys':
      if (Array.isArray(value)) return [...value.keys()];
      return isFields(value) ? Object.keys(value).toSorted() : [];
    case 'tostring':
      return typeof value === 'string' ? value : canonical(value);
    case 'ascii_downcase':
      return typeof value === 'string' ? value.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase()) : value;
    default:
      return typeName(value);
  }
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function compare(kind: Comparison, one: unknown, other: unknown): boolean {
  const [left, right] = [one ?? null, other ?? null];
  if (kind === '==') return canonical(left) === canonical(right);
  if (kind === '!=') return canonical(left) !== canonical(right);
  if (typeof left === 'number' && typeof right === 'number') return inOrder(kind, left - right);
  if (typeof left !== 'string' || typeof right !== 'string') return false;
  return inOrder(kind, left < right ? -1 : left > right ? 1 : 0);
}

function inOrder(kind: Comparison, difference: number): boolean {
  if (kind === '<') return difference < 0;
  if (kind === '<=') return difference <= 0;
  return kind === '>' ? difference > 0 : difference >= 0;
}

function computed(value: unknown): Item {
  return { place: undefined, value };
}

function at({ place }: Item, step: string | number, value: unknown): Item {
  return { place: place === undefined ? undefined : [...place, step], value };
}

/** A field of what is not there is not there; a field of a number or a list is a mistake that names nothing. */
function nothingIn(input: Item, name: string): readonly Item[] {
  return input.value === null || input.value === undefined ? [at(input, name, undefined)] : [];
}

function childrenOf(input: Item): readonly Item[] {
  const { value } = input;
  if (Array.isArray(value)) return value.map((item: unknown, index) => at(input, index, item));
  return isFields(value) ? Object.entries(value).map(([name, field]) => at(input, name, field)) : [];
}

function isTrue(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
