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

/** A block of a document that is no command: what goes into a file, or what a program writes. */
export interface ShownBlock {
  /** As for commands. */
  readonly name: string | undefined;
  /** What the fence says: `yaml`, `json`, `ts`. */
  readonly language: string;
  readonly text: string;
}

const shown = /(?:<!-- test: (\S+) -->\n\n?)?```(yaml|json|ts|go)\n(.*?)```/gs;

/** Every block of a document that shows data or code, in order. */
export function shownBlocks(document: string): readonly ShownBlock[] {
  const text = readFileSync(join(project, document), 'utf8');
  return [...text.matchAll(shown)].map(([, name, language = '', content = '']) => ({ name, language, text: content }));
}

/** The block of this name. @throws Error where the document has none */
export function shownBlock(document: string, name: string): string {
  const found = shownBlocks(document).find((block) => block.name === name);
  if (found === undefined) throw new Error(`${document} shows no ${name}`);
  return found.text;
}
