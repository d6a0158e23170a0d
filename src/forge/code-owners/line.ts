/** A line cut into words. */
export interface Words {
  readonly words: readonly string[];
  /** What follows the words, from the `#` on; undefined where there is none. */
  readonly comment: string | undefined;
}

/** How a dialect cuts a line. */
export interface LineSyntax {
  /** A comment may follow the words. */
  readonly comments: boolean;
  /** Words may be in double quotes. */
  readonly quotes: boolean;
}

/** Cuts a line at blanks that are not escaped. Escapes are left in: what they mean depends on the word. */
export function wordsOf(line: string, { comments, quotes }: LineSyntax): Words {
  const words: string[] = [];
  let word = '';
  let isQuoted = false;
  const characters = Array.from(line);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    if (character === '\\' && index + 1 < characters.length) {
      index += 1;
      word += character + (characters[index] ?? '');
    } else if (quotes && character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
    } else if (comments && !isQuoted && character === '#' && word === '') {
      return { words, comment: characters.slice(index).join('') };
    } else word += character;
  }
  if (word !== '') words.push(word);
  return { words, comment: undefined };
}

/** The lines of a text that are neither empty nor comments, with their numbers from 1. */
export function linesOf(text: string): readonly { readonly line: number; readonly text: string }[] {
  return text
    .split('\n')
    .map((each, index) => ({ line: index + 1, text: each.trim() }))
    .filter((each) => each.text !== '' && !each.text.startsWith('#'));
}

/** `@user`, `@org/team`, `@@group`, `name@example.com`. */
export function isOwner(word: string): boolean {
  return /^@{1,3}[^@\s].*$/.test(word) || /^[^@\s]+@[^@\s]+$/.test(word);
}
