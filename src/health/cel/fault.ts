import type { CelFault } from './compile.ts';

/** Where an expression of several lines goes wrong: `line 2, column 5`. */
function placeOf(source: string, at: number): string {
  const before = source.slice(0, at).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return before.length === 1 ? `column ${column}` : `line ${before.length}, column ${column}`;
}

/** What is wrong with an expression, and where in it. */
export function describeFault(source: string, { message, at }: CelFault): string {
  return `${message}, at ${placeOf(source, at)} of \`${source}\``;
}
