import { createHash, type Hash } from 'node:crypto';

declare const digestBrand: unique symbol;

/** The identity of content: `sha256:` or `sha512:` and the hash in hexadecimal digits. */
export type Digest = string & { readonly [digestBrand]: true };

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** The text as a digest; undefined where it is none. */
export function asDigest(text: string): Digest | undefined {
  return pattern.test(text) ? (text as Digest) : undefined;
}

/** The digest of bytes, by SHA-256. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** A hash of the kind that a digest is of, to hold content against it. */
export function hasherFor(digest: Digest): Hash {
  return createHash(algorithmOf(digest));
}

/** Whether these bytes are what the digest names. */
export function isContentOf(digest: Digest, bytes: Uint8Array): boolean {
  return hasherFor(digest).update(bytes).digest('hex') === hexOf(digest);
}

/** `sha256` or `sha512`. */
export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'));
}

/** The digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
