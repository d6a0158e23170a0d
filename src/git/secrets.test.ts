import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testCertificates } from '../../test/support/certificates.ts';
import { openConnectProxy } from '../../test/support/connect-proxy.ts';
import { basic, openGitGate } from '../../test/support/git-gate.ts';
import { openWorkshop, type Workshop } from '../../test/support/git-workshop.ts';
import { sshKeyPair } from '../../test/support/ssh-keys.ts';
import { startSshServer } from '../../test/support/ssh-server.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type Connection } from './index.ts';

/** One kind of way to a server, with every text of it that must be found nowhere. */
interface Kind {
  readonly connection: Connection;
  readonly secrets: readonly string[];
  readonly url: string;
}

/** Sets a server up that calls `look` whenever somebody waits for its answer. */
type Scene = (workshop: Workshop, look: () => Promise<void>) => Promise<Kind>;

const password = 's3cr3t-p4ssw0rd-9f8e7d';

/** The lines of a key in PEM form: any of them is too much. */
function linesOf(pem: string): readonly string[] {
  return pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
}

const overTls =
  (connection: Connection, secrets: readonly string[], wantsCertificate = false): Scene =>
  async (workshop, look) => {
    const { authority, server } = await testCertificates();
    const tls = { key: server.key, cert: server.certificate };
    const gate = await openGitGate(workshop.server.port, {
      ...tls,
      ...(wantsCertificate ? { requestCert: true, rejectUnauthorized: true, ca: authority } : {}),
    });
    gate.before = look;
    return { url: gate.url, connection: { certificateAuthority: authority, ...connection }, secrets };
  };

const kinds: Readonly<Record<string, Scene>> = {
  'a password': overTls({ credentials: { kind: 'https', username: 'bob', password: sensitive(password) } }, [
    password,
    basic('bob', password).slice('Basic '.length),
  ]),
  'a bearer token': overTls({ credentials: { kind: 'bearer', token: sensitive(password) } }, [password]),
  'a token that is issued': overTls(
    {
      credentials: {
        kind: 'issued',
        issue: () => Promise.resolve({ kind: 'https', password: sensitive(password) } as const),
      },
    },
    [password, basic('x-access-token', password).slice('Basic '.length)],
  ),
  'a client certificate': async (workshop, look) => {
    const { client } = await testCertificates();
    const clientCertificate = { certificate: client.certificate, key: sensitive(client.key) };
    return overTls({ clientCertificate }, linesOf(client.key), true)(workshop, look);
  },
  'a proxy with a password': async (workshop, look) => {
    const proxy = await openConnectProxy(basic('pat', password));
    const connection = { proxy: sensitive(`http://pat:${password}@127.0.0.1:${proxy.port}`) };
    return overTls(connection, [password, basic('pat', password).slice('Basic '.length)])(workshop, look);
  },
  'an SSH key with a passphrase': async (workshop, look) => {
    const passphrase = password;
    const key = sshKeyPair('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 16 });
    const server = await startSshServer(key.public, look);
    const credentials = {
      kind: 'ssh',
      privateKey: sensitive(key.private),
      passphrase: sensitive(passphrase),
      knownHosts: server.knownHosts,
    } as const;
    return {
      url: `ssh://git@127.0.0.1:${server.port}${workshop.server.directory('app')}`,
      connection: { credentials },
      secrets: [passphrase, ...linesOf(key.private)],
    };
  },
};

/** The processes that this one has started, and those that they have. */
async function descendants(): Promise<readonly string[]> {
  const parents = new Map<string, string>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    // The name of a program stands in brackets, and may hold any.
    const parent = status.slice(status.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== undefined) parents.set(name, parent);
  }
  const isOurs = (id: string): boolean => {
    for (let at = parents.get(id); at !== undefined && at !== '0'; at = parents.get(at)) {
      if (at === String(process.pid)) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(isOurs);
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Whatever another user of this machine, or a later reader of its disk, could find just now. */
async function whatLiesOpen(workshop: Workshop): Promise<{ readonly text: string; readonly programs: string }> {
  const texts: string[] = [];
  const lines: string[] = [];
  for (const id of await descendants()) {
    const line = await readFile(`/proc/${id}/cmdline`, 'latin1').catch(() => '');
    lines.push(line);
    texts.push(line, await readFile(`/proc/${id}/environ`, 'latin1').catch(() => ''));
  }
  const own = (await readdir(tmpdir())).filter((name) => /^plumb-[A-Za-z0-9]{6}$/.test(name));
  const files = [workshop.cache, ...own.map((name) => join(tmpdir(), name))].map(filesBelow);
  for (const file of (await Promise.all(files)).flat())
    texts.push(file, await readFile(file, 'latin1').catch(() => ''));
  return { text: texts.join('\n'), programs: lines.join('\n') };
}

test.each(Object.entries(kinds))(
  '%s lies open in no argument, environment or file, while it is used and after',
  async (_, scene) => {
    const workshop = await openWorkshop();
    const repository = await workshop.repository();
    await repository.commit({ a: '1' });
    const seen: Awaited<ReturnType<typeof whatLiesOpen>>[] = [];
    const kind = await scene(workshop, async () => void seen.push(await whatLiesOpen(workshop)));
    const mirror = await openMirror({
      url: kind.url,
      directory: workshop.cache,
      signal: workshop.signal,
      identity: 'team/secret',
      ...kind.connection,
    });
    // The first time by Git, the second time by ourselves where that can be.
    const { resolved } = await mirror.fetch({}, { signal: workshop.signal });
    const next = await repository.commit({ a: '2' });
    expect((await mirror.fetch({}, { signal: workshop.signal })).resolved.commit).toBe(next);
    expect(resolved.commit).not.toBe(next);
    // And what is written goes the same way.
    const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };
    const made = await mirror.commit(
      { parent: next, changes: [{ path: 'a', content: Buffer.from('3') }], message: 'x', author, committer: author },
      workshop,
    );
    expect(await mirror.push({ branch: 'main', expected: next, commit: made.commit }, workshop)).toEqual({
      state: 'pushed',
    });
    expect((await repository.git('rev-parse', 'main')).trim()).toBe(made.commit);
    // What was made before is not remembered by a mirror that is opened anew, and is pushed by Git.
    const wish = { parent: made.commit, changes: [{ path: 'a', content: Buffer.from('4') }], message: 'x' };
    const { commit } = await mirror.commit({ ...wish, author, committer: author }, workshop);
    await mirror.close();
    const again = await openMirror({
      url: kind.url,
      directory: workshop.cache,
      signal: workshop.signal,
      identity: 'team/secret',
      ...kind.connection,
    });
    expect(await again.push({ branch: 'main', expected: made.commit, commit }, workshop)).toEqual({ state: 'pushed' });
    await again.close();
    expect(seen.some(({ programs }) => /git\0[^\n]*push\0/.test(programs))).toBe(true);
    // It did look while programs ran that were let in.
    expect(seen.some(({ programs }) => /git-remote-https?|ssh/.test(programs))).toBe(true);
    expect(seen.some(({ text }) => text.includes('GIT_TERMINAL_PROMPT'))).toBe(true);
    seen.push(await whatLiesOpen(workshop));
    for (const { text } of seen) for (const secret of kind.secrets) expect(text.includes(secret)).toBe(false);
  },
);
