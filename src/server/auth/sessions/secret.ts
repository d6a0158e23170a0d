import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a session's cookie holds, 32 random bytes, and what follows from it. Nothing of it is kept anywhere else. */
export interface SessionSecret {
  /** What the cookie holds. */
  readonly cookie: string;
  /** Names the record of the session; leads back to nothing. */
  readonly id: string;
  /** Whether a text is the token that pages of this session send along. */
  readonly isCsrfToken: (text: string) => boolean;
  readonly csrfToken: string;
  /** Hides a record from everybody who does not have the cookie. */
  seal(text: string): Buffer;
  /** Undefined where it was sealed with another cookie, or changed since. */
  open(sealed: Buffer): string | undefined;
}

const cookiePattern = /^[A-Za-z0-9_-]{43}$/;

/** A new one, from the system's randomness. */
export function createSessionSecret(): SessionSecret {
  return secretOf(randomBytes(32).toString('base64url'));
}

/** The one of a cookie; undefined where no cookie of ours looks so. */
export function parseSessionSecret(cookie: string): SessionSecret | undefined {
  return cookiePattern.test(cookie) ? secretOf(cookie) : undefined;
}

function secretOf(cookie: string): SessionSecret {
  const derive = (use: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', cookie, 'plumbline', `session ${use}`, bytes));
  const csrf = derive('csrf', 32);
  const key = derive('record', 32);
  return {
    cookie,
    id: derive('id', 16).toString('hex'),
    csrfToken: csrf.toString('base64url'),
    isCsrfToken(text) {
      const given = Buffer.from(text, 'base64url');
      return given.length === csrf.length && timingSafeEqual(given, csrf);
    },
    seal(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open(sealed) {
      if (sealed.length < 28) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
      decipher.setAuthTag(sealed.subarray(12, 28));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
