import { RE2JS } from 're2js';
import { linesOf } from './line.ts';
import type { CodeOwners, LineProblem, Rule } from './types.ts';

/**
 * Gitea and Forgejo: each pattern is a regular expression of Go for the whole path, `!` turns it round, and every rule
 * that matches counts. What needs more than a walk through the text (a look ahead) is left out, and told.
 */
export function giteaOwners(text: string): CodeOwners {
  const rules: Rule[] = [];
  const problems: LineProblem[] = [];
  for (const { line, text: content } of linesOf(text)) {
    const [pattern = '', ...owners] = tokens(content);
    if (owners.length === 0) {
      problems.push({ line, message: 'it names no owner' });
      continue;
    }
    const isNegative = pattern.startsWith('!');
    const matches = regularExpression(pattern.replace(/^!/, '').replace(/^\//, ''));
    if (matches === undefined) problems.push({ line, message: 'its regular expression is not understood' });
    else {
      rules.push({
        line,
        pattern,
        owners: owners.map((owner) => (owner.startsWith('@') ? owner : `@${owner}`)),
        matches: (path) => matches(path) !== isNegative,
      });
    }
  }
  return {
    problems,
    ownersOf: (path) =>
      rules.filter(({ matches }) => matches(path)).map(({ owners, pattern, line }) => ({ owners, pattern, line })),
  };
}

/** An engine whose time grows with the text alone: the expression comes from whoever may write to the repository. */
function regularExpression(source: string): ((path: string) => boolean) | undefined {
  try {
    const expression = RE2JS.compile(`^(?:${source})$`);
    return (path) => expression.matcher(path).find();
  } catch {
    return undefined;
  }
}

/** Cut at blanks; a backslash takes the next character as it is, and a `#` begins a comment. */
function tokens(line: string): readonly string[] {
  const found: string[] = [];
  let token = '';
  let isEscaped = false;
  for (const character of line) {
    if (isEscaped) {
      token += character;
      isEscaped = false;
    } else if (character === '\\') isEscaped = true;
    else if (character === '#') break;
    else if (/\s/.test(character)) {
      if (token !== '') found.push(token);
      token = '';
    } else token += character;
  }
  if (token !== '') found.push(token);
  return found;
}
