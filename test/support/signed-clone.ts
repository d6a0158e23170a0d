import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realGit } from './git-workshop.ts';
import { openSigning, writeObject } from './signing.ts';

/**
 * Makes a clone whose commits are signed with SSH by Carol and whose tag `v1.2.3` is signed with OpenPGP by Alice; one commit
 * is ahead of `origin/main`. Beside the work lie `allowed_signers`, the folder `keys`, and `alice.asc`.
 */
export async function makeSignedClone(folder: string): Promise<void> {
  const bench = await openSigning();
  try {
    const [carol, alice] = await Promise.all([bench.sshKey('carol'), bench.openpgpKey('alice')]);
    await realGit(['init', '--quiet', '--initial-branch=main', folder]);
    const settings = [
      'user.name=Carol',
      'user.email=carol@example.org',
      'gpg.format=ssh',
      `user.signingkey=${carol.file}`,
    ];
    const git = (...args: readonly string[]) =>
      realGit(['-C', folder, ...settings.flatMap((setting) => ['-c', setting]), ...args]);
    await git('commit', '--quiet', '--allow-empty', '-S', '-m', 'First');
    await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    await git('commit', '--quiet', '--allow-empty', '-S', '-m', 'Second');
    const commit = (await git('rev-parse', 'HEAD')).trim();
    const tag = `object ${commit}\ntype commit\ntag v1.2.3\ntagger Alice <alice@example.org> 1790000000 +0000\n\nv1.2.3\n`;
    const id = await writeObject(join(folder, '.git'), 'tag', `${tag}${await bench.sign(alice, tag)}`);
    await git('update-ref', 'refs/tags/v1.2.3', id);
    const signers = `carol@example.org namespaces="git" ${carol.publicKey}\n`;
    await mkdir(join(folder, 'keys'));
    await writeFile(join(folder, 'allowed_signers'), signers);
    await writeFile(join(folder, 'keys', 'allowed_signers'), signers);
    await writeFile(join(folder, 'alice.asc'), alice.publicKey);
  } finally {
    await bench.close();
  }
}
