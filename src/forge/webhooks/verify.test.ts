import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sensitive } from '../../sensitive.ts';
import { type Hmac, hmacSha256, verifySecrets } from './verify.ts';
import type { Proof } from './types.ts';

const body = Buffer.from('the body');
const named = (name: string) => sensitive(name);

/** How much is computed for so many secrets, in calls and bytes: what a clock could see. */
function work(proof: Proof, secrets: readonly string[]): string {
  const calls: number[] = [];
  const counting: Hmac = (key, message) => {
    calls.push(message.reduce((sum, { length }) => sum + length, 0));
    return hmacSha256(key, message);
  };
  verifySecrets(proof, secrets.map(named), counting);
  return `${calls.length} calls, ${calls.reduce((sum, length) => sum + length, 0)} bytes`;
}

const proofs: readonly Proof[] = [
  { mac: { message: [body], signatures: [hmacSha256(Buffer.from('right'), [body])], key: 'text' } },
  { mac: { message: [body], signatures: [], key: 'text' } },
  { mac: { message: [body], signatures: [], key: 'standard' }, tokens: [Buffer.from('right')] },
];

test.each(proofs)('as much is computed for no secret, a wrong one, the right one and eight (%#)', (proof) => {
  const right = 'right';
  const eight = ['wrong', right, 'other', 'whsec_AAAA', 'again', 'still', 'going', 'stop!'];
  const none = work(proof, []);
  if (proof.tokens === undefined) {
    for (const secrets of [['wrong'], [right], [right, right], eight]) expect(work(proof, secrets)).toBe(none);
    return;
  }
  // The bytes of a token's comparison are those of the secret itself, of which each has its own length.
  const calls = (secrets: readonly string[]) => work(proof, secrets).split(' ')[0];
  for (const secrets of [['wrong'], [right], [right, right], eight]) expect(calls(secrets)).toBe(calls([]));
});

test('each secret is judged by itself, and the last of many as well', () => {
  const [proof] = proofs;
  if (proof === undefined) throw new Error('there is none');
  const secrets = Array.from({ length: 21 }, (_, index) => (index === 20 ? 'right' : `wrong ${index}`)).map(named);
  expect(verifySecrets(proof, secrets)).toEqual(Array.from({ length: 21 }, (_, index) => index === 20));
  expect(verifySecrets(proof, [named('right'), named('wrong'), named('right')])).toEqual([true, false, true]);
});

test('nothing proves nothing, and an empty secret is never right', () => {
  expect(verifySecrets({}, [named('right'), named('')])).toEqual([false, false]);
  const empty: Proof = {
    mac: { message: [body], signatures: [hmacSha256(Buffer.alloc(0), [body])], key: 'text' },
    tokens: [Buffer.alloc(0)],
  };
  expect(verifySecrets(empty, [named('')])).toEqual([false]);
});

test('the one right secret is found, wherever it is', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 }),
      fc.nat(),
      fc.boolean(),
      (secrets, choice, isToken) => {
        const right = secrets[choice % secrets.length] ?? '';
        const proof: Proof = isToken
          ? { tokens: [Buffer.from(right)] }
          : { mac: { message: [body], signatures: [hmacSha256(Buffer.from(right), [body])], key: 'text' } };
        expect(verifySecrets(proof, secrets.map(named))).toEqual(secrets.map((secret) => secret === right));
      },
    ),
  );
});
