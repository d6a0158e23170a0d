import { stripVTControlCharacters } from 'node:util';

const gap = '   ';

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

/**
 * Rows under their headings as kubectl writes them: columns as wide as they need to be, three spaces
 * between, nothing behind the last. Cells may hold colours.
 */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, index) =>
    Math.max(width(heading), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - width(cell))))
      .join(gap)
      .trimEnd();
  return [headings, ...rows].map((cells) => `${line(cells)}\n`).join('');
}

/** `NAME: value` lines with the values under one another, as `kubectl describe` writes them. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[], indent = ''): string {
  const longest = Math.max(0, ...fields.map(([name]) => name.length));
  return fields
    .map(([name, value]) => {
      const [first = '', ...rest] = value.split('\n');
      const padding = ' '.repeat(longest + 3);
      return [`${indent}${`${name}:`.padEnd(longest + 3)}${first}`, ...rest.map((text) => indent + padding + text)]
        .map((text) => `${text.trimEnd()}\n`)
        .join('');
    })
    .join('');
}
