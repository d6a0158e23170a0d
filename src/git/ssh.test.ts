import { generateKeyPairSync } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { openWorkshop, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { sshKeyPair } from '../../test/support/ssh-keys.ts';
import { startSshServer, type TestSshServer } from '../../test/support/ssh-server.ts';
import { PlumbError } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type CommitId, type SshCredentials } from './index.ts';
import { readPrivateKey } from './ssh-agent.ts';

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly commit: CommitId;
  readonly server: TestSshServer;
  fetch(credentials: SshCredentials | undefined, path?: string): Promise<unknown>;
}

async function sshScene(publicKey: string): Promise<Scene> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const server = await startSshServer(publicKey);
  return {
    workshop,
    repository,
    commit,
    server,
    async fetch(credentials, path = repository.directory) {
      const mirror = await openMirror({
        url: `ssh://git@127.0.0.1:${server.port}${path}`,
        directory: workshop.cache,
        signal: workshop.signal,
        ...(credentials === undefined ? {} : { credentials }),
      });
      try {
        return (await mirror.fetch({}, { signal: workshop.signal })).resolved.commit;
      } finally {
        await mirror.close();
      }
    },
  };
}

async function failureOf(promise: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlumbError);
  return error as PlumbError;
}

function publicOf(key: string, passphrase?: string): string {
  const parsed = readPrivateKey(sensitive(key), passphrase === undefined ? undefined : sensitive(passphrase));
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}

/** Keys in every form that people put into a Secret. */
function keys(): Readonly<
  Record<string, { readonly private: string; readonly public: string; readonly passphrase?: string }>
> {
  const pkcs8 = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const encrypted = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' },
  });
  return {
    ed25519: sshKeyPair('ed25519'),
    'ecdsa 384': sshKeyPair('ecdsa', { bits: 384 }),
    'rsa 2048': sshKeyPair('rsa', { bits: 2048 }),
    'ed25519 with a passphrase': {
      ...sshKeyPair('ed25519', { passphrase: 'open sesame', cipher: 'aes256-ctr', rounds: 16 }),
      passphrase: 'open sesame',
    },
    'rsa as PKCS #8': { private: pkcs8.privateKey, public: publicOf(pkcs8.privateKey) },
    'ecdsa as encrypted PKCS #8': {
      private: encrypted.privateKey,
      public: publicOf(encrypted.privateKey, 'open sesame'),
      passphrase: 'open sesame',
    },
  };
}

for (const [name, key] of Object.entries(keys())) {
  test(`a key is let in: ${name}`, async () => {
    const scene = await sshScene(key.public);
    const credentials: SshCredentials = {
      kind: 'ssh',
      privateKey: sensitive(key.private),
      knownHosts: scene.server.knownHosts,
      ...(key.passphrase === undefined ? {} : { passphrase: sensitive(key.passphrase) }),
    };
    expect(await scene.fetch(credentials)).toBe(scene.commit);
    expect(scene.server.tried.length).toBeGreaterThan(0);
  });
}

test('a server whose host key is another one, or is not known, is refused', async () => {
  const key = sshKeyPair('ed25519');
  const scene = await sshScene(key.public);
  const other = sshKeyPair('ed25519');
  for (const knownHosts of [
    `[127.0.0.1]:${scene.server.port} ${other.public}`,
    scene.server.knownHosts.replace('127.0.0.1', '127.0.0.2'),
  ]) {
    const error = await failureOf(scene.fetch({ kind: 'ssh', privateKey: sensitive(key.private), knownHosts }));
    expect(error.code).toBe('git.host-key');
  }
  // The key was not even offered.
  expect(scene.server.tried).toEqual([]);
});

test('without known_hosts nobody is trusted', async () => {
  const key = sshKeyPair('ed25519');
  const scene = await sshScene(key.public);
  const error = await failureOf(scene.fetch({ kind: 'ssh', privateKey: sensitive(key.private), knownHosts: ' \n' }));
  expect(error.code).toBe('git.credentials-invalid');
});

test('a key that the server does not know, and a repository that it does not have', async () => {
  const key = sshKeyPair('ed25519');
  const scene = await sshScene(key.public);
  const stranger = sshKeyPair('ed25519');
  const { knownHosts } = scene.server;
  const refused = await failureOf(scene.fetch({ kind: 'ssh', privateKey: sensitive(stranger.private), knownHosts }));
  expect(refused.code).toBe('git.auth-failed');
  const missing = await failureOf(
    scene.fetch({ kind: 'ssh', privateKey: sensitive(key.private), knownHosts }, '/no/such.git'),
  );
  expect(missing.code).toBe('git.repository-not-found');
});

test('a passphrase that is missing or wrong, a key that is none, no key at all', async () => {
  const key = sshKeyPair('ed25519', { passphrase: 'open sesame', cipher: 'aes256-ctr', rounds: 16 });
  const scene = await sshScene(key.public);
  const { knownHosts } = scene.server;
  const ssh = (privateKey: string, passphrase?: string): SshCredentials => ({
    kind: 'ssh',
    privateKey: sensitive(privateKey),
    knownHosts,
    ...(passphrase === undefined ? {} : { passphrase: sensitive(passphrase) }),
  });
  for (const [credentials, message] of [
    [ssh(key.private), /is encrypted, and no passphrase is given/],
    [ssh(key.private, 'wrong'), /cannot be decrypted/],
    [ssh('not a key'), /no known form/],
    [ssh(key.public), /is a public key/],
    [undefined, /needs a private key and known_hosts/],
  ] as const) {
    const error = await failureOf(scene.fetch(credentials));
    expect(error.code).toBe('git.credentials-invalid');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('sesame');
  }
});

test('nothing of the way to the server stays behind', async () => {
  const key = sshKeyPair('ed25519');
  const scene = await sshScene(key.public);
  const before = await readdir(tmpdir());
  await scene.fetch({ kind: 'ssh', privateKey: sensitive(key.private), knownHosts: scene.server.knownHosts });
  const made = (await readdir(tmpdir())).filter((name) => !before.includes(name));
  // Other tests make folders of their own meanwhile; ours is made of random letters after plumb-.
  expect(made.filter((name) => /^plumb-[A-Za-z0-9]{6}$/.test(name))).toEqual([]);
});
