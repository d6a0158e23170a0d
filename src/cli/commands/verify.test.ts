import { access, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plumb, plumbFromSource, plumbInProcess } from '../../../test/support/cli.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { realGit } from '../../../test/support/git-workshop.ts';
import { shell } from '../../../test/support/shell.ts';
import { openSigning, type SigningBench, type SigningKey } from '../../../test/support/signing.ts';

let bench: SigningBench;
let carol: SigningKey;

beforeAll(async () => {
  bench = await openSigning();
  carol = await bench.sshKey('carol');
});

afterAll(() => bench.close());

/** A clone with a file of keys beside it, and Git as Carol uses it. */
async function open() {
  const root = temporaryFolder();
  const clone = join(root, 'clone');
  await realGit(['init', '--quiet', '--initial-branch=main', clone]);
  await writeFile(join(root, 'allowed_signers'), `carol@example.org namespaces="git" ${carol.publicKey}\n`);
  const identity = [
    'user.name=Carol',
    'user.email=carol@example.org',
    'gpg.format=ssh',
    `user.signingkey=${carol.file}`,
  ];
  const git = (...args: readonly string[]) =>
    realGit(['-C', clone, ...identity.flatMap((setting) => ['-c', setting]), ...args]);
  const commit = async (message: string, ...flags: readonly string[]) => {
    await git('commit', '--quiet', '--allow-empty', '-m', message, ...flags);
    return (await git('rev-parse', 'HEAD')).trim();
  };
  return { root, clone, git, commit, keys: join(root, 'allowed_signers') };
}

test('a signed commit is accepted with 0, an unsigned one is refused with 1', async () => {
  const { clone, commit, keys } = await open();
  const signed = await commit('Signed', '-S');
  const accepted = await plumb(['verify', '-q', '--keys', '../allowed_signers'], { cwd: clone });
  expect(accepted).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: `commit ${signed.slice(0, 12)} is signed by carol@example.org (${carol.fingerprint})\n`,
  });
  const unsigned = await commit('Not signed');
  const refused = await plumbInProcess(['verify', '-q', '--path', clone, '--keys', keys]);
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain(`commit ${unsigned} ("Not signed" by Carol <carol@example.org>) is not signed`);
  expect(refused.stderr).toContain('(git.unsigned)');
  const named = await plumbInProcess(['verify', '-q', '--path', clone, '--keys', keys, `${unsigned}~1`, '-o', 'json']);
  expect(named.exitCode).toBe(0);
  expect(JSON.parse(named.stdout)).toEqual({
    commit: signed,
    mode: 'Head',
    accepted: true,
    commits: 1,
    signed: [{ what: `commit ${signed.slice(0, 12)}`, key: carol.fingerprint, signer: 'carol@example.org' }],
    problems: [],
  });
});

test('every commit of a branch, and the tag of a release', async () => {
  const { root, clone, git, commit, keys } = await open();
  await commit('Before anybody signed');
  await git('branch', 'base');
  await commit('One', '-S');
  await commit('Two', '-S');
  await mkdir(join(root, 'keys'));
  await writeFile(join(root, 'keys', 'carol.pub'), `${carol.publicKey} carol\n`);
  const call = (...args: readonly string[]) => plumbInProcess(['verify', '-q', '--path', clone, ...args]);
  expect(await call('--keys', join(root, 'keys'), '--since', 'base')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('2 commits verified'),
  });
  expect((await call('--keys', keys, '--since', 'base~0', 'base')).exitCode).toBe(1);
  await git('tag', '-s', '-m', 'One', 'v1.0.0');
  await git('tag', 'v1.0.1');
  expect(await call('--keys', keys, '--mode', 'Tag', 'v1.0.0')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('tag v1.0.0 is signed by carol@example.org'),
  });
  expect((await call('--keys', keys, '--mode', 'TagAndHead', 'v1.0.1')).stderr).toContain('a lightweight tag');
});

test('trouble is 2: no repository, no commit, no key, a wrong command line', async () => {
  const { root, clone, commit, keys } = await open();
  await commit('Signed', '-S');
  const call = (...args: readonly string[]) => plumbInProcess(['verify', '-q', ...args], { cwd: clone });
  const outcomes = [
    [await call('--keys', keys, '--path', root), 'git.repository-not-found'],
    [await call('--keys', keys, 'nowhere'), 'git.ref-not-found'],
    [await call('--keys', keys, '--output=json', '-x'), 'cli.usage'],
    [await call('--keys', join(root, 'absent')), 'cli.folder-unreadable'],
    [await call('--keys', keys, '--since', 'HEAD', '--mode', 'Head'), 'cli.usage'],
    [await call('--keys', keys, '--mode', 'Tag'), 'cli.usage'],
    [await call(), 'cli.usage'],
  ] as const;
  for (const [{ exitCode, stderr }, code] of outcomes) {
    expect(stderr).toContain(code);
    expect(exitCode).toBe(2);
  }
});

test('nothing that the clone is configured to do is done', async () => {
  const { root, clone, git, commit, keys } = await open();
  const base = await commit('One');
  await commit('Two', '-S');
  const witness = join(root, 'executed');
  const program = join(root, 'program');
  await writeFile(program, `#!/bin/sh\ntouch ${witness}\nexit 0\n`, { mode: 0o755 });
  const hostile = [
    ['gpg.program', program],
    ['gpg.ssh.program', program],
    ['gpg.x509.program', program],
    ['gpg.ssh.allowedSignersFile', join(root, 'absent')],
    ['core.fsmonitor', program],
    ['core.pager', program],
    ['pager.log', program],
    ['alias.log', `!${program}`],
    ['log.showSignature', 'true'],
    ['diff.external', program],
  ] as const;
  for (const [key, value] of hostile) await git('config', key, value);
  const call = (...args: readonly string[]) =>
    plumbInProcess(['verify', '-q', '--path', clone, '--keys', keys, ...args]);
  expect((await call()).exitCode).toBe(0);
  expect((await call(base)).exitCode).toBe(1);
  await expect(access(witness)).rejects.toThrow(/ENOENT/);
});

test('a history that is cut off before the base cannot be verified', async () => {
  const { root, clone, git, commit, keys } = await open();
  const base = await commit('One');
  await commit('Two', '-S');
  const tip = await commit('Three', '-S');
  await git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const shallow = join(root, 'shallow');
  await realGit(['clone', '--quiet', '--depth=1', `file://${clone}`, shallow]);
  await realGit(['-C', shallow, 'fetch', '--quiet', '--depth=1', `file://${clone}`, base]);
  const cut = await plumbInProcess(['verify', '-q', '--path', shallow, '--keys', keys, '--since', base, tip]);
  expect(cut).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('git.history-cut') });
});

test('the commands of the page work as they stand there', async () => {
  const { root, clone, git, commit } = await open();
  await commit('Before anybody signed');
  await git('tag', 'base');
  await commit('One', '-S');
  await git('tag', '-s', '-m', 'One', 'v1.0.0');
  const [block, ...others] = commandBlocks('docs/verification.md');
  expect([block?.name, others]).toEqual(['verify', []]);
  await copyFile(join(root, 'allowed_signers'), join(clone, 'allowed_signers'));
  const program = plumbFromSource.map((part) => `'${part}'`).join(' ');
  const script = `plumb() { ${program} "$@"; }\n${block?.text ?? ''}`;
  const { output, failed } = await shell(script, clone, { PATH: process.env['PATH'] ?? '' }).ended;
  expect({ output, failed }).toMatchObject({ failed: [] });
  expect(output).toContain('1 commit verified');
  expect(output).toContain('tag v1.0.0 is signed by carol@example.org');
});
