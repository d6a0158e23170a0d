import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { realGit } from '../../test/support/git-workshop.ts';
import { commitText, openSigning, type SigningBench, withSignature, writeObject } from '../../test/support/signing.ts';
import { parseVerificationKeys, verifyClone } from './index.ts';

let bench: SigningBench;

beforeAll(async () => {
  bench = await openSigning();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await bench.close();
});

test('without gpg or ssh-keygen nothing is accepted, and the package that is missing is named', async () => {
  const root = temporaryFolder();
  const directory = join(root, 'app.git');
  await realGit(['init', '--quiet', '--bare', directory]);
  const tree = (await realGit([`--git-dir=${directory}`, 'mktree'], '')).trim();
  const programs = join(root, 'bin');
  await mkdir(programs);
  await symlink(execFileSync('sh', ['-c', 'command -v git']).toString().trim(), join(programs, 'git'));
  const cases = [
    [await bench.openpgpKey('alice'), 'gpg', 'gnupg'],
    [await bench.sshKey('carol'), 'ssh-keygen', 'openssh-client'],
  ] as const;
  const signal = new AbortController().signal;
  for (const [key, program, debianPackage] of cases) {
    const text = commitText({ tree, message: program });
    const commit = await writeObject(directory, 'commit', withSignature(text, await bench.sign(key, text)));
    const keys = parseVerificationKeys(new Map([['key', key.publicKey]]), 'Secret');
    const verify = () => verifyClone({ folder: directory, revision: commit, mode: 'Head', keys, signal });
    vi.stubEnv('PATH', programs);
    await expect(verify()).rejects.toMatchObject({
      code: 'git.verifier-missing',
      message: expect.stringMatching(new RegExp(`${program} could not be started.* the package ${debianPackage}\\)`)),
    });
    // As soon as it is installed.
    vi.unstubAllEnvs();
    expect((await verify()).problems).toEqual([]);
  }
});
