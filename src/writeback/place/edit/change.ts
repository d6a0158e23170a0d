import { isAlias, isCollection, isMap, isScalar } from 'yaml';
import type { Node, YAMLMap, YAMLSeq } from 'yaml';
import type { Json } from '../../../object.ts';
import { isList as isListValue, isObject } from '../field-path.ts';
import {
  blockLines,
  fieldLines,
  flowKey,
  flowText,
  hasQuotedKeys,
  indented,
  isInline,
  itemLines,
  jsonLines,
} from './layout.ts';
import {
  cannot,
  contentEnd,
  dashOf,
  isEmpty,
  isFlow,
  itemEnd,
  itemStart,
  pairEnd,
  pairStart,
  rangeOf,
  refuseShared,
  type Slot,
  type Source,
} from './nodes.ts';
import { literalBlock, writeQuoted, writeScalar } from './scalar.ts';
import { columnOf, indentOf, lineEnd, lineStart, type Splice, startsLine } from './text.ts';

/** Writes another value where one stands. */
export function replaceValue(source: Source, slot: Slot, value: Json): readonly Splice[] {
  if (slot.kind === 'root') throw cannot('the document as a whole would become something else');
  refuseShared(source, slot.node, true);
  if (slot.flow) return [replaceFlow(source, slot, value)];
  const below = isInline(value) ? scalarBelow(source, slot) : undefined;
  if (below !== undefined) return [{ ...below, text: inlineText(slot, value) }];
  const body = isInline(value) ? undefined : bodyOf(source, slot, value);
  const head = body === undefined ? inlineText(slot, value) : body.head;
  return [...withHead(source, slot, head), ...withBody(source, slot, value, body?.lines ?? [])];
}

/** A scalar, or something in brackets, that stands in a line of its own, below that of its key. */
function scalarBelow({ text }: Source, { node, start, properties }: Slot): Omit<Splice, 'text'> | undefined {
  if (node === null || isBlock(node) || isEmpty(node) || properties.length > 0) return undefined;
  const [from] = rangeOf(node);
  return from > lineEnd(text, start) ? { from, to: contentEnd(text, node) } : undefined;
}

function isBlock(node: Node): boolean {
  return isCollection(node) && !isFlow(node);
}

/** The text of a value that stands in the line of its key or dash. */
function inlineText({ node }: Slot, value: Json): string {
  if (isListValue(value)) return '[]';
  if (isObject(value)) return '{}';
  return writeScalar(value, styleOf(node), false);
}

function styleOf(node: Node | null): 'plain' | 'single' | 'double' {
  if (!isScalar(node)) return 'plain';
  if (node.type === 'QUOTE_SINGLE') return 'single';
  return node.type === 'QUOTE_DOUBLE' ? 'double' : 'plain';
}

interface Body {
  /** What stands in the line of the key or dash; empty where nothing does. */
  readonly head: string;
  readonly lines: readonly string[];
}

function bodyOf({ text, layout }: Source, slot: Slot, value: Json): Body {
  if (typeof value === 'string') {
    const block = literalBlock(value);
    if (block === undefined) return { head: writeQuoted(value), lines: [] };
    const column = blockColumn(text, slot) ?? slot.column + layout.step;
    return { head: block.header, lines: indented(block.lines, column) };
  }
  if (slot.kind === 'item') {
    const [first = '', ...lines] = itemLines(value, slot.column, 2, layout);
    return { head: first.slice(slot.column + 2), lines };
  }
  const column = slot.column + (isListValue(value) ? layout.dashIndent : layout.step);
  return { head: '', lines: blockLines(value, column, layout) };
}

/** The column of the lines of a text that stands as a block already. */
function blockColumn(text: string, { node }: Slot): number | undefined {
  if (!isScalar(node) || (node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED')) return undefined;
  const [start, end] = rangeOf(node);
  const line = text
    .slice(lineEnd(text, start), end)
    .split('\n')
    .find((each) => each.trim() !== '');
  return line === undefined ? undefined : (/^ */.exec(line)?.[0].length ?? 0);
}

/** What is written of a value in the line of its key or dash. */
function headRange({ text }: Source, { node, start, properties }: Slot): readonly [from: number, to: number] {
  const first = properties[0]?.offset;
  if (node === null || isEmpty(node)) {
    const last = properties.at(-1);
    return first === undefined || last === undefined ? [start, start] : [first, last.offset + last.source.length];
  }
  const [from] = rangeOf(node);
  const end = contentEnd(text, node);
  if (from > lineEnd(text, start)) {
    // It begins in a line below; only its anchor and tag may stand here.
    const last = properties.at(-1);
    const here = first !== undefined && last !== undefined && first < lineEnd(text, start);
    return here ? [first, last.offset + last.source.length] : [start, start];
  }
  const isText = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
  if (isText) {
    const header = /^[|>][-+\d]*/.exec(text.slice(from))?.[0] ?? '';
    return [first ?? from, from + header.length];
  }
  // Of a block that begins behind its dash, the first line ends here; what is written over several lines goes as a whole.
  return [first ?? from, isBlock(node) ? Math.min(end, lineEnd(text, from)) : end];
}

function withHead(source: Source, slot: Slot, head: string): Splice[] {
  const { text } = source;
  const [from, to] = headRange(source, slot);
  if (text.slice(from, to) === head) return [];
  // A blank stands between the colon and a value, and no blank where there is none.
  if (head === '') return from === to ? [] : [{ from: slot.start, to, text: '' }];
  return [{ from, to, text: from === slot.start ? ` ${head}` : head }];
}

/** Replaces the lines below that of the key or dash. */
function withBody(source: Source, slot: Slot, value: Json, lines: readonly string[]): Splice[] {
  const { text, layout } = source;
  const [, headEnd] = headRange(source, slot);
  const from = lineEnd(text, headEnd);
  const { node } = slot;
  const end = node === null || isEmpty(node) ? from : contentEnd(text, node);
  const to = end <= from ? from : lineEnd(text, end);
  const replacement = lines.map((line) => layout.lineBreak + line).join('') + lastBreak(source, to, value);
  return text.slice(from, to) === replacement ? [] : [{ from, to, text: replacement }];
}

function replaceFlow(source: Source, slot: Slot, value: Json): Splice {
  const { text } = source;
  const { node, start, properties } = slot;
  const style = styleOf(node);
  const written =
    typeof value === 'string' && style === 'single'
      ? writeScalar(value, style, true)
      : flowValue(source, value, lineStart(text, start) + slot.column, style === 'double');
  if (node === null || isEmpty(node)) {
    const colon = text[start - 1] === ':' ? '' : ':';
    return { from: start, to: start, text: slot.kind === 'pair' ? `${colon} ${written}` : written };
  }
  const [from, to] = rangeOf(node);
  return { from: properties[0]?.offset ?? from, to, text: written };
}

/** A value in braces, over several lines in JSON where what it stands beside has a line of its own. */
function flowValue({ text, layout }: Source, value: Json, beside: number, quoted: boolean): string {
  if (layout.json && startsLine(text, beside)) return jsonLines(value, indentOf(text, beside), layout);
  return flowText(value, quoted || layout.json);
}

/** Adds a key at the end of a map. */
export function addPair(source: Source, slot: Slot, map: YAMLMap, name: string, value: Json): readonly Splice[] {
  const { text, layout } = source;
  refuseShared(source, map, false);
  const last = map.items.at(-1);
  if (last === undefined || (isFlow(map) && map.items.length === 0))
    return replaceValue(source, slot, { [name]: value });
  if (!isFlow(map)) {
    const lines = fieldLines(name, value, columnOf(text, pairStart(map.items[0] ?? last)), layout);
    return [linesAfter(source, pairEnd(text, last), value, lines)];
  }
  const quoted = layout.json || hasQuotedKeys(map) === true;
  const begin = pairStart(last);
  const written = `${flowKey(name, quoted)}: ${flowValue(source, value, begin, quoted)}`;
  return [behind(source, endOfFlow(text, last.value, pairEnd(text, last)), begin, written)];
}

function endOfFlow(text: string, node: unknown, otherwise: number): number {
  return isScalar(node) || isCollection(node) || isAlias(node)
    ? Math.max(contentEnd(text, node), otherwise)
    : otherwise;
}

/** Writes something behind an item in braces or brackets, in a line of its own where that item has one. */
function behind({ text, layout }: Source, end: number, begin: number, written: string): Splice {
  return {
    from: end,
    to: end,
    text: startsLine(text, begin) ? `,${layout.lineBreak}${indentOf(text, begin)}${written}` : `, ${written}`,
  };
}

/** Writes lines below that of an offset. */
function linesAfter(source: Source, offset: number, value: Json, lines: readonly string[]): Splice {
  const { text, layout } = source;
  const at = lineEnd(text, offset);
  const added = lines.map((line) => layout.lineBreak + line).join('');
  return { from: at, to: at, text: added + lastBreak(source, at, value) };
}

/** A text that ends with a line break needs it, also at the end of a file that has none. */
function lastBreak({ text, layout }: Source, at: number, value: Json): string {
  return at === text.length && !isInline(value) && JSON.stringify(value).includes(String.raw`\n`)
    ? layout.lineBreak
    : '';
}

/** Adds an item to a list, before the one that has the index now, or at the end. */
export function insertItem(source: Source, slot: Slot, list: YAMLSeq, index: number, value: Json): readonly Splice[] {
  const { text, layout } = source;
  refuseShared(source, list, false);
  if (list.items.length === 0) return replaceValue(source, slot, [value]);
  if (isFlow(list)) return [insertFlowItem(source, list, index, value)];
  const dash = dashOf(list, 0);
  const column = columnOf(text, dash.offset);
  const lines = itemLines(value, column, gapOf(text, list), layout);
  if (index > 0) return [linesAfter(source, itemEnd(text, list, index - 1), value, lines)];
  const written = lines.map((line) => line + layout.lineBreak).join('');
  if (startsLine(text, dash.offset)) {
    const at = lineStart(text, dash.offset);
    return [{ from: at, to: at, text: written }];
  }
  return [{ from: dash.offset, to: dash.offset, text: written.slice(column) + ' '.repeat(column) }];
}

function insertFlowItem(source: Source, list: YAMLSeq, index: number, value: Json): Splice {
  const { text, layout } = source;
  const [first] = list.items;
  const quoted = layout.json || (isScalar(first) && first.type === 'QUOTE_DOUBLE') || hasQuotedItems(first);
  if (index > 0) {
    const begin = itemStart(list, index - 1);
    const written = flowValue(source, value, begin, quoted);
    return behind(source, endOfFlow(text, list.items[index - 1], begin), begin, written);
  }
  const begin = itemStart(list, 0);
  const written = flowValue(source, value, begin, quoted);
  const separator = startsLine(text, begin) ? `,${layout.lineBreak}${indentOf(text, begin)}` : ', ';
  return { from: begin, to: begin, text: written + separator };
}

function hasQuotedItems(item: unknown): boolean {
  return isMap(item) && hasQuotedKeys(item) === true;
}

/** The blanks between a dash and its item, with the dash itself. */
function gapOf(text: string, list: YAMLSeq): number {
  for (const [index, item] of list.items.entries()) {
    const dash = dashOf(list, index).offset;
    if (isMap(item) && !isFlow(item) && item.range !== undefined && item.range !== null) {
      const gap = item.range[0] - dash;
      if (gap >= 2 && item.range[0] <= lineEnd(text, dash)) return gap;
    }
  }
  return 2;
}
