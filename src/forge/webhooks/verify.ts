import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sensitive } from '../../sensitive.ts';
import type { Proof } from './types.ts';

/** An HMAC-SHA256 over the pieces of a message. */
export type Hmac = (key: Uint8Array, message: readonly Uint8Array[]) => Uint8Array;

/** Secrets are tried in rows of so many, filled up with one that nobody knows. */
const row = 8;
const nobodysSecret = randomBytes(32);
const standardPrefix = 'whsec_';

/** HMAC-SHA256. */
export const hmacSha256: Hmac = (key, message) => {
  const hash = createHmac('sha256', key);
  for (const piece of message) hash.update(piece);
  return hash.digest();
};

/**
 * Which of the secrets the sender has shown to know. All are tried, always, and where there are few or none as much
 * is computed as for eight: neither the time nor the answer tells how many there are, or which one was nearly right.
 */
export function verifySecrets(
  proof: Proof,
  secrets: readonly Sensitive[],
  hmac: Hmac = hmacSha256,
): readonly boolean[] {
  const count = Math.max(row, Math.ceil(secrets.length / row) * row);
  const results = Array.from({ length: count }, (_, index) => {
    const secret = secrets[index]?.reveal() ?? '';
    const isRight = matches(proof, secret, hmac);
    return isRight && secret !== '';
  });
  return results.slice(0, secrets.length);
}

/** The work depends on the proof, which the sender chose, and not on the secret. */
function matches({ mac, tokens }: Proof, secret: string, hmac: Hmac): boolean {
  const key = mac === undefined ? undefined : keyOf(secret, mac.key);
  let isRight = false;
  if (mac !== undefined) {
    const expected = hmac(key ?? nobodysSecret, mac.message);
    for (const signature of mac.signatures) isRight = timingSafeEqual(expected, signature) || isRight;
    isRight = isRight && key !== undefined;
  }
  // A key to sign with must not be accepted where it is sent in clear.
  const isToken = !secret.startsWith(standardPrefix) || mac?.key !== 'standard';
  for (const token of tokens ?? []) isRight = (equalTexts(token, secret, hmac) && isToken) || isRight;
  return isRight;
}

function keyOf(secret: string, form: 'text' | 'standard'): Uint8Array | undefined {
  if (form === 'text') return secret === '' ? undefined : Buffer.from(secret);
  if (!secret.startsWith(standardPrefix)) return undefined;
  const key = Buffer.from(secret.slice(standardPrefix.length), 'base64');
  return key.length === 0 ? undefined : key;
}

/** Compares what is of different length as well, without telling where they differ. */
function equalTexts(token: Uint8Array, secret: string, hmac: Hmac): boolean {
  return timingSafeEqual(hmac(nobodysSecret, [token]), hmac(nobodysSecret, [Buffer.from(secret)]));
}
