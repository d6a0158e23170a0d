import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { openWorkshop, realGit, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { basic, openGitGate } from '../../test/support/git-gate.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror } from './index.ts';
import type { SubmoduleOptions } from './submodules.ts';

const gitmodules = (...entries: readonly (readonly [path: string, url: string])[]): string =>
  entries.map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`).join('');

async function read(workshop: Workshop, repository: TestRepository, options: SubmoduleOptions = {}) {
  const mirror = await openMirror({
    url: repository.url,
    directory: workshop.cache,
    signal: workshop.signal,
    submodules: options,
  });
  const { resolved } = await mirror.fetch({ branch: 'main' }, { signal: workshop.signal });
  return { mirror, resolved, tree: await mirror.tree(resolved.commit) };
}

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');

/** A library, and an application that has it as a submodule. */
async function withLibrary(url = '../library.git') {
  const workshop = await openWorkshop();
  const library = await workshop.repository('library');
  const first = await library.commit({
    'base/a.yaml': 'a: 1\n',
    'base/link': { link: 'a.yaml' },
    'top.yaml': 't: 1\n',
  });
  // Nobody's branch leads to the commit that is recorded.
  await library.commit({ 'base/a.yaml': 'a: 2\n' });
  const app = await workshop.repository('app');
  await app.commit({
    '.gitmodules': gitmodules(['lib/common', url]),
    'lib/common': { submodule: first },
    'own.yaml': 'own: 1\n',
    shortcut: { link: 'lib/common/base' },
  });
  return { workshop, library, app, first };
}

test('a submodule is read at the commit that is recorded, by real Git over HTTP, and only when somebody reads in it', async () => {
  const { workshop, library, app, first } = await withLibrary();
  const { tree } = await read(workshop, app);
  expect(await tree.list('.')).toContainEqual({ name: 'lib', kind: 'directory' });
  expect(await tree.list('lib')).toEqual([{ name: 'common', kind: 'directory' }]);
  expect(await tree.stat('lib/common')).toEqual({ kind: 'directory', id: first });
  expect(text(await tree.read('own.yaml'))).toBe('own: 1\n');
  const listing = { name: 'base', kind: 'directory' };
  expect(await tree.list('lib/common')).toContainEqual(listing);
  expect(text(await tree.read('lib/common/base/a.yaml'))).toBe('a: 1\n');
  expect(text(await tree.read('lib/common/base/link'))).toBe('a: 1\n');
  expect(text(await tree.read('shortcut/a.yaml'))).toBe('a: 1\n');
  expect(await tree.read('lib/common/base/absent')).toBeUndefined();
  expect(await tree.list('lib/common/absent')).toBeUndefined();
  const blob = (await library.git('rev-parse', `${first}:top.yaml`)).trim();
  expect(await tree.stat('lib/common/top.yaml')).toEqual({ kind: 'file', id: blob });
});

test('nothing is fetched for who only lists, and nothing at all where submodules are not allowed', async () => {
  const { workshop, app } = await withLibrary('../nowhere.git');
  const { tree, mirror, resolved } = await read(workshop, app);
  expect(await tree.list('.')).toHaveLength(4);
  expect(await tree.stat('lib/common')).toMatchObject({ kind: 'directory' });
  await expect(tree.read('lib/common/top.yaml')).rejects.toThrow(/git\.submodule-unavailable/);
  const plain = await openMirror({ url: app.url, directory: workshop.cache, signal: workshop.signal });
  await expect((await plain.tree(resolved.commit)).read('lib/common/top.yaml')).rejects.toThrow(
    /\(git\.submodule\)|git\.submodule:/,
  );
  await mirror.close();
});

test('whoever reads in a submodule is told by its path when it moves, and nobody else', async () => {
  const { workshop, library, app, first } = await withLibrary();
  const { tree, mirror, resolved } = await read(workshop, app);
  await tree.read('lib/common/base/link');
  expect(await tree.linksFollowed('lib/common/base/link')).toEqual([
    '.gitmodules',
    'lib/common',
    'lib/common/base/link',
    'lib/common/base/a.yaml',
  ]);
  expect(await tree.linksFollowed('shortcut/absent')).toEqual([
    'shortcut',
    '.gitmodules',
    'lib/common',
    'lib/common/base/absent',
  ]);
  expect(await tree.linksFollowed('own.yaml')).toEqual([]);
  const second = (await library.git('rev-parse', 'main')).trim();
  await app.commit({ 'lib/common': { submodule: second } });
  const next = await mirror.fetch({ branch: 'main' }, { signal: workshop.signal });
  expect(await mirror.changes(resolved.tree, next.resolved.tree)).toEqual([{ path: 'lib/common', change: 'modified' }]);
  const after = await mirror.tree(next.resolved.commit);
  expect(text(await after.read('lib/common/base/a.yaml'))).toBe('a: 2\n');
  expect(text(await tree.read('lib/common/base/a.yaml'))).toBe('a: 1\n');
  expect(first).not.toBe(second);
});

test('submodules have submodules, down to a limit', async () => {
  const workshop = await openWorkshop();
  let inner: { readonly name: string; readonly commit: string } | undefined;
  for (const name of ['e', 'd', 'c', 'b', 'a', 'app']) {
    const repository = await workshop.repository(name);
    const commit = await repository.commit({
      'file.yaml': `in: ${name}\n`,
      ...(inner === undefined
        ? {}
        : { '.gitmodules': gitmodules(['sub', `../${inner.name}.git`]), sub: { submodule: inner.commit } }),
    });
    inner = { name, commit };
  }
  const app = await openMirror({
    url: workshop.server.url('app'),
    directory: workshop.cache,
    signal: workshop.signal,
    submodules: {},
  });
  const { resolved } = await app.fetch({}, { signal: workshop.signal });
  const tree = await app.tree(resolved.commit);
  expect(text(await tree.read('sub/sub/sub/sub/file.yaml'))).toBe('in: d\n');
  await expect(tree.read('sub/sub/sub/sub/sub/file.yaml')).rejects.toThrow(/git\.submodule-invalid/);
});

test('a path does not lead out of a submodule, neither by itself nor by a link', async () => {
  const workshop = await openWorkshop();
  const library = await workshop.repository('library');
  const commit = await library.commit({ up: { link: '../own.yaml' }, absolute: { link: '/etc/hostname' } });
  const app = await workshop.repository('app');
  await app.commit({
    '.gitmodules': gitmodules(['sub', '../library.git']),
    sub: { submodule: commit },
    'own.yaml': 'secret: 1\n',
  });
  const { tree } = await read(workshop, app);
  for (const path of ['sub/up', 'sub/../own.yaml', 'sub/absolute']) {
    await expect(tree.read(path)).rejects.toThrow(/git\.path-outside/);
  }
});

test('hostile .gitmodules fetch nothing and execute nothing', async () => {
  const { workshop, app, first } = await withLibrary();
  const witness = join(workshop.root, 'executed');
  const urls = [
    `ext::sh -c touch% ${witness}`,
    `--upload-pack=touch ${witness}`,
    `-u./x`,
    `ssh://-oProxyCommand=touch ${witness}/x`,
    `git@-oProxyCommand=x:y`,
    `file://${workshop.root}/served/library`,
    `${workshop.root}/served/library`,
    'git://example.org/x',
    'https://user:secret@example.org/x',
    'http://example.org/x',
    '../../../../x',
    '..',
    'fd::17/foo',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/x',
    'https://0.0.0.0/x',
  ];
  for (const url of urls) {
    await app.commit({ '.gitmodules': `[submodule "x"]\n\tpath = lib/common\n\turl = "${url}"\n` });
    const { tree, mirror } = await read(workshop, app);
    const refused = await tree.read('lib/common/top.yaml').then(
      () => 'read',
      (error: Error) => error.message,
    );
    expect(refused, url).toContain('git.submodule-invalid');
    expect(refused).not.toContain('secret@');
    await mirror.close();
  }
  const files = [
    ['nothing', ''],
    ['another path', gitmodules(['other', '../library.git'])],
    [
      'two of one path',
      gitmodules(['lib/common', '../library.git']) +
        gitmodules(['lib/common', '../other.git']).replace('"lib/common"', '"b"'),
    ],
    ['two values', `[submodule "a"]\n\tpath = lib/common\n\turl = ../library.git\n\turl = ../other.git\n`],
    ['no configuration', '[[[\n'],
    ['an include', `[include]\n\tpath = ${workshop.root}/evil\n`],
    ['too long', `# ${'x'.repeat(300_000)}\n`],
  ] as const;
  await realGit(['config', '--file', join(workshop.root, 'evil'), 'submodule.x.url', '../library.git']);
  await realGit(['config', '--file', join(workshop.root, 'evil'), 'submodule.x.path', 'lib/common']);
  for (const [what, content] of files) {
    await app.commit({ '.gitmodules': content });
    const { tree, mirror } = await read(workshop, app);
    await expect(tree.read('lib/common/top.yaml'), what).rejects.toThrow(/git\.submodule-invalid/);
    await mirror.close();
  }
  await app.commit({ '.gitmodules': { link: 'own.yaml' } });
  const { tree } = await read(workshop, app);
  await expect(tree.read('lib/common/top.yaml')).rejects.toThrow(/git\.submodule-invalid/);
  // What else stands in it is nobody's business.
  await app.commit({
    '.gitmodules': `${gitmodules(['lib/common', '../library.git'])}\tupdate = !touch ${witness}\n\tbranch = --evil\n[core]\n\tfsmonitor = touch ${witness}\n`,
    'lib/common': { submodule: first },
  });
  const harmless = await read(workshop, app);
  expect(text(await harmless.tree.read('lib/common/top.yaml'))).toBe('t: 1\n');
  await expect(access(witness)).rejects.toThrow(/ENOENT/);
});

test('a commit that the submodule does not have yet is told, and found when it was pushed', async () => {
  const { workshop, library, app } = await withLibrary();
  const elsewhere = await workshop.repository('elsewhere');
  const coming = await elsewhere.commit({ 'top.yaml': 't: 3\n' });
  await app.commit({ 'lib/common': { submodule: coming } });
  const { tree, mirror } = await read(workshop, app);
  await expect(tree.read('lib/common/top.yaml')).rejects.toThrow(
    new RegExp(
      `the submodule lib/common .*/library\\.git\\) cannot be read at ${coming}: .*git\\.submodule-unavailable`,
    ),
  );
  await realGit([`--git-dir=${library.directory}`, 'fetch', '--quiet', elsewhere.directory, '+main:refs/heads/coming']);
  // It is not asked for again at once, whoever reads.
  await expect(tree.read('lib/common/top.yaml')).rejects.toThrow(/git\.submodule-unavailable/);
  mirror.reconnect({});
  expect(text(await tree.read('lib/common/top.yaml'))).toBe('t: 3\n');
});

test('a reader does not wait for ever for the first fetch, which goes on', async () => {
  const { workshop, app } = await withLibrary();
  const patience = { waitMilliseconds: 0 };
  const { tree } = await read(workshop, app, patience);
  await expect(tree.read('lib/common/top.yaml')).rejects.toThrow(/git\.submodule-fetching/);
  patience.waitMilliseconds = 60_000;
  expect(text(await tree.read('lib/common/top.yaml'))).toBe('t: 1\n');
});

test('no more than a hundred other repositories are asked, by all submodules of one together', async () => {
  const { workshop, app, first } = await withLibrary();
  await app.commit({
    '.gitmodules': gitmodules(['lib/common', '../library.git'], ['one/more', '../another.git']),
    'one/more': { submodule: first },
  });
  const urls = new Set(Array.from({ length: 99 }, (_, index) => `https://git.example.org/${index}`));
  const { tree } = await read(workshop, app, { urls });
  expect(text(await tree.read('lib/common/top.yaml'))).toBe('t: 1\n');
  await expect(tree.read('one/more/top.yaml')).rejects.toThrow(
    /submodules from more than 100 repositories \(git\.submodule-invalid\)/,
  );
});

test('a submodule is reached with the credentials of the repository on the same server only', async () => {
  const workshop = await openWorkshop();
  const library = await workshop.repository('library');
  const commit = await library.commit({ 'top.yaml': 't: 1\n' });
  const app = await workshop.repository('app');
  const asked: { readonly place: string; readonly authorization: string | undefined }[] = [];
  const relay = async (place: string) => {
    const server = createServer((request, response) => {
      asked.push({ place, authorization: request.headers.authorization });
      const target = new URL(request.url ?? '/', workshop.server.url('x'));
      const forward = httpRequest(target, {
        method: request.method,
        headers: { ...request.headers, host: target.host },
      });
      forward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forward.on('error', () => response.destroy());
      request.pipe(forward);
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const [own, other] = [await relay('own'), await relay('other')];
  const open = async (url: string, options: SubmoduleOptions = {}) => {
    await app.commit({ '.gitmodules': gitmodules(['sub', url]), sub: { submodule: commit } });
    asked.length = 0;
    const mirror = await openMirror({
      url: `${own}${new URL(app.url).pathname}`,
      directory: temporaryFolder(),
      credentials: { kind: 'https', password: sensitive('s3cret') },
      identity: 'team/secret',
      submodules: options,
      signal: workshop.signal,
    });
    const { resolved } = await mirror.fetch({}, { signal: workshop.signal });
    expect(text(await (await mirror.tree(resolved.commit)).read('sub/top.yaml'))).toBe('t: 1\n');
    await mirror.close();
    return asked;
  };
  const path = new URL(library.url).pathname;
  expect((await open('../library.git')).map(({ authorization }) => typeof authorization)).not.toContain('undefined');
  const foreign = await open(`${other}${path}`);
  expect(new Set(foreign.filter(({ place }) => place === 'other').map(({ authorization }) => authorization))).toEqual(
    new Set([undefined]),
  );
  const templated = await open(`${other}${path}`, {
    accessFor: async (url) => {
      expect(url).toBe(`${other}${path}`);
      return { credentials: { kind: 'https', username: 'u', password: sensitive('template') }, identity: 'template' };
    },
  });
  const theirs = templated.find(({ place }) => place === 'other');
  expect(theirs?.authorization).toBe(`Basic ${Buffer.from('u:template').toString('base64')}`);
});

test('credentials that are for a part of a server are not shown for submodules beside it', async () => {
  const workshop = await openWorkshop();
  const library = await workshop.repository('library');
  const commit = await library.commit({ 'top.yaml': 't: 1\n' });
  const app = await workshop.repository('app');
  await app.commit({ '.gitmodules': gitmodules(['sub', '../library.git']), sub: { submodule: commit } });
  const gate = await openGitGate(workshop.server.port);
  const shown = new Set<string>();
  gate.admit = ({ url = '', headers }) => {
    if (headers.authorization !== undefined) shown.add(`${url.split('/')[1]} ${headers.authorization}`);
    return undefined;
  };
  const openWith = async (scope: string): Promise<void> => {
    const mirror = await openMirror({
      url: gate.url,
      directory: temporaryFolder(),
      credentials: { kind: 'https', password: sensitive('s3cret') },
      scope,
      submodules: {},
      signal: workshop.signal,
    });
    const { resolved } = await mirror.fetch({}, workshop);
    expect(text(await (await mirror.tree(resolved.commit)).read('sub/top.yaml'))).toBe('t: 1\n');
    await mirror.close();
  };
  const header = basic('x-access-token', 's3cret');
  await openWith(gate.url);
  expect(shown).toEqual(new Set([`app.git ${header}`]));
  await openWith(new URL(gate.url).origin);
  expect(shown).toEqual(new Set([`app.git ${header}`, `library.git ${header}`]));
});
