import fc from 'fast-check';
import { parseDocument } from 'yaml';
import { expect, test } from 'vitest';
import { editOf, linesOf, randomMap, yamlOf } from '../../../../test/writeback/random-yaml.ts';
import { PlumbError } from '../../../errors.ts';
import type { Json } from '../../../object.ts';
import { applyEdits } from '../field-path.ts';
import { editDocument } from './edit-document.ts';

/** Trees that no library of YAML gives back as they were, such as those with a lone carriage return. */
function isFaithful(text: string, value: Json): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && JSON.stringify(document.toJS()) === JSON.stringify(value);
}

test('an edit makes exactly its change, and touches no line that it need not', () => {
  const counts = { done: 0, refused: 0 };
  fc.assert(
    fc.property(randomMap, fc.gen(), (value, random) => {
      const text = yamlOf(value, random);
      fc.pre(isFaithful(text, value));
      const edit = editOf(value, random);
      const after = applyEdits(value, [edit]);
      // No document loses its last field: an object has a kind.
      fc.pre(Object.keys(after ?? {}).length > 0);
      let edited: string;
      try {
        edited = editDocument(text, 0, [edit]);
      } catch (error) {
        expect(error).toBeInstanceOf(PlumbError);
        counts.refused += 1;
        return;
      }
      counts.done += 1;
      expect(parseDocument(edited).toJS()).toEqual(after);
      const { first, last } = linesOf(parseDocument(text), text, edit.path);
      const before = text.split(/\r?\n/);
      const lines = edited.split(/\r?\n/);
      expect(edited.split('\r\n').length > 1 && /[^\r]\n/.test(edited)).toBe(false);
      expect(lines.slice(0, first)).toEqual(before.slice(0, first));
      const kept = before.slice(last + 1);
      expect(lines.slice(lines.length - kept.length)).toEqual(kept);
    }),
    { numRuns: 1000, endOnFailure: true },
  );
  expect(counts.done).toBeGreaterThan(500);
  expect(counts.refused / (counts.done + counts.refused)).toBeLessThan(0.005);
});
