import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { realGit } from '../../test/support/git-workshop.ts';
import { startGitServer, type GitServer, type GitServerOptions, type Push } from './index.ts';

const execute = promisify(execFile);

async function serve(
  options: Partial<GitServerOptions> = {},
): Promise<{ server: GitServer; folder: string; pushes: Push[]; pushed: () => Promise<Push> }> {
  const folder = temporaryFolder();
  const controller = new AbortController();
  const pushes: Push[] = [];
  let wake: ((push: Push) => void) | undefined;
  const server = await startGitServer({
    root: join(folder, 'served'),
    signal: controller.signal,
    onPush: (push) => {
      pushes.push(push);
      wake?.(push);
    },
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, folder, pushes, pushed: () => new Promise((resolve) => (wake = resolve)) };
}

async function source(folder: string): Promise<string> {
  const from = join(folder, 'source');
  await mkdir(join(from, 'a'), { recursive: true });
  await writeFile(join(from, 'a', 'x.yaml'), 'x: 1\n');
  await writeFile(join(from, '.gitignore'), '*.yaml\n');
  await symlink('a/x.yaml', join(from, 'link'));
  return from;
}

const author = { name: 'Plumbline', email: 'plumb@localhost' };

async function clone(url: string, to: string): Promise<(...args: readonly string[]) => Promise<string>> {
  await realGit(['clone', '--quiet', url, to]);
  return (...args) => realGit(['-C', to, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args]);
}

test('a repository is made of a folder, cloned, pushed to, and told of', async () => {
  const { server, folder, pushes, pushed } = await serve();
  const from = await source(folder);
  const first = { from, message: 'Begin', author, at: new Date(1_700_000_000_000) };
  expect(await server.create('app', first)).toBe(true);
  expect(await server.create('app', first)).toBe(false);
  const git = await clone(server.url('app'), join(folder, 'work'));
  expect(await git('log', '--format=%s %an %at')).toBe('Begin Plumbline 1700000000\n');
  // What the folder's own .gitignore names is in it all the same.
  expect(await git('ls-files')).toBe('.gitignore\na/x.yaml\nlink\n');
  await writeFile(join(folder, 'work', 'new'), 'n');
  await git('add', 'new');
  await git('commit', '--quiet', '-m', 'New');
  const told = pushed();
  await git('push', '--quiet', 'origin', 'main', 'main:other');
  const push = await told;
  const [before, after] = [(await git('rev-parse', 'main~1')).trim(), (await git('rev-parse', 'main')).trim()];
  expect(push).toEqual({
    repository: 'app',
    updates: [
      { ref: 'refs/heads/main', before, after },
      { ref: 'refs/heads/other', before: undefined, after },
    ],
  });
  const deleted = pushed();
  await git('push', '--quiet', '--force', 'origin', ':other', 'main~1:main');
  expect((await deleted).updates).toEqual([
    { ref: 'refs/heads/main', before: after, after: before },
    { ref: 'refs/heads/other', before: after, after: undefined },
  ]);
  expect(pushes).toHaveLength(2);
});

test('a large push, which comes in chunks, arrives whole', async () => {
  const { server, folder, pushed } = await serve();
  await server.create('app');
  const git = await clone(server.url('app'), join(folder, 'work'));
  await execute('sh', ['-c', `head -c 5000000 /dev/urandom > ${join(folder, 'work', 'big')}`]);
  await git('add', 'big');
  await git('commit', '--quiet', '-m', 'Big');
  const told = pushed();
  await git('push', '--quiet', 'origin', 'HEAD:main');
  await told;
  await clone(server.url('app'), join(folder, 'again'));
  expect((await readFile(join(folder, 'again', 'big'))).equals(await readFile(join(folder, 'work', 'big')))).toBe(true);
});

test('a protected server asks for its password', async () => {
  const { server, folder } = await serve({ protect: true });
  await server.create('app', { from: await source(folder), message: 'm', author, at: new Date(0) });
  await expect(realGit(['ls-remote', server.url('app')])).rejects.toThrow(
    /could not read Username|Authentication failed/,
  );
  const { username = '', password } = server.credentials ?? {};
  const url = server.url('app').replace('//', `//${username}:${password?.reveal()}@`);
  expect(await realGit(['ls-remote', url, 'refs/heads/main'])).toContain('refs/heads/main');
  expect(password?.reveal().length).toBeGreaterThan(20);
  expect(JSON.stringify(server.credentials)).not.toContain(password?.reveal());
});

function statusOf(
  server: GitServer,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('only Git is served, only of repositories, and only under a name of this machine', async () => {
  const { server, folder } = await serve();
  await server.create('app', { from: await source(folder), message: 'm', author, at: new Date(0) });
  const refs = '/app.git/info/refs?service=git-upload-pack';
  expect(await statusOf(server, refs)).toBe(200);
  expect(await statusOf(server, refs, { host: 'localhost:1' })).toBe(200);
  expect(await statusOf(server, refs, { host: 'evil.example.org' })).toBe(403);
  for (const path of [
    '/',
    '/app.git/HEAD',
    '/app.git/config',
    '/app.git/objects/info/packs',
    '/../app.git/info/refs',
    '/%2e%2e/info/refs',
    '/..git/info/refs',
    '/none.git/info/refs?service=git-upload-pack',
  ]) {
    expect(await statusOf(server, path), path).toBe(404);
  }
  expect(() => server.url('../x')).toThrow(/cannot be the name of a repository/);
});

test('a question that a page in a browser could send is not answered, and a large one that is compressed is', async () => {
  const { server, folder } = await serve();
  await server.create('app', { from: await source(folder), message: 'm', author, at: new Date(0) });
  const post = (headers: Record<string, string>): Promise<number> =>
    statusOf(server, '/app.git/git-receive-pack', headers, 'POST');
  expect(await post({ 'content-type': 'text/plain' })).toBe(415);
  expect(await post({})).toBe(415);
  expect(await statusOf(server, '/app.git/git-upload-pack')).toBe(404);
  expect(await statusOf(server, '/app.git/info/refs?service=git-receive-pack', {}, 'POST')).toBe(404);
  // With many refs, Git compresses what it asks for.
  const git = await clone(server.url('app'), join(folder, 'work'));
  for (let count = 0; count < 40; count += 1) await git('commit', '--quiet', '--allow-empty', '-m', `${count}`);
  const branches = Array.from({ length: 40 }, (_, count) => `main~${count}:refs/heads/b${count}`);
  await git('push', '--quiet', 'origin', ...branches);
  const again = join(folder, 'again.git');
  await realGit(['init', '--quiet', '--bare', again]);
  await realGit([
    `--git-dir=${again}`,
    '-c',
    'protocol.version=0',
    'fetch',
    '--quiet',
    server.url('app'),
    'refs/heads/*:refs/heads/*',
  ]);
  expect(await realGit([`--git-dir=${again}`, 'rev-list', '--count', 'b0'])).toBe('41\n');
});

test('every protocol that a client may speak is answered', async () => {
  const { server, folder } = await serve();
  await server.create('app', { from: await source(folder), message: 'm', author, at: new Date(0) });
  for (const version of ['0', '1', '2']) {
    const to = join(folder, `work-${version}`);
    await realGit(['-c', `protocol.version=${version}`, 'clone', '--quiet', server.url('app'), to]);
    expect(await realGit(['-C', to, 'ls-files'])).toContain('a/x.yaml');
  }
});

test('a hook in a served repository is not run', async () => {
  const { server, folder, pushed } = await serve();
  await server.create('app', { from: await source(folder), message: 'm', author, at: new Date(0) });
  const hooks = join(server.directory('app'), 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const git = await clone(server.url('app'), join(folder, 'work'));
  await git('commit', '--quiet', '--allow-empty', '-m', 'x');
  const told = pushed();
  await git('push', '--quiet', 'origin', 'main');
  expect((await told).updates).toHaveLength(1);
});

test('two servers cannot have one port, and a closed one gives it back', async () => {
  const { server } = await serve();
  await expect(serve({ port: server.port })).rejects.toThrow(/local\.port-taken/);
  await server.close();
  const again = await serve({ port: server.port });
  expect(again.server.port).toBe(server.port);
});
