/** A part of a path expression. Each takes a value and gives others. */
export type PathNode =
  | { readonly kind: 'self' | 'each' | 'recurse' }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly PathNode[] }
  | { readonly kind: Joint; readonly left: PathNode; readonly right: PathNode }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: PathNode; readonly right: PathNode };

/** What joins two parts. */
export type Joint = 'pipe' | 'comma' | 'alternative' | 'or' | 'and';

/** How two values are compared. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** What is wrong with an expression, and at which character. */
export class PathSyntaxError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** The functions that there are, with how many arguments each takes. */
const functions: Readonly<Record<string, readonly [least: number, most: number]>> = {
  select: [1, 1],
  not: [0, 0],
  has: [1, 1],
  test: [1, 2],
  startswith: [1, 1],
  endswith: [1, 1],
  contains: [1, 1],
  any: [0, 1],
  all: [0, 1],
  first: [1, 1],
  length: [0, 0],
  type: [0, 0],
  keys: [0, 0],
  tostring: [0, 0],
  ascii_downcase: [0, 0],
  empty: [0, 0],
  recurse: [0, 0],
};

interface Token {
  readonly text: string;
  readonly at: number;
}

const tokens =
  /\s+|#[^\n]*|"(?:[^"\\]|\\.)*"|\.\.|\/\/|[=!<>]=|-?\d+(?:\.\d+)?|[A-Za-z_][\w]*|[.[\]()|,;?<>]|(?<odd>[^])/gu;

const comparisons = ['==', '!=', '<', '<=', '>', '>='] as const;

/** So deep may parentheses lie in one another. */
const deepest = 32;

function tokensOf(source: string): readonly Token[] {
  const found: Token[] = [];
  for (const match of source.matchAll(tokens)) {
    const [text] = match;
    if (match.groups?.['odd'] !== undefined) throw new PathSyntaxError(`\`${text}\` is not understood`, match.index);
    if (/^[\s#]/u.test(text)) continue;
    found.push({ text, at: match.index });
  }
  return found;
}

/**
 * Reads a path expression: the part of jq that names places in an object, and what `select` asks of values.
 * @throws PathSyntaxError
 */
export function parsePath(source: string): PathNode {
  const all = tokensOf(source);
  let next = 0;
  let depth = 0;
  const peek = (): string | undefined => all[next]?.text;
  const place = (): number => all[next]?.at ?? source.length;
  const take = (): string => all[next++]?.text ?? '';
  const accept = (text: string): boolean => peek() === text && take() === text;
  const expect = (text: string): void => {
    if (!accept(text)) throw new PathSyntaxError(`\`${text}\` is expected`, place());
  };

  const joined = (texts: Readonly<Record<string, Joint>>, operand: () => PathNode): PathNode => {
    let left = operand();
    for (let kind = texts[peek() ?? '']; kind !== undefined; kind = texts[peek() ?? '']) {
      take();
      left = { kind, left, right: operand() };
    }
    return left;
  };
  const compared = (): PathNode => {
    const left = postfix();
    const by = comparisons.find((text) => text === peek());
    if (by === undefined) return left;
    take();
    return { kind: 'compare', by, left, right: postfix() };
  };
  const expression = (): PathNode => {
    depth += 1;
    if (depth > deepest) throw new PathSyntaxError('it is nested too deep', place());
    const both = (): PathNode => joined({ and: 'and' }, compared);
    const either = (): PathNode => joined({ or: 'or' }, both);
    const alternative = (): PathNode => joined({ '//': 'alternative' }, either);
    const listed = (): PathNode => joined({ ',': 'comma' }, alternative);
    const node = joined({ '|': 'pipe' }, listed);
    depth -= 1;
    return node;
  };

  const text = (): string => {
    const at = place();
    try {
      return JSON.parse(take()) as string;
    } catch {
      throw new PathSyntaxError('the text has an escape that is not understood', at);
    }
  };
  const inBrackets = (): PathNode => {
    if (accept(']')) return { kind: 'each' };
    const at = place();
    const token = peek() ?? '';
    let node: PathNode;
    if (token.startsWith('"')) node = { kind: 'field', name: text() };
    else if (/^-?\d+$/u.test(token)) node = { kind: 'index', index: Number(take()) };
    else throw new PathSyntaxError('a text in quotes or a whole number is expected', at);
    expect(']');
    return node;
  };
  const fieldAfterDot = (): PathNode => {
    if (accept('[')) return inBrackets();
    const token = peek() ?? '';
    if (token.startsWith('"')) return { kind: 'field', name: text() };
    if (/^[A-Za-z_]/u.test(token) && all[next]?.at === (all[next - 1]?.at ?? 0) + 1) {
      return { kind: 'field', name: take() };
    }
    return { kind: 'self' };
  };
  const namedAfterDot = (): PathNode => {
    const at = place();
    const node = fieldAfterDot();
    if (node.kind === 'self') throw new PathSyntaxError('the name of a field is expected', at);
    return node;
  };
  const call = (): PathNode => {
    const at = place();
    const name = take();
    const count = functions[name];
    if (count === undefined) throw new PathSyntaxError(`there is no function \`${name}\``, at);
    const args: PathNode[] = [];
    if (accept('(')) {
      do args.push(expression());
      while (accept(';'));
      expect(')');
    }
    if (args.length < count[0] || args.length > count[1]) {
      throw new PathSyntaxError(`\`${name}\` does not take ${args.length} arguments`, at);
    }
    if (name === 'recurse') return { kind: 'recurse' };
    return { kind: 'call', name, args };
  };
  const primary = (): PathNode => {
    const token = peek();
    if (token === undefined) throw new PathSyntaxError('it ends too soon', place());
    if (accept('(')) {
      const inner = expression();
      expect(')');
      return inner;
    }
    if (accept('..')) return { kind: 'recurse' };
    if (accept('.')) return fieldAfterDot();
    if (token.startsWith('"')) return { kind: 'literal', value: text() };
    if (/^-?\d/u.test(token)) return { kind: 'literal', value: Number(take()) };
    if (token === 'true' || token === 'false') return { kind: 'literal', value: take() === 'true' };
    if (accept('null')) return { kind: 'literal', value: null };
    if (/^[A-Za-z_]/u.test(token)) return call();
    throw new PathSyntaxError(`\`${token}\` is not expected here`, place());
  };
  const postfix = (): PathNode => {
    let node = primary();
    for (;;) {
      if (accept('?')) continue;
      if (accept('.')) node = { kind: 'pipe', left: node, right: namedAfterDot() };
      else if (accept('[')) node = { kind: 'pipe', left: node, right: inBrackets() };
      else return node;
    }
  };

  const node = expression();
  if (next < all.length) throw new PathSyntaxError(`\`${peek()}\` is not expected here`, place());
  return node;
}
