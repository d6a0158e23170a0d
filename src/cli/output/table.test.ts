import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { formatFields, formatTable } from './table.ts';

test('columns are as wide as their widest cell, and nothing hangs over at the end', () => {
  expect(
    formatTable(
      ['NAME', 'SYNCED', 'AGE'],
      [
        ['shop', 'True', '5m'],
        ['a-longer-name', '', ''],
      ],
    ),
  ).toBe('NAME            SYNCED   AGE\nshop            True     5m\na-longer-name\n');
});

test('colours take no room', () => {
  const { green } = picocolors.createColors(true);
  expect(formatTable(['A', 'B'], [[green('x'), 'y']])).toBe(`A   B\n${green('x')}   y\n`);
});

test('fields stand under one another, also those of several lines', () => {
  expect(
    formatFields([
      ['Name', 'shop'],
      ['Revision', 'one\ntwo'],
    ]),
  ).toBe('Name:      shop\nRevision:  one\n           two\n');
});
