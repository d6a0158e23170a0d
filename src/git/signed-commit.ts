import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plumbError, problemsOf } from '../errors.ts';
import type { Signature } from './commit.ts';
import type { Core } from './core.ts';
import { gitEnvironment } from './environment.ts';
import { explainFailure, ownWords } from './failure.ts';
import { asCommitId, type CommitId, type TreeId } from './ids.ts';
import { runGit } from './process.ts';
import { cleanWords } from './signature-line.ts';
import type { SigningKey } from './signing-key.ts';
import { checkSshKeygen } from './verify-ssh-keygen.ts';

/** A commit of which everything but the commit itself is written. */
export interface UnsignedCommit {
  readonly tree: TreeId;
  readonly parent: CommitId | undefined;
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
}

/** What Git signs with; good only while the signer is open. */
interface Signer {
  readonly settings: readonly (readonly [string, string])[];
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Has Git make a signed commit of what is in the repository already.
 * @throws PlumbError `git.signing-failed`, `git.verifier-missing`; `git.disk-full`
 */
export async function signedCommit(
  core: Core,
  directory: string,
  commit: UnsignedCommit,
  key: SigningKey,
  signal: AbortSignal,
): Promise<CommitId> {
  const folder = await mkdtemp(join(tmpdir(), 'plumb-signer-'));
  try {
    await chmod(folder, 0o700);
    const withSigner = key.kind === 'ssh' ? withSshKey : withOpenpgpKey;
    return await withSigner(key, folder, signal, (signer) => commitTree(core, directory, commit, signer, signal));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function commitTree(
  core: Core,
  directory: string,
  { tree, parent, message, author, committer }: UnsignedCommit,
  { settings, variables }: Signer,
  signal: AbortSignal,
): Promise<CommitId> {
  const { stdout, stderr, exitCode } = await runGit({
    args: [
      `--git-dir=${directory}`,
      'commit-tree',
      '-S',
      ...(parent === undefined ? [] : ['-p', parent]),
      '-F',
      '-',
      '--end-of-options',
      tree,
    ],
    environment: gitEnvironment({
      settings,
      variables: {
        ...variables,
        GIT_AUTHOR_NAME: cleanWords(author.name),
        GIT_AUTHOR_EMAIL: cleanWords(author.email),
        GIT_AUTHOR_DATE: dateOf(author),
        GIT_COMMITTER_NAME: cleanWords(committer.name),
        GIT_COMMITTER_EMAIL: cleanWords(committer.email),
        GIT_COMMITTER_DATE: dateOf(committer),
      },
    }),
    input: Buffer.from(message),
    signal,
    timeoutMilliseconds: 60_000,
    maxOutputBytes: 4096,
  });
  const id = asCommitId(stdout.toString('latin1').trim());
  if (exitCode === 0 && id !== undefined) return id;
  const where = { repository: core.remote.url.text };
  const explained = explainFailure(stderr, { repository: core.remote.url.text });
  if (explained.code === 'git.disk-full') throw explained;
  throw plumbError('git.signing-failed', `the commit could not be signed: ${ownWords(stderr, [])}`, { where });
}

function dateOf({ at }: Signature): string {
  return `@${Math.floor(at.getTime() / 1000)} +0000`;
}

/** The key stays in this process: ssh-keygen is given its public part, and an agent that signs. */
async function withSshKey<T>(
  key: SigningKey,
  folder: string,
  signal: AbortSignal,
  use: (signer: Signer) => Promise<T>,
): Promise<T> {
  await checkSshKeygen(signal);
  const { readPrivateKey, startSshAgent } = await import('./ssh-agent.ts');
  const parsed = asSigning(() => readPrivateKey(key.privateKey, key.passphrase));
  const publicKey = join(folder, 'key.pub');
  await writeFile(publicKey, `${parsed.type} ${parsed.getPublicSSH().toString('base64')}\n`, { mode: 0o600 });
  const socket = join(folder, 'agent');
  const agent = await startSshAgent(parsed, socket);
  try {
    return await use({
      settings: [
        ['gpg.format', 'ssh'],
        ['gpg.ssh.program', 'ssh-keygen'],
        ['user.signingKey', publicKey],
      ],
      variables: { SSH_AUTH_SOCK: socket, TMPDIR: folder },
    });
  } finally {
    await agent.close();
  }
}

function asSigning<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw plumbError('git.signing-failed', `the key that signs cannot be used: ${problemsOf(error)[0].message}`);
  }
}

/** Gpg keeps the key in a keyring of its own, for as long as the commit takes, and its agent is ended with it. */
async function withOpenpgpKey<T>(
  key: SigningKey,
  folder: string,
  signal: AbortSignal,
  use: (signer: Signer) => Promise<T>,
): Promise<T> {
  const passphrase = join(folder, 'passphrase');
  await writeFile(passphrase, `${key.passphrase?.reveal() ?? ''}\n`, { mode: 0o600 });
  const settings = ['batch', 'no-tty', 'disable-dirmngr', 'no-auto-key-retrieve', 'no-auto-check-trustdb'];
  const lines = [...settings, 'pinentry-mode loopback', `passphrase-file ${passphrase}`, 'trust-model always'];
  await writeFile(join(folder, 'gpg.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'common.conf'), '', { mode: 0o600 });
  await writeFile(join(folder, 'gpg-agent.conf'), 'allow-loopback-pinentry\n', { mode: 0o600 });
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    GNUPGHOME: folder,
  };
  try {
    const { stdout } = await runGit({
      program: 'gpg',
      args: ['--status-fd=1', '--import'],
      environment,
      input: Buffer.from(`${key.privateKey.reveal()}\n`),
      signal,
      timeoutMilliseconds: 60_000,
      maxOutputBytes: 1024 * 1024,
    });
    // The second bit but one says that a secret key came in.
    const [, fingerprint] =
      /^\[GNUPG:\] IMPORT_OK (?:1[67]|2\d|3[01]) ([0-9A-F]{40,64})$/m.exec(stdout.toString('utf8')) ?? [];
    if (fingerprint === undefined)
      throw plumbError('git.signing-failed', 'gpg finds no private key in what was given as the key that signs');
    return await use({
      settings: [
        ['gpg.format', 'openpgp'],
        ['gpg.program', 'gpg'],
        ['user.signingKey', fingerprint],
      ],
      variables: { GNUPGHOME: folder, TMPDIR: folder },
    });
  } finally {
    await endAgent(environment);
  }
}

/** The agent that gpg has started would keep the key in its memory. */
async function endAgent(environment: Readonly<Record<string, string>>): Promise<void> {
  await runGit({
    program: 'gpgconf',
    args: ['--kill', 'all'],
    environment,
    // Also where the caller has given up.
    signal: new AbortController().signal,
    timeoutMilliseconds: 10_000,
    maxOutputBytes: 64 * 1024,
  }).catch(() => {});
}
