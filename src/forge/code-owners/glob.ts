/** A pattern of path segments; `**` stands for any number of them, also none. */
export type Glob = readonly string[];

/** What the wildcards of one segment may be. */
export interface SegmentSyntax {
  /** `[a-z]`, `[!a]`. */
  readonly classes: boolean;
}

/**
 * Whether a path matches. The time grows with the product of the lengths and no faster, whatever the pattern holds: it
 * comes from whoever may write to the repository.
 */
export function matchesGlob(glob: Glob, path: readonly string[], syntax: SegmentSyntax): boolean {
  // reachable[i]: the segments of the glob so far can end before segment i of the path.
  let reachable = Array.from({ length: path.length + 1 }, () => false);
  reachable[0] = true;
  for (const segment of glob) {
    const next = Array.from({ length: path.length + 1 }, () => false);
    if (segment === '**') {
      let open = false;
      for (let index = 0; index <= path.length; index += 1) {
        open ||= reachable[index] === true;
        next[index] = open;
      }
    } else {
      path.forEach((part, index) => {
        if (reachable[index] === true && matchesSegment(segment, part, syntax)) next[index + 1] = true;
      });
    }
    reachable = next;
  }
  return reachable[path.length] === true;
}

/** Matches `*`, `?`, classes and what is escaped; after a star only the last one is tried again. */
export function matchesSegment(pattern: string, text: string, syntax: SegmentSyntax): boolean {
  const tokens = tokensOf(pattern, syntax);
  const characters = Array.from(text);
  let token = 0;
  let at = 0;
  let star = -1;
  let mark = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current === 'star') {
      star = token;
      mark = at;
      token += 1;
    } else if (current?.(characters[at] ?? '') === true) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      mark += 1;
      at = mark;
      token = star + 1;
    } else return false;
  }
  while (tokens[token] === 'star') token += 1;
  return token === tokens.length;
}

type Token = 'star' | ((character: string) => boolean);

function tokensOf(pattern: string, { classes }: SegmentSyntax): readonly Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    const end = classes && character === '[' ? characters.indexOf(']', index + 2) : -1;
    if (character === '*') tokens.push('star');
    else if (character === '?') tokens.push(() => true);
    else if (end > 0) {
      tokens.push(classOf(characters.slice(index + 1, end)));
      index = end;
    } else {
      const isEscape = character === '\\' && index + 1 < characters.length;
      if (isEscape) index += 1;
      const literal = characters[index];
      tokens.push((each) => each === literal);
    }
  }
  return tokens;
}

function classOf(content: readonly string[]): Token {
  const isNegative = content[0] === '!' || content[0] === '^';
  const members = isNegative ? content.slice(1) : content;
  const ranges: [string, string][] = [];
  for (let index = 0; index < members.length; index += 1) {
    const first = members[index] ?? '';
    const last = members[index + 2];
    if (members[index + 1] === '-' && last !== undefined) {
      ranges.push([first, last]);
      index += 2;
    } else ranges.push([first, first]);
  }
  return (character) => ranges.some(([first, last]) => first <= character && character <= last) !== isNegative;
}
