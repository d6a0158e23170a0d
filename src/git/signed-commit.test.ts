import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openWorkshop, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { openSigning, type SigningBench } from '../../test/support/signing.ts';
import { sshKeyPair } from '../../test/support/ssh-keys.ts';
import { problemsOf } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, parseVerificationKeys, type CommitId, type Mirror, type SigningKey } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date() };

let bench: SigningBench;
beforeAll(async () => {
  bench = await openSigning();
});
afterAll(() => bench.close());
afterEach(() => void vi.unstubAllEnvs());

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly mirror: Mirror;
  readonly parent: CommitId;
  readonly sign: (signingKey: SigningKey) => Promise<CommitId>;
}

async function scene(format: 'sha1' | 'sha256' = 'sha1'): Promise<Scene> {
  const workshop = await openWorkshop();
  const { signal, cache } = workshop;
  const repository = await workshop.repository('app', format);
  const parent = await repository.commit({ a: '1' });
  const mirror = await openMirror({ url: repository.url, directory: cache, signal });
  await mirror.fetch({ branch: 'main' }, { signal });
  const changes = [{ path: 'b/c', content: Buffer.from('2') }];
  // A place of its own, as others may sign on this machine just now.
  vi.stubEnv('TMPDIR', workshop.root);
  return {
    workshop,
    repository,
    mirror,
    parent,
    sign: async (signingKey) => {
      const wish = {
        parent,
        changes,
        message: '{"Action":"x"}\n\nPlumbline-Operation: y\n',
        author,
        committer: author,
      };
      const { commit } = await mirror.commit(wish, { signal, signingKey });
      const { state } = await mirror.push({ branch: 'main', expected: parent, commit }, { signal });
      expect(state).toBe('pushed');
      expect(await repository.git('fsck', '--strict', '--full')).toBe('');
      expect(await repository.git('show', 'main:b/c')).toBe('2');
      return commit;
    },
  };
}

/** What signing leaves behind: files, and programs that would keep the key. */
async function leftovers({ root }: Workshop): Promise<readonly string[]> {
  const found = (await readdir(root)).filter((name) => name.startsWith('plumb-signer-'));
  for (const name of await readdir('/proc')) {
    const line = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') : '';
    if (line.includes(`${root}/plumb-signer-`)) found.push(line);
  }
  return found;
}

function gpg(passphrase: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', GNUPGHOME: join(bench.root, 'gnupg') };
  const always = ['--batch', '--no-tty', '--quiet', '--pinentry-mode=loopback', `--passphrase=${passphrase}`];
  return new Promise((resolve, reject) => {
    execFile('gpg', [...always, ...args], { env, timeout: 180_000 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}

async function verdict({ mirror, workshop }: Scene, commit: CommitId, name: string, key: string): Promise<unknown> {
  await mirror.fetch({ branch: 'main' }, workshop);
  const keys = parseVerificationKeys(new Map([[name, key]]), 'a test');
  const { problems, signed } = await mirror.verify({ mode: 'Head', commit, keys, ref: 'refs/heads/main' }, workshop);
  return { problems, signed: signed.length };
}

test.for([
  ['ed25519', undefined],
  ['rsa', undefined],
  ['ecdsa', undefined],
  ['ed25519', 'open sesame'],
] as const)('Git signs with an SSH key of type %s (passphrase %s), and verifies it', async ([type, passphrase]) => {
  const here = await scene();
  const { workshop } = here;
  const encryption = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 16 };
  const bits = type === 'rsa' ? { bits: 2048 } : type === 'ecdsa' ? { bits: 256 } : {};
  const pair = sshKeyPair(type, { ...encryption, ...bits });
  const secret = passphrase === undefined ? {} : { passphrase: sensitive(passphrase) };
  const commit = await here.sign({ kind: 'ssh', privateKey: sensitive(pair.private), ...secret });
  const line = `plumbline@example.org namespaces="git" ${pair.public.split(' ').slice(0, 2).join(' ')}\n`;
  expect(await verdict(here, commit, 'allowed_signers', line)).toEqual({ problems: [], signed: 1 });
  expect(await leftovers(workshop)).toEqual([]);
});

test.for(['', 'open sesame'])(
  'Git signs with an OpenPGP key with the passphrase %j, and verifies it',
  async (passphrase) => {
    const here = await scene();
    const { workshop } = here;
    const user = `signer-${passphrase.length} <signer@example.org>`;
    await gpg(passphrase, ['--quick-generate-key', user, 'ed25519', 'sign', 'never']);
    const privateKey = await gpg(passphrase, ['--armor', '--export-secret-keys', `=${user}`]);
    const publicKey = await gpg(passphrase, ['--armor', '--export', `=${user}`]);
    const secret = passphrase === '' ? {} : { passphrase: sensitive(passphrase) };
    const commit = await here.sign({ kind: 'openpgp', privateKey: sensitive(privateKey), ...secret });
    expect(await verdict(here, commit, 'signer.asc', publicKey)).toEqual({ problems: [], signed: 1 });
    expect(await leftovers(workshop)).toEqual([]);
  },
);

test('a repository with ids of SHA-256 gets signed commits, too', async () => {
  const here = await scene('sha256');
  const pair = sshKeyPair('ed25519');
  const commit = await here.sign({ kind: 'ssh', privateKey: sensitive(pair.private) });
  const line = `plumbline@example.org ${pair.public.split(' ').slice(0, 2).join(' ')}\n`;
  expect(await verdict(here, commit, 'allowed_signers', line)).toEqual({ problems: [], signed: 1 });
});

test.for([
  ['no key at all', { kind: 'ssh', privateKey: sensitive('nonsense') }],
  ['no key at all', { kind: 'openpgp', privateKey: sensitive('nonsense') }],
  [
    'a key that is encrypted, without its passphrase',
    {
      kind: 'ssh',
      privateKey: sensitive(sshKeyPair('ed25519', { passphrase: 'x', cipher: 'aes256-ctr', rounds: 16 }).private),
    },
  ],
] as const)('with %s nothing is committed, and that is said without the key', async ([, key]) => {
  const { mirror, parent, workshop } = await scene();
  const changes = [{ path: 'a', content: Buffer.from('2') }];
  const wish = { parent, changes, message: 'x', author, committer: author };
  const error: unknown = await mirror
    .commit(wish, { signal: workshop.signal, signingKey: key })
    .catch((reason: unknown) => reason);
  expect(problemsOf(error)[0]).toMatchObject({ code: 'git.signing-failed' });
  expect(problemsOf(error)[0].message).not.toContain('nonsense');
  expect(await leftovers(workshop)).toEqual([]);
});

test('an OpenPGP key with the wrong passphrase signs nothing', async () => {
  const { mirror, parent, workshop } = await scene();
  const user = 'locked <locked@example.org>';
  await gpg('right', ['--quick-generate-key', user, 'ed25519', 'sign', 'never']);
  const privateKey = sensitive(await gpg('right', ['--armor', '--export-secret-keys', `=${user}`]));
  const changes = [{ path: 'a', content: Buffer.from('2') }];
  const wish = { parent, changes, message: 'x', author, committer: author };
  const signingKey = { kind: 'openpgp', privateKey, passphrase: sensitive('wrong') } as const;
  const error: unknown = await mirror
    .commit(wish, { signal: workshop.signal, signingKey })
    .catch((reason: unknown) => reason);
  expect(problemsOf(error)[0]).toMatchObject({ code: 'git.signing-failed' });
  expect(await leftovers(workshop)).toEqual([]);
});
