import { isAlias, isCollection, isNode, isPair, isScalar, visit } from 'yaml';
import type { CST, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { type PlumbError, plumbError } from '../../../errors.ts';
import type { Layout } from './layout.ts';
import { columnOf } from './text.ts';

/** A document that is edited. */
export interface Source {
  readonly text: string;
  readonly document: Document;
  readonly layout: Layout;
  /** How many aliases refer to each anchor. */
  readonly aliases: ReadonlyMap<string, number>;
}

/** Where a value stands. */
export interface Slot {
  /** The value; null where nothing is written. */
  readonly node: Node | null;
  readonly kind: 'pair' | 'item' | 'root';
  /** Just behind the colon or the dash; where the value begins in brackets and at the root. */
  readonly start: number;
  /** Column of the key or the dash. */
  readonly column: number;
  /** Whether the value stands in braces or brackets. */
  readonly flow: boolean;
  /** Anchor and tag of the value. */
  readonly properties: readonly CST.SourceToken[];
}

/** Refuses an edit. */
export function cannot(message: string): PlumbError {
  return plumbError('writeback.cannot-place', message);
}

/** How many aliases refer to each anchor of a document, or of a part of it. */
export function countAliases(root: Document | Node): Map<string, number> {
  const counts = new Map<string, number>();
  visit(root, {
    Alias(_, { source }) {
      counts.set(source, (counts.get(source) ?? 0) + 1);
    },
  });
  return counts;
}

/** Where a node begins and where its own text ends, without what follows. @throws PlumbError for a node that was made */
export function rangeOf(node: Node): readonly [start: number, end: number] {
  if (node.range === undefined || node.range === null) throw cannot('the document cannot be taken apart');
  return [node.range[0], node.range[1]];
}

/** Where the text of a node ends, without the line breaks and comments behind it. */
export function contentEnd(text: string, node: Node): number {
  const [start, end] = rangeOf(node);
  if (isFlow(node) || !isCollection(node)) {
    const isBlock = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
    if (!isBlock) return end;
    const source = text.slice(start, end);
    const header = /^[^\r\n]*/.exec(source)?.[0] ?? '';
    // Empty lines at the end are part of the text only where the header says that they are kept.
    const kept = /^[|>]\d?\+/.test(header);
    return start + (kept ? source.replace(/\r?\n$/, '') : source.trimEnd()).length;
  }
  const last = node.items.at(-1);
  if (isPair(last)) return isNode(last.value) ? valueEnd(text, last) : rangeOf(keyOf(last))[1];
  return isNode(last) ? Math.max(contentEnd(text, last), start) : end;
}

function valueEnd(text: string, pair: Pair): number {
  const end = isNode(pair.value) ? contentEnd(text, pair.value) : 0;
  // What is left empty ends with its colon, and with its anchor.
  const behind = (tokensOf(pair).sep ?? []).filter(({ type }) => type === 'map-value-ind' || isProperty(type));
  return isEmpty(pair.value) ? Math.max(...behind.map(endOf), rangeOf(keyOf(pair))[1]) : end;
}

/** Where a pair ends, without what follows. */
export function pairEnd(text: string, pair: Pair): number {
  return valueEnd(text, pair);
}

/** Where an item of a block list ends: an empty one with its dash. */
export function itemEnd(text: string, list: YAMLSeq, index: number): number {
  const node = list.items[index];
  return isNode(node) && !isEmpty(node) ? contentEnd(text, node) : endOf(dashOf(list, index));
}

/** Whether nothing is written: `key:` */
export function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === '');
}

/** Whether a value is none: nothing is written, or `null`. */
export function isNull(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** True for a collection in braces or brackets. */
export function isFlow(node: Node): boolean {
  return isCollection(node) && node.flow === true;
}

/** The key of a pair. @throws PlumbError where it is no plain name */
export function keyOf(pair: Pair): Scalar {
  if (!isScalar(pair.key)) throw cannot('a key is no text');
  return pair.key;
}

/** The pair of a key, written in the map itself. */
export function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
}

/** Whether the map takes fields from others with `<<`. */
export function hasMerge(map: YAMLMap): boolean {
  return map.items.some(({ key }) => isScalar(key) && key.source === '<<');
}

function tokensOf(pair: Pair): CST.CollectionItem {
  const { srcToken } = pair as Pair & { readonly srcToken?: CST.CollectionItem };
  if (srcToken === undefined) throw cannot('the document cannot be taken apart');
  if (srcToken.start.some(({ type }) => type === 'explicit-key-ind'))
    throw cannot('a key is written with a question mark');
  return srcToken;
}

function isProperty(type: string): boolean {
  return type === 'anchor' || type === 'tag';
}

function endOf({ offset, source }: CST.SourceToken): number {
  return offset + source.length;
}

/** Where a pair begins: at the anchor of its key, or at the key. */
export function pairStart(pair: Pair): number {
  const property = tokensOf(pair).start.find(({ type }) => isProperty(type));
  return property?.offset ?? rangeOf(keyOf(pair))[0];
}

/** Where the value of a pair stands. */
export function slotOfPair(text: string, map: YAMLMap, pair: Pair): Slot {
  const { sep = [] } = tokensOf(pair);
  const colon = sep.find(({ type }) => type === 'map-value-ind');
  const start = colon === undefined ? rangeOf(keyOf(pair))[1] : endOf(colon);
  const node = isNode(pair.value) ? pair.value : null;
  const properties = sep.filter(({ type }) => isProperty(type));
  return { node, kind: 'pair', start, column: columnOf(text, pairStart(pair)), flow: isFlow(map), properties };
}

function itemTokens(list: YAMLSeq): readonly CST.CollectionItem[] {
  const token = list.srcToken;
  if (token?.type === 'block-seq') {
    return token.items.filter(({ start }) => start.some(({ type }) => type === 'seq-item-ind'));
  }
  if (token?.type === 'flow-collection') {
    return token.items.filter(({ key, sep, value }) => key !== undefined || sep !== undefined || value !== undefined);
  }
  throw cannot('the document cannot be taken apart');
}

/** The dash of an item of a block list. */
export function dashOf(list: YAMLSeq, index: number): CST.SourceToken {
  const dash = itemTokens(list)[index]?.start.find(({ type }) => type === 'seq-item-ind');
  if (dash === undefined) throw cannot('the document cannot be taken apart');
  return dash;
}

/** Where an item in brackets begins, with its anchor. */
export function itemStart(list: YAMLSeq, index: number): number {
  const property = itemTokens(list)[index]?.start.find(({ type }) => isProperty(type));
  const node = list.items[index];
  if (!isNode(node)) throw cannot('a list in brackets has an item that is no value of its own');
  return property?.offset ?? rangeOf(node)[0];
}

/** Where an item stands. */
export function slotOfItem(text: string, list: YAMLSeq, index: number): Slot {
  const tokens = itemTokens(list)[index]?.start ?? [];
  const item = list.items[index];
  const node = isNode(item) ? item : null;
  const properties = tokens.filter(({ type }) => isProperty(type));
  if (isFlow(list)) {
    const start = itemStart(list, index);
    return { node, kind: 'item', start, column: columnOf(text, start), flow: true, properties };
  }
  const dash = dashOf(list, index);
  return { node, kind: 'item', start: endOf(dash), column: columnOf(text, dash.offset), flow: false, properties };
}

/** Where the document's own value stands. */
export function rootSlot({ document }: Source): Slot {
  const node = isNode(document.contents) ? document.contents : null;
  return { node, kind: 'root', start: node === null ? 0 : rangeOf(node)[0], column: 0, flow: false, properties: [] };
}

/**
 * Refuses to change a node, or what is in it, where an alias elsewhere stands for the same.
 * @param inside also look at what is in the node, since it goes
 */
export function refuseShared({ aliases }: Source, node: Node | null, inside: boolean): void {
  if (node === null) return;
  const anchors: string[] = [];
  const look = (each: Node): void => {
    if (!isAlias(each) && each.anchor !== undefined) anchors.push(each.anchor);
  };
  if (inside) visit(node, { Node: (_, each) => look(each) });
  else look(node);
  const own = inside ? countAliases(node) : new Map<string, number>();
  const shared = anchors.find((anchor) => (aliases.get(anchor) ?? 0) > (own.get(anchor) ?? 0));
  if (shared !== undefined) {
    throw cannot(`the value is the anchor &${shared}, which other places of the document repeat`);
  }
}
