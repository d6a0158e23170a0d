import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { plumbError } from '../../errors.ts';
import type { SignedIn } from './types.ts';

/** Links with which somebody at this machine signs in, once each. */
export interface LinkSignIn {
  /** Makes a code, and ends the one before. */
  create(): string;
  /** @throws PlumbError `auth.required` where the code is not the newest, was used, or is too old */
  redeem(code: string): SignedIn;
}

/** Milliseconds. */
const life = 10 * 60 * 1000;
const digestOf = (code: string): Buffer => createHash('sha256').update(code).digest();

/** One code at a time, of which only a digest is kept. */
export function createLinkSignIn(user: SignedIn, monotonic: () => number): LinkSignIn {
  let open: { readonly digest: Buffer; readonly until: number } | undefined;
  return {
    create() {
      const code = randomBytes(32).toString('base64url');
      open = { digest: digestOf(code), until: monotonic() + life };
      return code;
    },
    redeem(code) {
      // As much is computed where there is no code.
      const isRight = timingSafeEqual(digestOf(code), open?.digest ?? digestOf(''));
      const isOpen = open !== undefined && monotonic() < open.until;
      if (!isRight || !isOpen) throw plumbError('auth.required', 'the link is not good, was used, or is too old');
      open = undefined;
      return user;
    },
  };
}
