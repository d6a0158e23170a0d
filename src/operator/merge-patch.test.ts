import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergePatch } from './merge-patch.ts';

/** RFC 7386, section 2. */
function apply(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = {};
  if (typeof target === 'object' && target !== null && !Array.isArray(target)) Object.assign(result, target);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = apply(result[name], value);
  }
  return result;
}

test('the patch makes the one from the other, and is empty where they are the same', () => {
  const { tree } = fc.letrec((tie) => ({
    // A merge patch has no null of its own, and neither have objects that the server stores.
    leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 })),
    node: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('tree')),
    tree: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('node')),
  }));
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tree);
  fc.assert(
    fc.property(object, object, (before, after) => {
      expect(apply(before, mergePatch(before, after))).toEqual(after);
      expect(mergePatch(before, before)).toEqual({});
    }),
  );
});
