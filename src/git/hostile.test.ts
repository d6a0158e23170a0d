import { appendFile, chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openWorkshop, realGit } from '../../test/support/git-workshop.ts';
import { problemsOf } from '../errors.ts';
import { openMirror } from './index.ts';

test('hooks, configuration, attributes and submodules of a repository execute nothing', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const witness = join(workshop.root, 'executed');
  const command = `touch ${witness}; false`;
  const commit = await repository.commit({
    'a.yaml': 'a: 1\n',
    '.gitattributes': '* filter=evil diff=evil merge=evil\n*.yaml textconv=evil\n',
    '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c ${command.replaceAll(' ', '% ')}\n\tupdate = !${command}\n`,
    x: { submodule: '1'.repeat(40) },
    '.gitconfig': `[core]\n\tfsmonitor = ${command}\n`,
  });
  const second = await repository.commit({ 'a.yaml': 'a: 2\n' });
  const third = await repository.commit({ 'a.yaml': 'a: 3\n' });
  await repository.git('update-ref', 'refs/heads/main', second);
  // The server's own repository, which a file URL makes Git read in place, and everything that its owner can set.
  for (const [key, value] of [
    ['core.fsmonitor', command],
    ['core.hooksPath', join(workshop.root, 'hooks')],
    ['core.sshCommand', command],
    ['core.pager', command],
    ['core.alternateRefsCommand', command],
    ['diff.external', command],
    ['diff.evil.textconv', command],
    ['filter.evil.smudge', command],
    ['filter.evil.clean', command],
    ['uploadpack.packObjectsHook', command],
    ['credential.helper', `!${command}`],
    ['core.gitProxy', command],
    ['core.editor', command],
    ['core.askPass', command],
    ['sequence.editor', command],
    ['ssh.variant', command],
    ['remote.origin.uploadpack', command],
    ['remote.origin.vcs', 'ext'],
    ['protocol.ext.allow', 'always'],
    ['protocol.allow', 'always'],
    [`url.ext::sh -c ${command.replaceAll(' ', '% ')}.insteadOf`, 'http://'],
    ['include.path', join(workshop.root, 'included')],
    ['gpg.program', command],
    ['alias.fetch', `!${command}`],
  ] as const) {
    await repository.git('config', key, value);
  }
  await writeFile(join(workshop.root, 'included'), `[core]\n\tfsmonitor = "${command}"\n\tpager = "${command}"\n`);
  await mkdir(join(workshop.root, 'hooks'));
  const hooks = [
    'pre-receive',
    'post-receive',
    'update',
    'post-checkout',
    'reference-transaction',
    'post-index-change',
    'fsmonitor-watchman',
    'pre-auto-gc',
  ];
  for (const folder of [join(workshop.root, 'hooks'), join(repository.directory, 'hooks')]) {
    await mkdir(folder, { recursive: true });
    for (const hook of hooks) {
      await writeFile(join(folder, hook), `#!/bin/sh\n${command}\n`);
      await chmod(join(folder, hook), 0o755);
    }
  }
  for (const url of [repository.url, `file://${repository.directory}`]) {
    const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, allowFile: true });
    await mirror.fetch({}, { signal: workshop.signal });
    const tree = await mirror.tree(second);
    expect(Buffer.from((await tree.read('a.yaml')) ?? []).toString()).toBe('a: 2\n');
    const { root } = await mirror.tree(commit);
    expect(await mirror.changes(root, tree.root)).toEqual([{ path: 'a.yaml', change: 'modified' }]);
    expect(await mirror.isAncestor(commit, second)).toBe(true);
    // And once more, where there is something to begin from.
    for (const tip of [third, second]) {
      await repository.git('-c', 'core.hooksPath=/dev/null', 'update-ref', 'refs/heads/main', tip);
      expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ resolved: { commit: tip } });
    }
    await mirror.close();
  }
  expect(await readdir(workshop.root)).not.toContain('executed');
});

test('a hook that somebody puts into the mirror itself is not run', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  const [home = ''] = await readdir(workshop.cache);
  const generation = (await readdir(join(workshop.cache, home))).find((name) => name.startsWith('generation-')) ?? '';
  const hooks = join(workshop.cache, home, generation, 'hooks');
  expect(await readdir(join(workshop.cache, home, generation))).not.toContain('hooks');
  await mkdir(hooks);
  await writeFile(join(hooks, 'reference-transaction'), `#!/bin/sh\ntouch ${join(workshop.root, 'executed')}\n`);
  await chmod(join(hooks, 'reference-transaction'), 0o755);
  await repository.commit({ a: '2' });
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ change: 'advanced' });
  expect(await readdir(workshop.root)).not.toContain('executed');
});

test('configuration that somebody puts into the mirror itself runs nothing, nor does the environment', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ 'a.yaml': 'a: 1\n', '.gitattributes': '* filter=evil\n' });
  const witness = join(workshop.root, 'executed');
  const program = join(workshop.root, 'evil');
  await writeFile(program, `#!/bin/sh\ntouch ${witness}\nexit 1\n`);
  await chmod(program, 0o755);
  for (const [name, value] of Object.entries({
    GIT_SSH_COMMAND: program,
    GIT_PROXY_COMMAND: program,
    GIT_ASKPASS: program,
    GIT_EXTERNAL_DIFF: program,
    GIT_EXEC_PATH: workshop.root,
    GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${program}'`,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: program,
    GIT_DIR: workshop.root,
    GIT_ALLOW_PROTOCOL: 'ext',
  })) {
    vi.stubEnv(name, value);
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const url of [repository.url, `file://${repository.directory}`]) {
    const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, allowFile: true });
    await mirror.fetch({}, { signal: workshop.signal });
    const home = (await readdir(workshop.cache, { withFileTypes: true, recursive: true })).find(
      (entry) => entry.name === 'config' && entry.isFile(),
    );
    const config = join(home?.parentPath ?? '', 'config');
    const keys = ['fsmonitor', 'sshCommand', 'pager', 'editor', 'askPass', 'alternateRefsCommand', 'gitProxy'];
    const sections = [
      `[core]\n${keys.map((key) => `\t${key} = ${program}\n`).join('')}\thooksPath = ${workshop.root}\n`,
      `[credential]\n\thelper = ${program}\n[filter "evil"]\n\tsmudge = ${program}\n\tclean = ${program}\n`,
      `[gc]\n\tauto = 1\n[gpg]\n\tprogram = ${program}\n[diff]\n\texternal = ${program}\n`,
      `[uploadpack]\n\tpackObjectsHook = ${program}\n[alias]\n\tfetch = !${program}\n\tcat-file = !${program}\n`,
    ];
    await appendFile(config, sections.join(''));
    const next = await repository.commit({ 'a.yaml': `${url}\n` });
    const { resolved } = await mirror.fetch({}, { signal: workshop.signal });
    expect(resolved.commit).toBe(next);
    const tree = await mirror.tree(next);
    expect(Buffer.from((await tree.read('a.yaml')) ?? []).toString()).toBe(`${url}\n`);
    await mirror.close();
    await rm(workshop.cache, { recursive: true });
  }
  expect(await readdir(workshop.root)).not.toContain('executed');
});

test('a repository URL that would be an option or a command to Git never gets to it', async () => {
  const workshop = await openWorkshop();
  for (const url of [
    `--upload-pack=touch ${join(workshop.root, 'executed')}`,
    `ext::sh -c touch% ${join(workshop.root, 'executed')}`,
    `ssh://-oProxyCommand=touch\${IFS}${join(workshop.root, 'executed')}/x`,
    `-oProxyCommand=touch\${IFS}${join(workshop.root, 'executed')}:x`,
    `git@example.org:-oProxyCommand=touch`,
    `file::${workshop.root}`,
    `fd::3`,
    `http::http://127.0.0.1/app.git`,
  ]) {
    const error: unknown = await openMirror({
      url,
      directory: workshop.cache,
      signal: workshop.signal,
      allowFile: true,
    }).catch((reason: unknown) => reason);
    expect(problemsOf(error)[0].code).toBe('git.url-invalid');
  }
  expect(await readdir(workshop.root)).not.toContain('executed');
});

test('replacement refs and grafts of a repository do not change what a commit holds', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const good = await repository.commit({ a: 'good' });
  const evil = await repository.commit({ a: 'evil' }, { branch: 'evil', parent: null });
  await repository.git('update-ref', `refs/replace/${good}`, evil);
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  await mirror.fetch({}, { signal: workshop.signal });
  expect(Buffer.from((await (await mirror.tree(good)).read('a')) ?? []).toString()).toBe('good');
});

test('a tree with names that would lead out of a folder is refused', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const blob = (await realGit([`--git-dir=${repository.directory}`, 'hash-object', '-w', '--stdin'], 'x')).trim();
  const inner = Buffer.concat([Buffer.from('100644 ..\0'), Buffer.from(blob, 'hex')]);
  const tree = (
    await realGit(
      [`--git-dir=${repository.directory}`, 'hash-object', '-w', '-t', 'tree', '--literally', '--stdin'],
      inner,
    )
  ).trim();
  const commit = (
    await realGit(
      [`--git-dir=${repository.directory}`, 'hash-object', '-w', '-t', 'commit', '--stdin'],
      `tree ${tree}\nauthor a <a@example.org> 1 +0000\ncommitter a <a@example.org> 1 +0000\n\nm\n`,
    )
  ).trim();
  await repository.git('update-ref', 'refs/heads/main', commit);
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  const outcome = await mirror.fetch({}, { signal: workshop.signal });
  const error: unknown = await mirror
    .tree(outcome.resolved.commit)
    .then((reader) => reader.list(''))
    .catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.invalid-object');
});
