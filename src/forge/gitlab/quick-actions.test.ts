import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutQuickActions } from './quick-actions.ts';

test('no line of any text begins with a slash, and nothing but backslashes is added', () => {
  const piece = fc.constantFrom('/', '/merge', '\n', '\r\n', ' ', '\t', 'a', '\\', '```', '> ');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const made = withoutQuickActions(text);
      for (const line of made.split(/\r\n|\n|\r/)) expect(line.trimStart()).not.toMatch(/^\//);
      expect(made.replaceAll('\\', '')).toBe(text.replaceAll('\\', ''));
    }),
  );
});
