import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realGit } from './git-workshop.ts';

/** A key that signs, and its public part as it is given to Plumbline. */
export interface SigningKey {
  readonly kind: 'openpgp' | 'ssh';
  readonly name: string;
  /** As Git and Plumbline write it. */
  readonly fingerprint: string;
  /** Armoured, or `type base64`. */
  readonly publicKey: string;
  /** The file of a private SSH key. */
  readonly file: string;
}

/** A place with real keys of its own. Close it when the tests that share it are over. */
export interface SigningBench {
  readonly root: string;
  /** Makes an OpenPGP key with no passphrase. */
  openpgpKey(
    name: string,
    options?: { readonly expires?: string; readonly gpg?: readonly string[] },
  ): Promise<SigningKey>;
  sshKey(name: string): Promise<SigningKey>;
  /** The private part of a key, as it stands in a Secret: armoured, or as ssh-keygen writes it. */
  privateKey(key: SigningKey): Promise<string>;
  /** A certificate that revokes an OpenPGP key, armoured. */
  revocation(key: SigningKey): Promise<string>;
  /** A detached signature, armoured, as Git would ask for one. */
  sign(key: SigningKey, payload: string | Buffer, options?: SignOptions): Promise<string>;
  close(): Promise<void>;
}

/** What is odd about a signature. */
export interface SignOptions {
  /** More arguments for gpg. */
  readonly gpg?: readonly string[];
  /** Namespace of an SSH signature; `git` where it is not given. */
  readonly namespace?: string;
}

function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: string | Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, timeout: 180_000, maxBuffer: 1 << 24 };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') reject(new Error(missing(program)));
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr}`, { cause: error }));
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function missing(program: string): string {
  const debian = program === 'ssh-keygen' ? 'openssh-client' : 'gnupg';
  return `These tests make real signatures with ${program}, which is not installed: on Debian and Ubuntu, \`apt-get install ${debian}\`.`;
}

/** Opens a place with a keyring of its own; fails with the name of the package where gpg or ssh-keygen is missing. */
export async function openSigning(): Promise<SigningBench> {
  // Short: the socket of the agent lies in it, and the system bounds the length of its path.
  const root = await mkdtemp(join(tmpdir(), 'plumb-sign-'));
  const home = join(root, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const environment = { PATH: process.env['PATH'], HOME: '/nonexistent', LC_ALL: 'C.UTF-8', GNUPGHOME: home };
  const gpg = (args: readonly string[], input?: string | Buffer): Promise<string> =>
    run(
      'gpg',
      ['--batch', '--no-tty', '--quiet', '--pinentry-mode=loopback', '--passphrase=', ...args],
      environment,
      input,
    );
  return {
    root,
    async openpgpKey(name, { expires = 'never', gpg: more = [] } = {}) {
      const user = `${name} <${name}@example.org>`;
      await gpg([...more, '--quick-generate-key', user, 'ed25519', 'sign', expires]);
      const listing = await gpg(['--with-colons', '--list-keys', `=${user}`]);
      const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? '';
      const publicKey = await gpg(['--armor', '--export', fingerprint]);
      return { kind: 'openpgp', name, fingerprint, publicKey, file: '' };
    },
    async sshKey(name) {
      const file = join(root, name);
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file], environment);
      const publicKey = (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
      const fingerprint = (await run('ssh-keygen', ['-lf', `${file}.pub`], environment)).split(' ')[1] ?? '';
      return { kind: 'ssh', name, fingerprint, publicKey, file };
    },
    privateKey: ({ kind, file, fingerprint }) =>
      kind === 'ssh' ? readFile(file, 'utf8') : gpg(['--armor', '--export-secret-keys', fingerprint]),
    async revocation({ fingerprint }) {
      const folder = join(home, 'openpgp-revocs.d');
      const name = (await readdir(folder)).find((entry) => entry.startsWith(fingerprint)) ?? '';
      const text = await readFile(join(folder, name), 'utf8');
      // gpg puts a colon before the armour, so that nobody revokes a key by mistake.
      return text.slice(text.indexOf(':-----BEGIN') + 1);
    },
    async sign(key, payload, { gpg: more = [], namespace = 'git' } = {}) {
      if (key.kind === 'openpgp') {
        return gpg([...more, '--local-user', key.fingerprint, '--armor', '--detach-sign'], payload);
      }
      const file = join(root, 'payload');
      await writeFile(file, payload);
      await rm(`${file}.sig`, { force: true });
      await run('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', key.file, file], environment);
      return readFile(`${file}.sig`, 'utf8');
    },
    async close() {
      await run('gpgconf', ['--homedir', home, '--kill', 'all'], environment);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The text of a commit without a signature, as Git stores it. */
export interface CommitText {
  readonly tree: string;
  readonly parents?: readonly string[];
  readonly message?: string;
  /** Seconds since 1970. */
  readonly time?: number;
}

/** The bytes of a commit without a signature. */
export function commitText({ tree, parents = [], message = 'A change\n', time = 1_790_000_000 }: CommitText): string {
  const who = `Ada <ada@example.org> ${time} +0000`;
  const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`];
  return `${lines.join('\n')}\n\n${message}`;
}

/** Puts a signature into a commit, in the header that Git looks for. */
export function withSignature(text: string, signature: string, header = 'gpgsig'): string {
  const at = text.indexOf('\n\n');
  const folded = signature.trimEnd().replaceAll('\n', '\n ');
  return `${text.slice(0, at)}\n${header} ${folded}${text.slice(at)}`;
}

/** Writes any bytes as an object of a repository, whatever Git thinks of them; returns its id. */
export async function writeObject(directory: string, type: 'commit' | 'tag', text: string | Buffer): Promise<string> {
  const args = [`--git-dir=${directory}`, 'hash-object', '-w', '-t', type, '--literally', '--stdin'];
  return (await realGit(args, text)).trim();
}
