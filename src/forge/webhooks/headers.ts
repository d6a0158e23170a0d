import { Buffer } from 'node:buffer';
import type { Proof, WebhookRequest } from './types.ts';

/** How far the clock of a sender may be off, or its request under way, where the time is signed: milliseconds. */
const tolerance = 5 * 60_000;
const longestSignature = 5;

/** The bytes of a header as they were sent: Node reads each as one character. */
export function headerBytes(value: string): Uint8Array {
  return Buffer.from(value, 'latin1');
}

/** Whether the body is a form, one field of which is JSON. */
export function isForm(headers: Readonly<Record<string, string>>): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
}

/** The signature in hexadecimal digits, after a prefix such as `sha256=`; none where it has another form. */
export function hexSignature(value: string | undefined, prefix: string): readonly Uint8Array[] {
  if (value === undefined || !value.startsWith(prefix)) return [];
  const digits = value.slice(prefix.length);
  return /^[0-9a-f]{64}$/i.test(digits) ? [Buffer.from(digits, 'hex')] : [];
}

/** An HMAC of the body, in the first of these headers that is there. */
export function bodyProof({ body }: WebhookRequest, signatures: readonly Uint8Array[]): Proof {
  return { mac: { message: [body], signatures, key: 'text' } };
}

/**
 * The signature of Standard Webhooks: over id, time and body, in one header that may hold several.
 * See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function standardMac({ headers, body }: WebhookRequest, now: number): NonNullable<Proof['mac']> {
  const id = headers['webhook-id'] ?? '';
  const time = headers['webhook-timestamp'] ?? '';
  const seconds = /^\d{1,12}$/.test(time) ? Number(time) : Number.NaN;
  // Written so that what is no number is not near.
  const isNear = Math.abs(now - seconds * 1000) <= tolerance;
  const signatures = (headers['webhook-signature'] ?? '')
    .split(' ', longestSignature)
    .filter((one) => /^v1,[A-Za-z0-9+/]{43}=$/.test(one))
    .map((one) => Buffer.from(one.slice(3), 'base64'));
  return {
    message: [headerBytes(`${id}.${time}.`), body],
    signatures: isNear && id !== '' ? signatures : [],
    key: 'standard',
  };
}

/** What the header Authorization may carry a secret in: as it stands, after `Bearer`, as or in the password of `Basic`. */
export function authorizationTokens({ headers }: WebhookRequest): readonly Uint8Array[] {
  const value = headers['authorization'];
  if (value === undefined) return [];
  const [, scheme = '', rest = ''] = /^(\w+) +(.*)$/s.exec(value) ?? [];
  const tokens = [headerBytes(value)];
  if (scheme.toLowerCase() === 'bearer') tokens.push(headerBytes(rest));
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(rest, 'base64');
    tokens.push(pair, pair.subarray(pair.indexOf(':') + 1));
  }
  return tokens;
}

/** For products that sign nothing: the secret is in the path, or in the header Authorization. */
export function unsignedProof(request: WebhookRequest): Proof {
  const { pathSecret } = request;
  return {
    tokens: [...(pathSecret === undefined ? [] : [Buffer.from(pathSecret)]), ...authorizationTokens(request)],
  };
}
