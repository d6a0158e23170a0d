import { describe, expect, test } from 'vitest';
import type { Json } from '../../../object.ts';
import type { FieldEdit, FieldStep } from '../types.ts';
import { editDocument } from './edit-document.ts';

const set = (value: Json, ...path: readonly FieldStep[]): FieldEdit => ({ path, value });
const remove = (...path: readonly FieldStep[]): FieldEdit => ({ path, value: undefined });

type Case = readonly [name: string, before: string, edit: FieldEdit | readonly FieldEdit[], after: string];

const edited = (before: string, edit: FieldEdit | readonly FieldEdit[], index = 0): string =>
  editDocument(before, index, [edit].flat());

describe('a value', () => {
  const cases: readonly Case[] = [
    ['keeps the comment behind it', 'a: 1 # one\n', set(2, 'a'), 'a: 2 # one\n'],
    ['keeps the blanks before its comment', 'a:   1     # one\nb: 2\n', set(3, 'a'), 'a:   3     # one\nb: 2\n'],
    ['keeps double quotes', 'a: "x"\n', set('y', 'a'), 'a: "y"\n'],
    ['keeps single quotes', "a: 'x'\n", set("it's", 'a'), "a: 'it''s'\n"],
    ['stays plain', 'image: nginx:stable\n', set('nginx:1.29', 'image'), 'image: nginx:1.29\n'],
    ['gets quotes where it would be a number', 'a: x\n', set('1.29', 'a'), 'a: "1.29"\n'],
    ['gets quotes where it would be a truth value', 'a: x\n', set('on', 'a'), 'a: "on"\n'],
    ['gets quotes where it would be a date', 'a: x\n', set('2026-11-21', 'a'), 'a: "2026-11-21"\n'],
    ['gets quotes where it would be octal', 'a: x\n', set('0755', 'a'), 'a: "0755"\n'],
    ['gets quotes where it would be a time to some', 'a: x\n', set('12:30:45', 'a'), 'a: "12:30:45"\n'],
    ['is no number with two dots', 'a: x\n', set('1.2.3', 'a'), 'a: 1.2.3\n'],
    ['gets quotes where it would be a comment', 'a: x\n', set('b #c', 'a'), 'a: "b #c"\n'],
    ['gets quotes where it would be a key', 'a: x\n', set('b: c', 'a'), 'a: "b: c"\n'],
    ['gets quotes where it would be an alias', 'a: x\n', set('*b', 'a'), 'a: "*b"\n'],
    ['escapes what cannot be printed', 'a: x\n', set('\u0007\u2028', 'a'), String.raw`a: "\u0007\u2028"` + '\n'],
    ['that is a text with digits becomes a number', 'a: "2"\n', set(2, 'a'), 'a: 2\n'],
    ['becomes null', 'a: x\n', set(null, 'a'), 'a: null\n'],
    ['fills what is empty', 'a:\nb: 1\n', set('x', 'a'), 'a: x\nb: 1\n'],
    ['fills what is empty and has a comment', 'a: # none\nb: 1\n', set('x', 'a'), 'a: x # none\nb: 1\n'],
    ['in the line below its key', 'a:\n  x\nb: 1\n', set('w', 'a'), 'a:\n  w\nb: 1\n'],
    ['over several lines', 'a: x\n  y\nb: "c\n  d"\n', [set('z', 'a'), set('e', 'b')], 'a: z\nb: "e"\n'],
    ['with a tag', 'a: !!str 5 # five\n', set('6', 'a'), 'a: "6" # five\n'],
    ['with an anchor that nobody uses', 'a: &x 5\n', set(6, 'a'), 'a: 6\n'],
    ['becomes a map', 'a: 1 # one\nb: 2\n', set({ c: { d: 1 } }, 'a'), 'a: # one\n  c:\n    d: 1\nb: 2\n'],
    ['becomes a list', 'a: 1\n', set(['x'], 'a'), 'a:\n  - x\n'],
    ['of a map', 'a:\n  b: 1\n  c: 2\nd: 3\n', set(5, 'a'), 'a: 5\nd: 3\n'],
    [
      'of an item becomes a map',
      'a:\n- x # item\n- y\n',
      set({ b: 1, c: 2 }, 'a', 0),
      'a:\n- b: 1 # item\n  c: 2\n- y\n',
    ],
    ['of a map in a list becomes a text', 'a:\n- b: 1\n  c: 2\n- y\n', set('x', 'a', 0), 'a:\n- x\n- y\n'],
    ['without a line break at the end', 'a: 1', set(2, 'a'), 'a: 2'],
    [
      'with Windows line breaks',
      'a: 1\r\nb:\r\n  c: 2\r\n',
      [set(3, 'b', 'c'), set(4, 'b', 'd')],
      'a: 1\r\nb:\r\n  c: 3\r\n  d: 4\r\n',
    ],
    ['behind a byte order mark', '\ufeffa: 1\nb: 2\n', set(3, 'b'), '\ufeffa: 1\nb: 3\n'],
  ];
  test.each(cases)('%s', (_, before, edit, after) => {
    expect(edited(before, edit)).toBe(after);
  });
});

describe('a text over several lines', () => {
  const block = 'data:\n  a: | # config\n    x=1\n    y=2\n\n  b: 1\n';
  const cases: readonly Case[] = [
    ['keeps its block', block, set('x=1\ny=3\n', 'data', 'a'), 'data:\n  a: | # config\n    x=1\n    y=3\n\n  b: 1\n'],
    ['keeps its indentation', 'a: |\n      x\n      y\n', set('x\nz\n', 'a'), 'a: |\n      x\n      z\n'],
    ['becomes one of a line', block, set('x', 'data', 'a'), 'data:\n  a: x # config\n\n  b: 1\n'],
    ['loses its last line break', block, set('x\ny', 'data', 'a'), 'data:\n  a: |- # config\n    x\n    y\n\n  b: 1\n'],
    ['is made of one line', 'a: x # c\nb: 1\n', set('x\ny\n', 'a'), 'a: | # c\n  x\n  y\nb: 1\n'],
    ['is added', 'a: 1\n', set('x\n\n  y\n', 'b'), 'a: 1\nb: |\n  x\n\n    y\n'],
    ['is added at an end without a line break', 'a: 1', set('x\ny\n', 'b'), 'a: 1\nb: |\n  x\n  y\n'],
    ['that begins with a blank is quoted', 'a: 1\n', set(' x\ny\n', 'a'), String.raw`a: " x\ny\n"` + '\n'],
    ['that ends with empty lines is quoted', 'a: 1\n', set('x\n\n', 'a'), String.raw`a: "x\n\n"` + '\n'],
    ['may have tabs', 'a: 1\n', set('x {\n\ty\n}\n', 'a'), 'a: |\n  x {\n  \ty\n  }\n'],
    ['is an item', 'a:\n  - x\n', set('y\nz\n', 'a', 1), 'a:\n  - x\n  - |\n    y\n    z\n'],
    ['that was folded', 'a: >-\n  x\n  y\nb: 1\n', set('p\nq', 'a'), 'a: |-\n  p\n  q\nb: 1\n'],
    ['that is kept stays what it is beside a new key', 'a: |+\n  x\n\n\n', set(1, 'b'), 'a: |+\n  x\n\n\nb: 1\n'],
  ];
  test.each(cases)('%s', (_, before, edit, after) => {
    expect(edited(before, edit)).toBe(after);
  });
});

describe('a field', () => {
  const cases: readonly Case[] = [
    [
      'is added behind the last',
      'a:\n  b: 1 # b\n  # end of a\nc: 2\n',
      set(3, 'a', 'd'),
      'a:\n  b: 1 # b\n  d: 3\n  # end of a\nc: 2\n',
    ],
    [
      'is added behind a nested map',
      'a:\n  b:\n    c: 1\n\nd: 2\n',
      set(3, 'a', 'e'),
      'a:\n  b:\n    c: 1\n  e: 3\n\nd: 2\n',
    ],
    [
      'is added with all that it stands in',
      'a: 1\n',
      set('x', 'b', 'c', { name: 'd' }, 'e'),
      'a: 1\nb:\n  c:\n    - name: d\n      e: x\n',
    ],
    ['is indented as the others', 'a:\n    b: 1\n', set({ d: 1 }, 'a', 'c'), 'a:\n    b: 1\n    c:\n        d: 1\n'],
    ['has its dashes as the others', 'a:\n- 1\n', set([2], 'b'), 'a:\n- 1\nb:\n- 2\n'],
    ['is added to an empty map', 'a: {} # none\nb: 1\n', set('x', 'a', 'c'), 'a: # none\n  c: x\nb: 1\n'],
    ['is added to nothing', 'a:\nb: 1\n', set('x', 'a', 'c'), 'a:\n  c: x\nb: 1\n'],
    ['is added to null', 'a: ~ # none\nb: 1\n', set('x', 'a', 'c'), 'a: # none\n  c: x\nb: 1\n'],
    ['is added in braces', 'a: {b: 1, "c": x} # d\n', set('y, z', 'a', 'd'), 'a: {b: 1, "c": x, d: "y, z"} # d\n'],
    ['is added in braces over several lines', 'a: {\n  b: 1\n}\n', set(2, 'a', 'c'), 'a: {\n  b: 1,\n  c: 2\n}\n'],
    ['is added in braces that end with a comma', 'a: {b: 1,}\n', set(2, 'a', 'c'), 'a: {b: 1, c: 2,}\n'],
    ['is added behind an empty value', 'a:\n  b:\nc: 1\n', set(2, 'a', 'd'), 'a:\n  b:\n  d: 2\nc: 1\n'],
    ['is added to an item', 'a:\n- b: 1\n- c: 2\n', set(3, 'a', 0, 'd'), 'a:\n- b: 1\n  d: 3\n- c: 2\n'],
    ['with a name that needs quotes', 'a:\n  b: 1\n', set('x', 'a', '8080'), 'a:\n  b: 1\n  "8080": x\n'],
    ['that is a number in the file', 'a:\n  8080: x\n', set('w', 'a', '8080'), 'a:\n  8080: w\n'],
    ['goes with its line', 'a: 1\nb: 2 # two\nc: 3\n', remove('b'), 'a: 1\nc: 3\n'],
    ['goes with all that is in it', 'a:\n  b:\n    - 1\n  # end\nc: 1\n', remove('a'), '  # end\nc: 1\n'],
    [
      'leaves comments in lines of their own',
      '# first\na: 1\n# second\nb: 2\n',
      remove('a'),
      '# first\n# second\nb: 2\n',
    ],
    ['goes as the last', 'a: 1\nb: 2\n', remove('b'), 'a: 1\n'],
    ['goes as the last, without a line break', 'a: 1\nb: 2', remove('b'), 'a: 1'],
    ['leaves an empty map', 'a: # all\n  b: 1\nc: 2\n', remove('a', 'b'), 'a: {} # all\nc: 2\n'],
    ['goes from the line of its dash', 'a:\n  - b: 1\n    c: 2\n', remove('a', 0, 'b'), 'a:\n  - c: 2\n'],
    [
      'goes from the line of its dash, and leaves a comment',
      'a:\n- b: 1\n  # two\n  c: 2\n',
      remove('a', 0, 'b'),
      'a:\n-\n  # two\n  c: 2\n',
    ],
    ['goes from braces', 'a: {b: 1, c: 2, d: 3}\n', [remove('a', 'c'), remove('a', 'd')], 'a: {b: 1}\n'],
    ['goes from the beginning of braces', 'a: {b: 1, c: 2}\n', remove('a', 'b'), 'a: {c: 2}\n'],
    ['leaves empty braces', 'a: {b: 1}\n', remove('a', 'b'), 'a: {}\n'],
    ['with a text over several lines goes', 'a: |\n  x\n\nb: 1\n', remove('a'), '\nb: 1\n'],
    ['that is not there stays so', 'a: 1\n', remove('b', 'c'), 'a: 1\n'],
  ];
  test.each(cases)('%s', (_, before, edit, after) => {
    expect(edited(before, edit)).toBe(after);
  });
});

describe('an item', () => {
  const list = 'a:\n  # one\n  - name: x # x\n    v: 1\n  # two\n  - name: y\n    v: 2\nb: 1\n';
  const cases: readonly Case[] = [
    ['is found by its keys', list, set(3, 'a', { name: 'y' }, 'v'), list.replace('v: 2', 'v: 3')],
    [
      'is added behind the last',
      list,
      set({ v: 3 }, 'a', { name: 'z' }),
      list.replace('v: 2\n', 'v: 2\n  - name: z\n    v: 3\n'),
    ],
    [
      'is indented behind its dash as the others',
      'a:\n-   b: 1\n',
      set({ c: 2, d: 3 }, 'a', 1),
      'a:\n-   b: 1\n-   c: 2\n    d: 3\n',
    ],
    ['goes', list, remove('a', { name: 'y' }), list.replace('  - name: y\n    v: 2\n', '')],
    ['goes as the first', list, remove('a', { name: 'x' }), list.replace('  - name: x # x\n    v: 1\n', '')],
    ['leaves an empty list', 'a:\n- b: 1\nc: 1\n', remove('a', 0), 'a: []\nc: 1\n'],
    ['is added to an empty list', 'a: []\nb: 1\n', set('x', 'a', 0), 'a:\n  - x\nb: 1\n'],
    ['is added in brackets', 'a: [x, "y"]\n', set('z', 'a', 2), 'a: [x, "y", z]\n'],
    ['is added in brackets like the first', 'a: ["x"]\n', set('z', 'a', 1), 'a: ["x", "z"]\n'],
    ['goes from brackets', 'a: [x, y]\n', remove('a', 0), 'a: [y]\n'],
    ['is put between', 'a:\n- x # x\n# y\n- y\n', set(['x', 'new', 'y'], 'a'), 'a:\n- x # x\n- new\n# y\n- y\n'],
    ['is put first', 'a:\n- x\n', set(['new', 'x'], 'a'), 'a:\n- new\n- x\n'],
    ['is put first behind the dash of another list', 'a:\n- - x\n', set(['new', 'x'], 'a', 0), 'a:\n- - new\n  - x\n'],
    ['is put first in brackets', 'a: [x]\n', set(['new', 'x'], 'a'), 'a: [new, x]\n'],
    [
      'is one of several that come and go',
      'a:\n- p # p\n- q\n- r # r\n- s\n',
      set(['o', 'p', 'r', 't', 'u'], 'a'),
      'a:\n- o\n- p # p\n- r # r\n- t\n- u\n',
    ],
    ['goes from the dash of another list', 'a:\n- - x\n  - y\n', remove('a', 0, 0), 'a:\n- - y\n'],
    ['that is empty is filled', 'a:\n-\n- x\n', set('w', 'a', 0), 'a:\n- w\n- x\n'],
  ];
  test.each(cases)('%s', (_, before, edit, after) => {
    expect(edited(before, edit)).toBe(after);
  });
});

describe('anchors and aliases', () => {
  const merged = 'base: &b\n  x: 1\n  y: {z: 1}\nm:\n  <<: *b\n  k: v\n';
  const cases: readonly Case[] = [
    ['an alias gives way to a value', 'a: &x 1\nb: *x # same\n', set(2, 'b'), 'a: &x 1\nb: 2 # same\n'],
    [
      'an alias is written out where something in it changes',
      'a: &x\n  p: 1\n  q: 2\nb: *x\n',
      set(3, 'b', 'q'),
      'a: &x\n  p: 1\n  q: 2\nb:\n  p: 1\n  q: 3\n',
    ],
    ['an alias can go', 'a: &x 1\nb: *x\n', remove('b'), 'a: &x 1\n'],
    ['an alias beside a change stays', 'a: &x 1\nb: {c: *x, d: 1}\n', set(2, 'b', 'd'), 'a: &x 1\nb: {c: *x, d: 2}\n'],
    ['what is merged is overridden', merged, set(3, 'm', 'x'), `${merged}  x: 3\n`],
    [
      'what is merged is written out where something in it changes',
      merged,
      set(3, 'm', 'y', 'z'),
      `${merged}  "y":\n    z: 3\n`,
    ],
    ['an override goes', `${merged}  x: 3\n`, set(4, 'm', 'x'), `${merged}  x: 4\n`],
    ['an anchor and all its aliases go together', 'a:\n  b: &x 1\n  c: *x\nd: 1\n', remove('a'), 'd: 1\n'],
  ];
  test.each(cases)('%s', (_, before, edit, after) => {
    expect(edited(before, edit)).toBe(after);
  });

  test.each<readonly [string, string, FieldEdit, string]>([
    ['a value that others repeat', 'a: &x 1\nb: *x\n', set(2, 'a'), 'anchor &x'],
    ['a field of a value that others repeat', merged, set(2, 'base', 'x'), 'anchor &b'],
    ['a new field of a value that others repeat', merged, set(2, 'base', 'n'), 'anchor &b'],
    ['the removal of what others repeat', 'a: &x 1\nb: *x\n', remove('a'), 'anchor &x'],
    ['the removal of what only the merge has', merged, remove('m', 'x'), 'comes from what the map merges'],
  ])('%s is refused', (_, before, edit, message) => {
    expect(() => edited(before, edit)).toThrow(message);
  });
});

describe('what cannot be edited', () => {
  test.each<readonly [string, string, FieldEdit, string]>([
    ['a template', 'a: {{ .Values.a }}\nb: {{- if x }}\n', set(1, 'a'), 'no plain YAML'],
    ['a key that stands twice', 'a: 1\na: 2\n', set(1, 'a'), 'no plain YAML'],
    ['a key with a question mark', '? a\n: 1\nb: 1\n', set(1, 'a'), 'question mark'],
    ['a tab for indentation', 'a:\n\tb: 1\n', set(1, 'a', 'b'), 'no plain YAML'],
    ['a document that is not there', 'a: 1\n', set(1, 'a'), 'no document 1'],
    ['a field of a text', 'a: x\n', set(1, 'a', 'b'), 'there is no a.b'],
    ['an item too far', 'a: [1]\n', set(1, 'a', 3), 'there is no a[3]'],
  ])('%s', (name, before, edit, message) => {
    expect(() => edited(before, edit, name.includes('document') ? 1 : 0)).toThrow(message);
  });
});

describe('documents', () => {
  const file = '# head\n---\n# nothing here\n---\na: 1\n--- # second\na: 2\n...\n---\n{a: 3}\n';
  test('are counted without those that are empty, and only one is touched', () => {
    expect(edited(file, set(5, 'a'), 0)).toBe(file.replace('a: 1', 'a: 5'));
    expect(edited(file, set(5, 'a'), 1)).toBe(file.replace('a: 2', 'a: 5'));
    expect(edited(file, set(5, 'a'), 2)).toBe(file.replace('a: 3', 'a: 5'));
  });

  test('may begin in the line of the marker', () => {
    expect(edited('--- {a: 1}\n--- {a: 2}\n', set(3, 'a'), 1)).toBe('--- {a: 1}\n--- {a: 3}\n');
  });

  test('a marker within a text is none', () => {
    const text = 'a: |\n  ---\n  x\nb: 1\n';
    expect(edited(text, set(2, 'b'))).toBe(text.replace('b: 1', 'b: 2'));
  });
});

describe('JSON', () => {
  const pretty = '{\n    "a": {"b": 1},\n    "c": [\n        1\n    ],\n    "d": {},\n    "e": null\n}\n';
  const cases: readonly Case[] = [
    ['a value', pretty, set('x', 'a', 'b'), pretty.replace('1}', '"x"}')],
    ['a field beside others in a line', pretty, set({ y: [1] }, 'a', 'x'), pretty.replace('1}', '1, "x": {"y": [1]}}')],
    [
      'a field with a line of its own',
      pretty,
      set({ y: 1 }, 'f'),
      pretty.replace('null\n', 'null,\n    "f": {\n        "y": 1\n    }\n'),
    ],
    ['a field of an empty object', pretty, set(1, 'd', 'x'), pretty.replace('{},', '{\n        "x": 1\n    },')],
    ['a field of null', pretty, set('y', 'e', 'x'), pretty.replace('null', '{\n        "x": "y"\n    }')],
    ['an item', pretty, set('2', 'c', 1), pretty.replace('        1\n', '        1,\n        "2"\n')],
    ['a field that goes', pretty, remove('c'), pretty.replace('    "c": [\n        1\n    ],\n', '')],
    ['the last field goes', pretty, remove('e'), pretty.replace(',\n    "e": null', '')],
    ['an item that goes', pretty, remove('c', 0), pretty.replace('[\n        1\n    ]', '[]')],
    [
      'in one line',
      '{"a":1,"b":[{"name":"x"}]}',
      [set('true', 'a'), set(2, 'b', { name: 'x' }, 'v')],
      '{"a":"true","b":[{"name":"x", "v": 2}]}',
    ],
    ['with tabs', '{\n\t"a": 1\n}\n', set(2, 'b'), '{\n\t"a": 1,\n\t"b": 2\n}\n'],
    ['a text over several lines', '{"a": "x"}\n', set('x\ny: "z"\n', 'a'), String.raw`{"a": "x\ny: \"z\"\n"}` + '\n'],
  ];
  test.each(cases)('%s', (_, before, edit, after) => {
    const text = edited(before, edit);
    expect(text).toBe(after);
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test('one of several objects', () => {
    expect(edited('{"a": 1}\n{"a": 2}\n', set(3, 'a'), 1)).toBe('{"a": 1}\n{"a": 3}\n');
  });
});
