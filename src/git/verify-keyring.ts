import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import { gitEnvironment } from './environment.ts';
import { runGit } from './process.ts';
import type { VerificationKeys } from './verify-keys.ts';

/** What Git verifies with; good only inside of `withKeyring`. */
export interface Keyring {
  /** The whole environment of a call of Git. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Nothing but the keys that are here: no network, no server of keys, no process that stays behind. */
const quiet = ['batch', 'no-tty', 'no-autostart', 'disable-dirmngr', 'no-auto-key-retrieve', 'no-auto-check-trustdb'];

/**
 * Settings for the time of verifying. Whether a key is trusted is not gpg's question: those that were given are. And
 * a signature over a SHA-1 digest proves nothing any more.
 */
const verifying = ['trust-model always', 'weak-digest SHA1'];

/**
 * Lays out the given keys, and no others, for the time of one call. The user's keyring is neither read nor changed.
 * @throws PlumbError `git.keys-invalid`, `git.verifier-missing`; whatever `use` throws
 */
export async function withKeyring<T>(
  keys: VerificationKeys,
  signal: AbortSignal,
  use: (keyring: Keyring) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'plumb-keys-'));
  try {
    await chmod(folder, 0o700);
    const allowed = join(folder, 'allowed_signers');
    const revoked = join(folder, 'revoked_keys');
    await writeFile(allowed, lines(keys.allowedSigners), { mode: 0o600 });
    await writeFile(revoked, lines(keys.revokedSigners), { mode: 0o600 });
    if (keys.openpgp.length > 0) await importKeys(folder, keys.openpgp, signal);
    const environment = gitEnvironment({
      settings: [
        // A program for which no key was given has no say.
        ['gpg.program', keys.openpgp.length > 0 ? 'gpg' : '/bin/false'],
        ['gpg.openpgp.program', keys.openpgp.length > 0 ? 'gpg' : '/bin/false'],
        ['gpg.x509.program', '/bin/false'],
        ['gpg.ssh.program', 'ssh-keygen'],
        ['gpg.ssh.allowedSignersFile', allowed],
        ['gpg.ssh.revocationFile', revoked],
        ['gpg.minTrustLevel', 'undefined'],
        ['log.showSignature', 'false'],
        ['log.mailmap', 'false'],
      ],
      // Git writes each signature into a file for the time of a look.
      variables: { GNUPGHOME: folder, TMPDIR: folder },
    });
    return await use({ environment });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes a keyring of armoured keys. Keys that are told twice become one, and revocations take hold. */
async function importKeys(folder: string, blocks: readonly string[], signal: AbortSignal): Promise<void> {
  const configuration = join(folder, 'gpg.conf');
  await writeFile(configuration, lines(quiet), { mode: 0o600 });
  // So that no gpg decides to keep its keys with a process of its own.
  await writeFile(join(folder, 'common.conf'), '', { mode: 0o600 });
  const importAll = () =>
    runGit({
      program: 'gpg',
      args: ['--status-fd=1', '--import-options', 'no-keep-ownertrust', '--import'],
      environment: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        HOME: '/nonexistent',
        LC_ALL: 'C.UTF-8',
        GNUPGHOME: folder,
      },
      input: Buffer.from(`${blocks.join('\n')}\n`),
      signal,
      timeoutMilliseconds: 60_000,
      maxOutputBytes: 16 * 1024 * 1024,
    });
  let result = await importAll();
  // A revocation that comes before its key finds it the second time.
  if (result.exitCode !== 0) result = await importAll();
  if (!/^\[GNUPG:\] IMPORT_OK /m.test(result.stdout.toString('utf8'))) {
    throw plumbError('git.keys-invalid', 'gpg finds no key that it can use in the OpenPGP public keys that were given');
  }
  await writeFile(configuration, lines([...quiet, ...verifying]), { mode: 0o600 });
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
