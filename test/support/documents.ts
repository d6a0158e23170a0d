import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block of commands in a document. */
export interface CommandBlock {
  /** Name that the comment `<!-- test: NAME -->` before the block gives it. */
  readonly name: string | undefined;
  /** The commands as a reader would copy them. */
  readonly text: string;
  /** Line of the document that it begins on. */
  readonly line: number;
}

const project = join(import.meta.dirname, '..', '..');
const pattern = /(?:<!-- test: (\S+) -->\n\n?)?```(?:sh|bash|shell|console)\n(.*?)```/gs;

/** Every block of commands of a document of this project, in order. */
export function commandBlocks(document: string): readonly CommandBlock[] {
  const text = readFileSync(join(project, document), 'utf8');
  return [...text.matchAll(pattern)].map((match) => ({
    name: match[1],
    text: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }));
}
