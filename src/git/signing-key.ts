import type { Sensitive } from '../sensitive.ts';

/** A private key that commits are signed with. */
export interface SigningKey {
  readonly kind: 'ssh' | 'openpgp';
  /** For `ssh` in OpenSSH, PEM, PKCS #8 or PuTTY form; for `openpgp` armoured. */
  readonly privateKey: Sensitive;
  /** Of the private key, where it is encrypted. */
  readonly passphrase?: Sensitive;
}
