import { readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { openWorkshop, realGit, type TestRepository } from '../../test/support/git-workshop.ts';
import { commandLine, isRunning } from '../../test/support/processes.ts';
import {
  commitText,
  openSigning,
  type SigningBench,
  type SigningKey,
  type SignOptions,
  withSignature,
  writeObject,
} from '../../test/support/signing.ts';
import { problemsOf } from '../errors.ts';
import { type CommitId, type Mirror, openMirror, parseVerificationKeys, type VerificationKeys } from './index.ts';
import type { VerifyMode } from './verify.ts';

let bench: SigningBench;
let alice: SigningKey;
let mallory: SigningKey;
let carol: SigningKey;
let trudy: SigningKey;

beforeAll(async () => {
  bench = await openSigning();
  alice = await bench.openpgpKey('alice');
  mallory = await bench.openpgpKey('mallory');
  carol = await bench.sshKey('carol');
  trudy = await bench.sshKey('trudy');
});

afterAll(() => bench.close());

const signersLine = (key: SigningKey, options = 'namespaces="git"'): string =>
  `${key.name}@example.org ${options} ${key.publicKey}\n`;

/** Alice may sign with OpenPGP, and Carol with SSH. */
const given = (): VerificationKeys =>
  parseVerificationKeys(
    new Map([
      ['alice.asc', alice.publicKey],
      ['allowed_signers', signersLine(carol)],
    ]),
    'Secret team-a/signers',
  );

interface Bench {
  readonly repository: TestRepository;
  readonly mirror: Mirror;
  readonly tree: string;
  readonly signal: AbortSignal;
  /** Makes the commit the tip of main, and fetches it. */
  publish(commit: string): Promise<CommitId>;
  /** Commits on top of the parents, signed by the key. */
  commit(
    key: SigningKey | undefined,
    options?: SignOptions & { parents?: readonly string[]; message?: string },
  ): Promise<string>;
}

async function open(format: 'sha1' | 'sha256' = 'sha1'): Promise<Bench> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository('app', format);
  const first = await repository.commit({ 'a.yaml': 'a: 1\n' });
  const tree = (await repository.git('rev-parse', `${first}^{tree}`)).trim();
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  let time = 1_790_000_000;
  return {
    repository,
    mirror,
    tree,
    signal: workshop.signal,
    async publish(commit) {
      await repository.git('update-ref', 'refs/heads/main', commit);
      const { resolved } = await mirror.fetch({ branch: 'main' }, { signal: workshop.signal });
      expect(resolved.commit).toBe(commit);
      return resolved.commit;
    },
    async commit(key, { parents = [], message = 'A change\n', ...options } = {}) {
      const text = commitText({ tree, parents, message, time: (time += 1) });
      const header = format === 'sha1' ? 'gpgsig' : 'gpgsig-sha256';
      const signed = key === undefined ? text : withSignature(text, await bench.sign(key, text, options), header);
      return writeObject(repository.directory, 'commit', signed);
    },
  };
}

async function verify(
  { mirror, signal }: Bench,
  commit: string,
  {
    mode = 'Head',
    keys = given(),
    ref = 'refs/heads/main',
    base,
  }: {
    mode?: VerifyMode;
    keys?: VerificationKeys;
    ref?: string;
    base?: string;
  } = {},
) {
  const request = {
    mode,
    keys,
    commit: commit as CommitId,
    ref,
    ...(base === undefined ? {} : { base: base as CommitId }),
  };
  return mirror.verify(request, { signal });
}

/** Publishes a commit, verifies it, and tells the code and the words of the first problem. */
async function refusal(place: Bench, commit: string, keys?: VerificationKeys): Promise<string> {
  await place.publish(commit);
  const { problems, signed } = await verify(place, commit, keys === undefined ? {} : { keys });
  expect(signed).toEqual(problems.length === 0 ? [expect.anything()] : []);
  return problems.map(({ code, message }) => `${code}: ${message}`).join('\n');
}

test('G: a commit that a given key has signed is accepted, and who signed it is told', async () => {
  const place = await open();
  const byAlice = await place.publish(await place.commit(alice));
  expect(await verify(place, byAlice)).toEqual({
    problems: [],
    commits: 1,
    signed: [{ what: `commit ${byAlice.slice(0, 12)}`, key: alice.fingerprint, signer: 'alice <alice@example.org>' }],
  });
  const byCarol = await place.publish(await place.commit(carol));
  expect(await verify(place, byCarol)).toMatchObject({
    problems: [],
    signed: [{ key: carol.fingerprint, signer: 'carol@example.org' }],
  });
});

test('commits and tags that Git itself has signed are accepted', async () => {
  const place = await open();
  const { repository, tree } = place;
  const settings = [
    '-c',
    'user.name=Carol',
    '-c',
    'user.email=carol@example.org',
    '-c',
    'gpg.format=ssh',
    '-c',
    `user.signingKey=${carol.file}`,
  ];
  const git = (...args: readonly string[]) => realGit([...settings, `--git-dir=${repository.directory}`, ...args]);
  const commit = (await git('commit-tree', '-S', '-m', 'Signed by Git', tree)).trim();
  await git('tag', '-s', '-m', 'Version 1', 'v1.0.0', commit);
  await place.publish(commit);
  await place.mirror.fetch({ tag: 'v1.0.0' }, { signal: place.signal });
  const found = await verify(place, commit, { mode: 'TagAndHead', ref: 'refs/tags/v1.0.0' });
  expect(found).toMatchObject({
    problems: [],
    signed: [{ what: 'tag v1.0.0', key: carol.fingerprint }, { key: carol.fingerprint }],
  });
});

test('repositories with SHA-256 ids are verified like others', async () => {
  const place = await open('sha256');
  expect(await refusal(place, await place.commit(alice))).toBe('');
  expect(await refusal(place, await place.commit(carol))).toBe('');
  expect(await refusal(place, await place.commit(trudy))).toContain('git.signer-unknown');
  expect(await refusal(place, await place.commit(undefined))).toContain('git.unsigned');
});

test('N: a commit without a signature is refused, with the commit and its author', async () => {
  const place = await open();
  const commit = await place.commit(undefined, { message: 'Give me the cluster\n' });
  expect(await refusal(place, commit)).toBe(
    `git.unsigned: commit ${commit} ("Give me the cluster" by Ada <ada@example.org>) is not signed (Git says N)`,
  );
});

test('B: a signature that was taken from another commit is refused', async () => {
  const place = await open();
  const text = commitText({ tree: place.tree, message: 'What was signed\n' });
  for (const key of [alice, carol]) {
    const signature = await bench.sign(key, text);
    const forged = withSignature(commitText({ tree: place.tree, message: 'What is sold for it\n' }), signature);
    const commit = await writeObject(place.repository.directory, 'commit', forged);
    expect(await refusal(place, commit)).toMatch(/^git\.signature-bad: .* does not belong to it.* \(Git says B, key /);
  }
});

test('U and E: a key that was not given does not count, whoever it says it is', async () => {
  const place = await open();
  expect(await refusal(place, await place.commit(mallory))).toMatch(
    new RegExp(`^git\\.signer-unknown: .* none of the given ones \\(Git says E, key ${mallory.fingerprint}`),
  );
  expect(await refusal(place, await place.commit(trudy))).toContain(
    `is signed with a key that is none of the given ones (Git says U, key ${trudy.fingerprint})`,
  );
  const onlySsh = parseVerificationKeys(new Map([['allowed_signers', signersLine(carol)]]), 'Secret');
  expect(await refusal(place, await place.commit(alice), onlySsh)).toContain('git.signer-unknown: ');
  const onlyOpenpgp = parseVerificationKeys(new Map([['alice.asc', alice.publicKey]]), 'Secret');
  expect(await refusal(place, await place.commit(carol), onlyOpenpgp)).toContain('no SSH key is given');
});

test('X: a signature that has expired is refused', async () => {
  const place = await open();
  const long = [
    '--faked-system-time',
    '20200102T000000',
    '--ignore-time-conflict',
    '--ignore-valid-from',
    '--default-sig-expire',
    '1d',
  ];
  const old = await bench.openpgpKey('xavier', { gpg: ['--faked-system-time', '20200101T000000'] });
  const keys = parseVerificationKeys(new Map([['x', old.publicKey]]), 'Secret');
  expect(await refusal(place, await place.commit(old, { gpg: long }), keys)).toMatch(
    /^git\.signature-expired: .* has a signature that has expired \(Git says X, key /,
  );
});

test('Y: a key that has expired makes no good signature any more', async () => {
  const place = await open();
  const then = ['--faked-system-time', '20200101T000000'];
  const old = await bench.openpgpKey('yolanda', { expires: '20200201T000000', gpg: then });
  const keys = parseVerificationKeys(new Map([['y', old.publicKey]]), 'Secret');
  expect(
    await refusal(place, await place.commit(old, { gpg: ['--faked-system-time', '20200102T000000'] }), keys),
  ).toMatch(/^git\.signature-expired: .* a key that has expired \(Git says Y, key /);
});

test('R: a key that was revoked makes no good signature any more, wherever its revocation stands', async () => {
  const place = await open();
  const lost = await bench.openpgpKey('rupert');
  const commit = await place.commit(lost);
  expect(await refusal(place, commit, parseVerificationKeys(new Map([['r', lost.publicKey]]), 'Secret'))).toBe('');
  const revocation = await bench.revocation(lost);
  for (const [first, second] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const keys = parseVerificationKeys(
      new Map([
        [first, lost.publicKey],
        [second, revocation],
      ]),
      'Secret',
    );
    expect(await refusal(place, commit, keys)).toMatch(/^git\.key-revoked: .* \(Git says R, key .* of rupert </);
  }
});

test('an SSH key that is listed as revoked does not count, whatever allowed_signers says', async () => {
  const place = await open();
  const keys = parseVerificationKeys(
    new Map([
      ['allowed_signers', signersLine(carol) + signersLine(trudy)],
      ['revoked_keys', `# lost\n${trudy.publicKey} trudy\n`],
    ]),
    'Secret',
  );
  expect(await refusal(place, await place.commit(trudy), keys)).toMatch(
    /^git\.key-revoked: .* \(Git says B, key .* of trudy@example\.org\)$/,
  );
  expect(await refusal(place, await place.commit(carol), keys)).toBe('');
});

test('a digest that proves nothing any more is refused', async () => {
  const place = await open();
  expect(await refusal(place, await place.commit(alice, { gpg: ['--digest-algo', 'SHA1'] }))).toMatch(
    /^git\.signature-bad: .* over a digest that proves nothing any more/,
  );
});

test('an SSH signature for another namespace, or outside the time of its key, is refused', async () => {
  const place = await open();
  expect(await refusal(place, await place.commit(carol, { namespace: 'file' }))).toMatch(
    /^git\.signature-bad: .* \(Git says B, /,
  );
  const foreign = parseVerificationKeys(
    new Map([['allowed_signers', signersLine(carol, 'namespaces="file"')]]),
    'Secret',
  );
  expect(await refusal(place, await place.commit(carol), foreign)).toContain(
    'may not make for Git at that time (Git says B',
  );
  const past = parseVerificationKeys(
    new Map([['allowed_signers', signersLine(carol, 'valid-before="20200101"')]]),
    'Secret',
  );
  expect(await refusal(place, await place.commit(carol), past)).toMatch(/^git\.sign(?:er-unknown|ature-bad): /);
});

test('a public SSH key by itself is a signer under the name of its entry', async () => {
  const place = await open();
  const keys = parseVerificationKeys(new Map([['carol.pub', `${carol.publicKey} carol@laptop\n`]]), 'ConfigMap');
  const commit = await place.publish(await place.commit(carol));
  expect(await verify(place, commit, { keys })).toMatchObject({ problems: [], signed: [{ signer: 'carol.pub' }] });
});

test('two signatures, in one header or in two, are refused although both are good', async () => {
  const place = await open();
  const { directory } = place.repository;
  const text = commitText({ tree: place.tree });
  const signature = await bench.sign(alice, text);
  const twice = withSignature(withSignature(text, signature), signature);
  expect(await refusal(place, await writeObject(directory, 'commit', twice))).toContain('more than one signature');
  const joined = withSignature(text, signature + signature);
  expect(await refusal(place, await writeObject(directory, 'commit', joined))).toContain('git.signature-bad');
  const both = withSignature(text, await bench.sign(alice, text, { gpg: ['--local-user', mallory.fingerprint] }));
  expect(await refusal(place, await writeObject(directory, 'commit', both))).toContain('more than one signature');
});

test('a signature with something behind it, or beside it, is refused', async () => {
  const place = await open();
  const { directory } = place.repository;
  const text = commitText({ tree: place.tree });
  for (const key of [alice, carol]) {
    const signature = await bench.sign(key, text);
    const behind = withSignature(text, `${signature.trimEnd()}\nand more`);
    expect(await refusal(place, await writeObject(directory, 'commit', behind))).toContain(
      'something follows its signature',
    );
    // Git leaves this header out of what is signed.
    const beside = withSignature(withSignature(text, signature), 'unsigned', 'gpgsig-note');
    expect(await refusal(place, await writeObject(directory, 'commit', beside))).toContain('unknown header');
    // As GitHub writes it, with an empty line at the end.
    const padded = withSignature(text, `${signature.trimEnd()}\n.`).replace('\n .', '\n ');
    expect(await refusal(place, await writeObject(directory, 'commit', padded))).toBe('');
  }
});

test('an OpenPGP message in the place of a signature is refused, as is X.509', async () => {
  const place = await open();
  const { directory } = place.repository;
  const text = commitText({ tree: place.tree });
  const message = (await bench.sign(alice, text)).replaceAll('PGP SIGNATURE', 'PGP MESSAGE');
  expect(await refusal(place, await writeObject(directory, 'commit', withSignature(text, message)))).toContain(
    'OpenPGP message',
  );
  const x509 = '-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----';
  expect(await refusal(place, await writeObject(directory, 'commit', withSignature(text, x509)))).toContain('X.509');
});

test('what stands behind a NUL in the message is part of what was signed', async () => {
  const place = await open();
  const { directory } = place.repository;
  for (const key of [alice, carol]) {
    const text = commitText({ tree: place.tree, message: 'Shown\n\0hidden\n' });
    const signature = await bench.sign(key, text);
    expect(await refusal(place, await writeObject(directory, 'commit', withSignature(text, signature)))).toBe('');
    const changed = withSignature(text.replace('hidden', 'HIDDEN'), signature);
    expect(await refusal(place, await writeObject(directory, 'commit', changed))).toContain('Git says B');
  }
});

test('a failed look at one commit says nothing of the others, and each is told', async () => {
  const place = await open();
  const one = await place.commit(alice);
  const two = await place.commit(undefined, { parents: [one] });
  const three = await place.commit(carol, { parents: [two] });
  const four = await place.commit(mallory, { parents: [three] });
  await place.publish(four);
  const { problems, commits } = await verify(place, four, { mode: 'Commits', base: one });
  expect(commits).toBe(3);
  expect(problems.map(({ code, where }) => [code, where?.commit])).toEqual([
    ['git.signer-unknown', four],
    ['git.unsigned', two],
  ]);
});

test('Commits: every side of a merge is verified, and what was accepted before is not', async () => {
  const place = await open();
  const unsigned = await place.commit(undefined);
  const base = await place.commit(alice, { parents: [unsigned] });
  const left = await place.commit(alice, { parents: [base] });
  const side = await place.commit(undefined, { parents: [base], message: 'Slipped in\n' });
  const right = await place.commit(carol, { parents: [side] });
  const merge = await place.commit(carol, { parents: [left, right] });
  await place.publish(merge);
  const found = await verify(place, merge, { mode: 'Commits', base });
  expect(found.problems.map(({ where }) => where?.commit)).toEqual([side]);
  expect((await verify(place, merge, { mode: 'Commits', base: right })).problems).toEqual([]);
  // The first time there is no commit before: the head alone.
  expect(await verify(place, merge, { mode: 'Commits' })).toMatchObject({ problems: [], commits: 1 });
});

test('Commits: a base that is nowhere any more makes all of history be verified', async () => {
  const place = await open();
  const unsigned = await place.commit(undefined);
  const head = await place.commit(alice, { parents: [unsigned] });
  await place.publish(head);
  const found = await verify(place, head, { mode: 'Commits', base: '1'.repeat(40) });
  expect(found.problems.map(({ where }) => where?.commit)).toEqual([unsigned]);
});

test('the same commit is judged anew with other keys', async () => {
  const place = await open();
  const commit = await place.publish(await place.commit(trudy));
  expect((await verify(place, commit)).problems).toHaveLength(1);
  const keys = parseVerificationKeys(new Map([['allowed_signers', signersLine(trudy)]]), 'Secret');
  expect((await verify(place, commit, { keys })).problems).toEqual([]);
  expect((await verify(place, commit)).problems).toHaveLength(1);
});

test('Commits: more than can be verified at once is refused, before the first of them is looked at', async () => {
  const place = await open();
  const count = 5001;
  const lines = Array.from({ length: count }, (_, index) => {
    const from = index === 0 ? 'from refs/heads/main^0\n' : '';
    return `commit refs/heads/many\ncommitter Ada <ada@example.org> ${1_790_000_000 + index} +0000\ndata 1\nx\n${from}`;
  });
  const { repository } = place;
  const base = (await repository.git('rev-parse', 'main')).trim();
  await realGit([`--git-dir=${repository.directory}`, 'fast-import', '--quiet'], lines.join(''));
  const tip = await place.publish((await repository.git('rev-parse', 'many')).trim());
  await expect(verify(place, tip, { mode: 'Commits', base })).rejects.toMatchObject({ code: 'git.too-large' });
  const recent = (await repository.git('rev-parse', 'many~30')).trim();
  const { problems, commits } = await verify(place, tip, { mode: 'Commits', base: recent });
  expect(commits).toBe(30);
  // Twenty are told, the others counted.
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)?.message).toBe('and 10 more commits are refused');
});

interface TagOptions {
  readonly object: string;
  readonly type?: string;
  readonly name?: string;
  readonly key?: SigningKey;
  readonly message?: string;
}

async function tag(
  place: Bench,
  ref: string,
  { object, type = 'commit', name = ref, key, message = 'Version\n' }: TagOptions,
): Promise<string> {
  const text = `object ${object}\ntype ${type}\ntag ${name}\ntagger Ada <ada@example.org> 1790000000 +0000\n\n${message}`;
  const id = await writeObject(
    place.repository.directory,
    'tag',
    key === undefined ? text : text + (await bench.sign(key, text)),
  );
  await place.repository.git('update-ref', `refs/tags/${ref}`, id);
  return id;
}

async function tagRefusal(place: Bench, ref: string, keys = given()): Promise<string> {
  const { resolved } = await place.mirror.fetch({ tag: ref }, { signal: place.signal });
  const { problems } = await verify(place, resolved.commit, { mode: 'Tag', ref: resolved.ref, keys });
  return problems.map(({ code, message }) => `${code}: ${message}`).join('\n');
}

test('Tag: the annotated tag has to be signed by a given key, whatever the commit is', async () => {
  const place = await open();
  const commit = await place.commit(undefined);
  for (const key of [alice, carol]) {
    await tag(place, `v1-${key.name}`, { object: commit, key });
    expect(await tagRefusal(place, `v1-${key.name}`)).toBe('');
  }
  await tag(place, 'v2', { object: commit, key: mallory });
  expect(await tagRefusal(place, 'v2')).toMatch(/^git\.signer-unknown: tag v2 .* \(Git says E, key /);
  await tag(place, 'v3', { object: commit, key: trudy });
  expect(await tagRefusal(place, 'v3')).toContain(`(Git says U, key ${trudy.fingerprint})`);
  await tag(place, 'v4', { object: commit });
  expect(await tagRefusal(place, 'v4')).toBe('git.unsigned: tag v4 is not signed (Git says N)');
  await place.repository.git('update-ref', 'refs/tags/v5', commit);
  expect(await tagRefusal(place, 'v5')).toBe('git.unsigned: tag v5 is a lightweight tag, which cannot be signed');
  const { problems } = await verify(place, commit, { mode: 'TagAndHead', ref: 'refs/tags/v1-alice' });
  expect(problems.map(({ code }) => code)).toEqual(['git.unsigned']);
});

test('Tag: expired and revoked keys, and weak digests, are told as for commits', async () => {
  const place = await open();
  const commit = await place.commit(undefined);
  const lost = await bench.openpgpKey('tina');
  await tag(place, 'v1', { object: commit, key: lost });
  const revoked = parseVerificationKeys(
    new Map([
      ['a', lost.publicKey],
      ['b', await bench.revocation(lost)],
    ]),
    'Secret',
  );
  expect(await tagRefusal(place, 'v1', revoked)).toMatch(/^git\.key-revoked: tag v1 .* \(Git says R, key .* of tina </);
  const text = `object ${commit}\ntype commit\ntag v2\ntagger Ada <ada@example.org> 1790000000 +0000\n\nVersion\n`;
  const weak = text + (await bench.sign(alice, text, { gpg: ['--digest-algo', 'SHA1'] }));
  await place.repository.git('update-ref', 'refs/tags/v2', await writeObject(place.repository.directory, 'tag', weak));
  expect(await tagRefusal(place, 'v2')).toContain('proves nothing any more');
});

test('Tag: a signed tag under another name, of another tag, changed or signed twice is refused', async () => {
  const place = await open();
  const { directory } = place.repository;
  const commit = await place.commit(alice);
  const id = await tag(place, 'v1.0.0', { object: commit, key: alice });
  await place.repository.git('update-ref', 'refs/tags/v9.9.9', id);
  expect(await tagRefusal(place, 'v9.9.9')).toBe('git.tag-mismatch: tag v9.9.9 holds a tag that is called "v1.0.0"');
  await tag(place, 'v2', { object: id, type: 'tag', key: alice });
  expect(await tagRefusal(place, 'v2')).toBe('git.tag-mismatch: tag v2 is a tag of a tag, not of a commit');
  const bytes = await place.repository.git('cat-file', 'tag', 'v1.0.0');
  const forge = async (ref: string, text: string): Promise<string> => {
    await place.repository.git('update-ref', `refs/tags/${ref}`, await writeObject(directory, 'tag', text));
    return tagRefusal(place, ref);
  };
  expect(await forge('v1.0.0', bytes.replace('Version\n', 'Another\n'))).toContain('Git says B');
  expect(await forge('v1.0.0', `${bytes}and more\n`)).toContain('something follows its signature');
  expect(await forge('v1.0.0', bytes + bytes.slice(bytes.indexOf('-----BEGIN')))).toContain('more than one signature');
  expect(await forge('v1.0.0', bytes)).toBe('');
});

test('Tag: a commit that is held by its id needs a signed tag that names it', async () => {
  const place = await open();
  const commit = await place.commit(undefined);
  await place.publish(commit);
  const held = await verify(place, commit, { mode: 'Tag', ref: commit });
  expect(held.problems).toMatchObject([{ code: 'git.unsigned' }]);
  await tag(place, 'v1', { object: commit, key: carol });
  await place.mirror.fetch({ tag: 'v1' }, { signal: place.signal });
  expect(await verify(place, commit, { mode: 'Tag', ref: commit })).toMatchObject({
    problems: [],
    signed: [{ what: 'tag v1' }],
  });
});

test('nothing is left behind, neither a file nor a process', async () => {
  const place = await open();
  const commit = await place.publish(await place.commit(alice));
  const folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  try {
    expect((await verify(place, commit)).problems).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
  expect(await readdir(folder)).toEqual([]);
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isRunning(Number(name)));
  expect(processes.filter((pid) => commandLineOf(pid).includes(folder))).toEqual([]);
});

/** The command line of a process; empty where it has ended meanwhile. */
function commandLineOf(pid: string): string {
  try {
    return commandLine(Number(pid)).join(' ');
  } catch {
    return '';
  }
}

const parse = (entries: Record<string, string>) => () =>
  parseVerificationKeys(new Map(Object.entries(entries)), 'Secret team-a/signers');

test('keys that cannot be used say where they stand, and never what they are', () => {
  expect(parse({})).toThrow(/git\.keys-invalid|holds no public key/);
  expect(parse({ a: '' })).toThrow(/"a" is empty/);
  expect(parse({ id: '-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n' })).toThrow(/"id" holds a private key/);
  expect(parse({ id: '-----BEGIN PGP PRIVATE KEY BLOCK-----\nsecret\n' })).toThrow(/"id" holds a private key/);
  expect(parse({ allowed_signers: `${signersLine(carol)}carol@example.org ssh-ed25519 AAAA\n` })).toThrow(
    /line 2 of "allowed_signers"/,
  );
  expect(parse({ revoked_keys: 'nonsense' })).toThrow(/line 1 of "revoked_keys"/);
  try {
    parse({ password: 'hunter2' })();
    expect.unreachable();
  } catch (error) {
    expect(JSON.stringify(problemsOf(error))).not.toContain('hunter2');
  }
});

const digest = (entries: readonly (readonly [string, string])[]) =>
  parseVerificationKeys(new Map(entries), 'Secret').digest;

test('the digest of keys is that of the keys, not of their names and order', () => {
  const line = signersLine(carol);
  expect(
    digest([
      ['a', alice.publicKey],
      ['b', line],
    ]),
  ).toBe(
    digest([
      ['c', line],
      ['d', alice.publicKey],
    ]),
  );
  expect(digest([['a', alice.publicKey]])).not.toBe(digest([['a', mallory.publicKey]]));
  expect(digest([['a', line]])).not.toBe(
    digest([
      ['a', line],
      ['revoked_keys', trudy.publicKey],
    ]),
  );
});

test('a block of OpenPGP that holds no key is an error that says so', async () => {
  const place = await open();
  const keys = parseVerificationKeys(
    new Map([['a', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n']]),
    'Secret',
  );
  const commit = await place.publish(await place.commit(alice));
  await expect(verify(place, commit, { keys })).rejects.toMatchObject({ code: 'git.keys-invalid' });
});
