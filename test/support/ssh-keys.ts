import ssh2 from 'ssh2';

const { generateKeyPairSync, parseKey } = ssh2.utils;

/** A pair of SSH keys in OpenSSH form. */
export interface SshKeyPair {
  readonly private: string;
  readonly public: string;
}

/** What a pair is made with, as ssh2 takes it. */
export interface SshKeyOptions {
  readonly bits?: number;
  readonly passphrase?: string;
  readonly cipher?: string;
  readonly rounds?: number;
}

/**
 * A pair of SSH keys. Of the Ed25519 pairs that ssh2 makes one in some 300 cannot be read, not even by itself (12 of
 * 4,000, tried): such a pair is made anew.
 */
export function sshKeyPair(type: 'ed25519' | 'ecdsa' | 'rsa', options: SshKeyOptions = {}): SshKeyPair {
  for (;;) {
    const pair = generateKeyPairSync(type as 'ed25519', options as object);
    const read = [parseKey(pair.private, options.passphrase), parseKey(pair.public)];
    if (read.every((key) => !(key instanceof Error))) return pair;
  }
}
