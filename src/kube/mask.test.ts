import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskFor } from './mask.ts';
import { parseStatus, statusError } from './status.ts';

const object = { group: '', kind: 'Secret', namespace: 'st', name: 'x' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

// What Kubernetes 1.36.3 answered to these, word for word: it does quote values.
test.each([
  [
    'failed to create typed patch object (/x; /v1, Kind=Secret): .data.password: expected string, got &value.valueUnstructured{Value:12345678}',
    { data: { password: 12345678 } },
    '12345678',
  ],
  [
    'failed to create typed patch object (/x; /v1, Kind=Secret): .stringData.password: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"hunter2hunter2":1}}',
    { stringData: { password: { hunter2hunter2: 1 } } },
    'hunter2hunter2',
  ],
])('the values of a Secret are not in its problems', (message, sent, value) => {
  const status = parseStatus({ kind: 'Status', code: 500, message });
  if (status === undefined) throw new Error('not a Status');
  const { problems } = statusError(status, { object, sent });
  expect(JSON.stringify(problems)).not.toContain(value);
  expect(problems[0]).toMatchObject({ code: 'kube.invalid', message: 'expected string, got ***' });
});

test('a field error keeps its advice and loses the value', () => {
  const mask = maskFor('Secret', { stringData: { a: 'hunter2' } });
  expect(mask('Invalid value: "abc": must be no longer than 5')).toBe('Invalid value: ***: must be no longer than 5');
  expect(mask('Unsupported value: 17: supported values: "x"')).not.toContain('17');
});

test('the names of rules and users stay', () => {
  const mask = maskFor('Secret', {});
  const denial = 'admission webhook "deny.example.org" denied the request: no';
  expect(mask(denial)).toBe(denial);
  const forbidden =
    'secrets "x" is forbidden: User "bob" cannot patch resource "secrets" in API group "" in the namespace "st"';
  expect(mask(forbidden)).toBe(forbidden);
});

test('what a webhook quotes is masked, decoded too', () => {
  const mask = maskFor('Secret', { data: { password: base64('correct horse') } });
  expect(mask('admission webhook "w" denied the request: weak password correct horse')).not.toContain('correct horse');
  expect(mask(`value ${base64('correct horse')} is weak`)).not.toContain(base64('correct horse'));
});

test('other kinds are left as they are', () => {
  expect(maskFor('ConfigMap', { data: { a: 'value' } })('Invalid value: "value"')).toBe('Invalid value: "value"');
});

test('no value that was sent survives, wherever the server puts it', () => {
  const value = fc.string({ minLength: 3 }).filter((text) => text.trim().length >= 3 && !'***'.includes(text.trim()));
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
      const plain = maskFor('Secret', { stringData: { key: secret } });
      for (const part of plain(`${before}${secret}${after}`).split('***')) expect(part).not.toContain(secret.trim());
      const coded = maskFor('Secret', { data: { key: base64(secret) } });
      for (const part of coded(`${before}${secret}${after}`).split('***')) expect(part).not.toContain(secret.trim());
    }),
  );
});
