import { isMap, isScalar, isSeq, visit } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import type { Json, JsonObject } from '../../../object.ts';
import { isList, isObject } from '../field-path.ts';
import { literalBlock, writeQuoted, writeScalar } from './scalar.ts';
import { columnOf, lineBreakOf } from './text.ts';

/** How a file writes things, for what is added to it. */
export interface Layout {
  /** Blanks for each level. */
  readonly step: number;
  /** Blanks before the dashes of a list, from the key above it. */
  readonly dashIndent: number;
  /** `\n` or `\r\n` */
  readonly lineBreak: string;
  /** True where everything has to be JSON. */
  readonly json: boolean;
}

/** How most people write manifests. */
export const usualLayout: Layout = { step: 2, dashIndent: 2, lineBreak: '\n', json: false };

/**
 * How a document writes things, as far as it shows.
 * @param file the whole text, for what the document itself does not show
 */
export function layoutOf(text: string, document: Document, json: boolean, file: string): Layout {
  let step: number | undefined;
  let dashIndent: number | undefined;
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.range === undefined || key.range === null) return undefined;
      const column = columnOf(text, key.range[0]);
      const inner = (isMap(value) || isSeq(value)) && value.flow !== true ? value.range?.[0] : undefined;
      if (inner === undefined) return undefined;
      const indent = columnOf(text, inner) - column;
      if (isMap(value)) step ??= indent;
      else dashIndent ??= indent;
      return step !== undefined && dashIndent !== undefined ? visit.BREAK : undefined;
    },
  });
  const flowStep = json ? (/^[\s]*[{[]\r?\n([ ]+)/.exec(text)?.[1]?.length ?? 2) : 2;
  return {
    step: step ?? flowStep,
    dashIndent: dashIndent ?? dashIndentIn(file) ?? 2,
    lineBreak: lineBreakOf(file),
    json,
  };
}

/** How a file writes things, as far as it shows without being taken apart: for another one beside it. */
export function layoutOfFile(text: string): Layout {
  const dashIndent = dashIndentIn(text) ?? usualLayout.dashIndent;
  return { ...usualLayout, dashIndent, lineBreak: lineBreakOf(text) };
}

/** The blanks before the dashes of the first list that a text shows. */
function dashIndentIn(text: string): number | undefined {
  const [, outer, inner] = /^( *)[^\s#-][^\n]*:[ \t]*\r?\n( *)- /m.exec(text) ?? [];
  return outer === undefined || inner === undefined ? undefined : Math.max(0, inner.length - outer.length);
}

/** Whether a value is written in the line of its key. */
export function isInline(value: Json): value is null | boolean | number | string | readonly [] | JsonObject {
  if (typeof value === 'string') return literalBlock(value) === undefined;
  if (isList(value)) return value.length === 0;
  return !isObject(value) || fieldsOf(value).length === 0;
}

/** The fields that are there. */
export function fieldsOf(value: JsonObject): (readonly [string, Json])[] {
  return Object.entries(value).flatMap(([name, field]) => (field === undefined ? [] : [[name, field] as const]));
}

/** The lines of a block, each with its indentation. Scalars stand alone in a line. */
export function blockLines(value: Json, column: number, layout: Layout): string[] {
  if (isInline(value)) return [pad(column) + writeInline(value)];
  if (isList(value)) return value.flatMap((item) => itemLines(item, column, 2, layout));
  if (isObject(value)) return fieldsOf(value).flatMap(([name, field]) => fieldLines(name, field, column, layout));
  return [];
}

/** A key and its value, in lines. */
export function fieldLines(name: string, value: Json, column: number, layout: Layout): string[] {
  const key = `${pad(column)}${writeScalar(name, 'plain', false)}:`;
  if (isInline(value)) return [`${key} ${writeInline(value)}`];
  if (typeof value === 'string') return literalLines(`${key} `, value, column + layout.step);
  return [key, ...blockLines(value, column + (isList(value) ? layout.dashIndent : layout.step), layout)];
}

/** An item and its dash, in lines. */
export function itemLines(value: Json, column: number, gap: number, layout: Layout): string[] {
  const dash = `${pad(column)}-${pad(gap - 1)}`;
  if (isInline(value)) return [dash + writeInline(value)];
  if (typeof value === 'string') return literalLines(dash, value, column + gap);
  const [first = '', ...rest] = blockLines(value, column + gap, layout);
  return [dash + first.slice(column + gap), ...rest];
}

function literalLines(before: string, value: string, column: number): string[] {
  const block = literalBlock(value);
  if (block === undefined) return [before + writeQuoted(value)];
  return [before + block.header, ...indented(block.lines, column)];
}

/** Lines of text, moved to the right; those that are empty stay so. */
export function indented(lines: readonly string[], column: number): string[] {
  return lines.map((line) => (line === '' ? '' : pad(column) + line));
}

function writeInline(value: Json): string {
  if (isList(value)) return '[]';
  if (isObject(value)) return '{}';
  return writeScalar(value, 'plain', false);
}

/** A value in braces and brackets. In JSON, and where `quoted`, all names and texts are in double quotes. */
export function flowText(value: Json, quoted: boolean): string {
  if (isList(value)) return `[${value.map((item) => flowText(item, quoted)).join(', ')}]`;
  if (isObject(value)) {
    const fields = fieldsOf(value).map(([name, field]) => `${flowKey(name, quoted)}: ${flowText(field, quoted)}`);
    return fields.length === 0 ? '{}' : `{${fields.join(', ')}}`;
  }
  return typeof value === 'string' && quoted ? writeQuoted(value) : writeScalar(value, 'plain', true);
}

/** A key in braces. */
export function flowKey(name: string, quoted: boolean): string {
  return quoted ? writeQuoted(name) : writeScalar(name, 'plain', true);
}

/** A value as JSON over several lines, to stand behind something in a line with this indentation. */
export function jsonLines(value: Json, indent: string, { step, lineBreak }: Layout): string {
  return escapeSeparators(JSON.stringify(value, undefined, step))
    .split('\n')
    .join(lineBreak + indent);
}

function escapeSeparators(json: string): string {
  return json.replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`);
}

/** Whether the keys of a map in braces are in double quotes; those of one without keys are as its surroundings say. */
export function hasQuotedKeys(map: YAMLMap): boolean | undefined {
  const [first] = map.items;
  return isScalar(first?.key) ? first.key.type === 'QUOTE_DOUBLE' : undefined;
}

function pad(column: number): string {
  return ' '.repeat(Math.max(0, column));
}
