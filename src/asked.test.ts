import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { askedBy, nameAnnotation, nameFor, withoutNames } from './asked.ts';
import { names } from './names.ts';
import { formatSyncRequest } from './sync-request.ts';

const asked = names.syncRequestedAt;
const beside = nameAnnotation(asked);
const id = fc.stringMatching(/^[0-9A-Za-z.:-]{1,30}$/u);
const who = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' });

test('property: who asked is read as it was written, of plain text and of JSON, whatever their name is', () => {
  fc.assert(
    fc.property(id, who, fc.boolean(), (request, name, ignoreDependencies) => {
      const wish = ignoreDependencies ? { ignoreDependencies } : {};
      const value = formatSyncRequest({ id: request, action: 'Sync', ...wish });
      const named = nameFor(request, name) ?? '';
      expect(askedBy({ [asked]: value, [beside]: named }, asked)).toBe(name);
      // Not of what is asked for later, nor of another annotation.
      expect(askedBy({ [asked]: `${value}1`, [beside]: named }, asked)).toBe(value.startsWith('{') ? name : undefined);
      expect(askedBy({ [asked]: `1${value}`, [beside]: named }, asked)).toBeUndefined();
      expect(askedBy({ [names.rollbackTo]: value, [beside]: named }, names.rollbackTo)).toBeUndefined();
      expect(askedBy({ [beside]: named }, asked)).toBeUndefined();
    }),
  );
});

test.each([
  ['a b', 'ada'],
  ['', 'ada'],
  ['a', ''],
  ['a', 'x'.repeat(257)],
])('%s is named by nobody as %s', (request, name) => {
  expect(nameFor(request, name)).toBeUndefined();
});

test.each(['', 'ada', ' ada', 'other ada', '1'])('of %j beside a request nobody is read', (named) => {
  expect(askedBy({ [asked]: '1', [beside]: named }, asked)).toBeUndefined();
});

test('what nobody has proved is left out, and nothing else', () => {
  const object = { apiVersion: 'v1', kind: 'A', metadata: { name: 'a', annotations: { [asked]: '1', other: 'b' } } };
  expect(withoutNames(object)).toBe(object);
  const annotations = { ...object.metadata.annotations, [beside]: '1 ada', [nameAnnotation(names.rollbackTo)]: 'x' };
  expect(withoutNames({ ...object, metadata: { name: 'a', annotations } })).toEqual(object);
});
