import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMessage, formatSubject, operationOf, parseSubject } from './subject.ts';

const alice = { action: 'create', message: 'First model', author: 'alice', email: 'alice@example.com' };

test('the subject is one line of JSON with exactly these four fields in this order', () => {
  expect(formatSubject(alice)).toBe(
    '{"Action":"create","Message":"First model","Author":"alice","Email":"alice@example.com"}',
  );
});

test('any text survives, and the subject stays one line for whoever reads lines', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, text, text, (action, message, author, email) => {
      const subject = { action, message, author, email };
      const line = formatSubject(subject);
      expect(line).not.toMatch(/[\n\r\u0085\u2028\u2029\0]/);
      expect(parseSubject(line)).toEqual(subject);
      expect(parseSubject(formatMessage(subject, 'op-1'))).toEqual(subject);
    }),
  );
});

test('subjects of people and other programs are none', () => {
  for (const line of ['Fix the build', '', '{', '{}', '[1]', '{"Message":"x"}', '{"Action":1}', '"Action"', 'null']) {
    expect(parseSubject(line)).toBeUndefined();
  }
});

test('fields that are missing or of another type are empty, and others do not matter', () => {
  expect(parseSubject('{"Action":"Restoring deployment","Author":7,"Extra":true}')).toEqual({
    action: 'Restoring deployment',
    message: '',
    author: '',
    email: '',
  });
});

test('the Operation is found in the message, and not in what a user wrote', () => {
  expect(operationOf(formatMessage(alice, 'op-abc'))).toBe('op-abc');
  expect(operationOf(formatMessage(alice))).toBeUndefined();
  expect(operationOf(formatMessage({ ...alice, message: 'x\nPlumbline-Operation: op-forged\n' }))).toBeUndefined();
});
