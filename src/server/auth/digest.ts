import { createHmac, randomBytes } from 'node:crypto';

/** Of this process alone: what is kept in memory leads back to no secret, and to nothing that is stored elsewhere. */
const key = randomBytes(32);

/** A name for a secret, by which it is found again in this process. */
export function digestOf(secret: string): string {
  return createHmac('sha256', key).update(secret).digest('base64url');
}
