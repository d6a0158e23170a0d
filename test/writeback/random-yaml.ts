import fc from 'fast-check';
import { Document, isCollection, isMap, isNode, isPair, isScalar, isSeq, type Node, visit } from 'yaml';
import type { Json } from '../../src/object.ts';
import { valueAt } from '../../src/writeback/place/field-path.ts';
import type { FieldEdit } from '../../src/writeback/index.ts';

/** Texts that are easily read as something else, or written in more than one way. */
const text = fc.oneof(
  fc.constantFrom(
    'web',
    'yes',
    'on',
    '~',
    '0755',
    '1.29',
    '1e3',
    'a: b',
    'a #b',
    '- a',
    '{{ x }}',
    "it's",
    '"q"',
    ' x',
    '',
    '*a',
    '&a',
    '!t',
    '2026-11-21',
    'ä€😀',
    'x\ny',
    'x\n\ny\n',
    ' x\n y\n',
    'tab\there',
    '%x',
    '@x',
    '=',
    '<<',
    '---',
    '10.0.0.1',
  ),
  fc.string({ maxLength: 8, unit: 'grapheme' }),
);

/** Names of fields; some need quotes. */
const name = fc.constantFrom(
  'a',
  'b',
  'name',
  'image',
  'app.kubernetes.io/name',
  '8080',
  'on',
  'x y',
  'long-name',
  'key:',
  '__proto__x',
);

/** Any scalar. */
export const randomScalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.integer({ min: -1000, max: 1000 }),
  fc.boolean(),
  fc.constant(null),
);

/** Any value as manifests have them. */
export const randomValue: fc.Arbitrary<Json> = fc.letrec<{ value: Json; map: Json; list: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' }, randomScalar, tie('map'), tie('list')),
  map: fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  list: fc.array(tie('value'), { maxLength: 4 }),
})).value;

/** A map that is not empty, as a document is. */
export const randomMap: fc.Arbitrary<Json> = fc.dictionary(name, randomValue, {
  minKeys: 1,
  maxKeys: 6,
  noNullPrototype: true,
});

/** A value as YAML in a style that somebody may have: block and flow mixed, any quotes, comments, any indentation. */
export function yamlOf(value: Json, random: fc.GeneratorValue): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  const chance = (percent: number): boolean => random(fc.nat, { max: 99 }) < percent;
  visit(document, {
    Node(key, node, path) {
      styleNode(node, chance, key !== 'key' && path.length > 1);
    },
  });
  const written = document.toString({
    indent: random(fc.constantFrom, 2, 4),
    indentSeq: chance(50),
    lineWidth: 0,
    flowCollectionPadding: chance(50),
    singleQuote: chance(50),
  });
  const ended = chance(10) ? written.trimEnd() : written;
  // What a block holds would be another text with other line breaks.
  return chance(10) && !/[|>]/.test(ended) ? ended.replaceAll('\n', '\r\n') : ended;
}

function styleNode(node: Node, chance: (percent: number) => boolean, isValue: boolean): void {
  if (isCollection(node) && isValue && chance(20)) node.flow = true;
  if (isScalar(node) && typeof node.value === 'string') {
    if (chance(20)) node.type = 'QUOTE_DOUBLE';
    if (chance(20)) node.type = 'QUOTE_SINGLE';
  }
  if (isScalar(node) && isValue && node.value !== null && chance(15)) node.comment = ' behind';
  if (isValue && chance(10)) node.commentBefore = ' before';
}

/** Some edit of a value: of something that is there, or of something new beside it. */
export function editOf(value: Json, random: fc.GeneratorValue): FieldEdit {
  const paths = pathsIn(value, []).slice(1);
  const path = random(fc.constantFrom, ...paths);
  const kind = random(fc.constantFrom, 'set', 'remove', 'add', 'scalar');
  if (kind === 'remove') return { path, value: undefined };
  if (kind === 'scalar') return { path, value: random(() => randomScalar) };
  if (kind === 'set') return { path, value: random(() => randomValue) };
  const beside = path.slice(0, -1);
  const parent = valueAt(value, beside);
  const step = Array.isArray(parent) ? parent.length : random(fc.constantFrom, 'new', 'yes', 'x/y');
  return { path: [...beside, step], value: random(() => randomValue) };
}

function pathsIn(value: Json, path: readonly (string | number)[]): (string | number)[][] {
  if (Array.isArray(value))
    return [[...path], ...value.flatMap((item: Json, index) => pathsIn(item, [...path, index]))];
  if (value === null || typeof value !== 'object') return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, field]) => pathsIn(field ?? null, [...path, key]))];
}

/** Lines that an edit may touch, from the first to the last, both from 0. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

/**
 * The lines of the deepest thing on the path that is there, with its key or dash; of what is around it where it is in
 * braces or brackets, or is all that is in there.
 */
export function linesOf(document: Document, source: string, path: FieldEdit['path']): Lines {
  let node: unknown = document.contents;
  let range: readonly [number, number] = [0, source.trimEnd().length];
  let around: readonly [number, number] | undefined;
  for (const step of path) {
    if (!isMap(node) && !isSeq(node)) break;
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === step) : undefined;
    const item: unknown = isSeq(node) && typeof step === 'number' ? node.items[step] : pair?.value;
    const start = isPair(pair) && isNode(pair.key) ? pair.key.range?.[0] : isNode(item) ? item.range?.[0] : undefined;
    if (start === undefined) break;
    const end = isNode(item) ? (item.range?.[1] ?? start) : start;
    const isFlow: boolean = Boolean(node.flow);
    if (isFlow || node.items.length === 1) around ??= range;
    // What goes from the line of a dash leaves that line to what comes next.
    else if (node.items[0] === (pair ?? item) && isBehindDash(source, node)) around = range;
    else if (!isFlow) around = undefined;
    // An item begins with its dash, which may stand in a line above it.
    const begin = isSeq(node) && !isFlow ? source.lastIndexOf('-', start - 1) : start;
    range = [begin, Math.max(start, source.slice(0, end).trimEnd().length)];
    node = item;
  }
  const [from, to] = around ?? range;
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length - 1;
  return { first: lineAt(from), last: lineAt(to) };
}

function isBehindDash(source: string, { range }: Node): boolean {
  const line =
    source
      .slice(0, range?.[0] ?? 0)
      .split('\n')
      .at(-1) ?? '';
  return line.trim() !== '';
}
