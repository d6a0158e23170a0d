import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import { openWorkshop, realGit, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { sshKeyPair } from '../../test/support/ssh-keys.ts';
import { startSshServer } from '../../test/support/ssh-server.ts';
import { listenHere } from '../../test/support/listen.ts';
import { problemsOf } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { openMirror, type CommitId, type Mirror, type MirrorOptions, type RefSelector } from './index.ts';

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  /** Commits c1 to c6, the oldest first. */
  readonly commits: readonly CommitId[];
  /** How the mirror is opened; another call opens it anew. */
  readonly open: (options?: Partial<MirrorOptions>) => Promise<Mirror>;
}

const transports = ['http', 'ssh', 'file'] as const;

/** A repository with six commits, and a way to it. */
async function sceneOver(transport: (typeof transports)[number]): Promise<Scene> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commits: CommitId[] = [];
  for (let index = 1; index <= 6; index += 1) {
    commits.push(await repository.commit({ 'a.yaml': `a: ${index}\n`, [`dir/f${index}`]: `file ${index}\n` }));
  }
  const way = await wayTo(transport, repository);
  return {
    workshop,
    repository,
    commits,
    open: (options = {}) =>
      openMirror({ ...way, directory: workshop.cache, signal: workshop.signal, history: 'shallow', ...options }),
  };
}

async function wayTo(
  transport: (typeof transports)[number],
  repository: TestRepository,
): Promise<Pick<MirrorOptions, 'url' | 'allowFile' | 'credentials'>> {
  if (transport === 'http') return { url: repository.url };
  if (transport === 'file') return { url: `file://${repository.directory}`, allowFile: true };
  // The pure form of RSA: the Ed25519 keys that this library makes are broken now and then.
  const key = sshKeyPair('rsa', { bits: 2048 });
  const server = await startSshServer(key.public);
  return {
    url: `ssh://git@127.0.0.1:${server.port}${repository.directory}`,
    credentials: { kind: 'ssh', privateKey: sensitive(key.private), knownHosts: server.knownHosts },
  };
}

async function generationOf({ workshop }: Scene): Promise<string> {
  const [home = ''] = await readdir(workshop.cache);
  return join(workshop.cache, home, (await readFile(join(workshop.cache, home, 'current'), 'utf8')).trim());
}

/** The commits whose objects lie in the mirror, whoever leads to them. */
async function commitsIn(scene: Scene): Promise<Set<string>> {
  const directory = await generationOf(scene);
  const format = '--batch-check=%(objecttype) %(objectname)';
  const all = await realGit([`--git-dir=${directory}`, 'cat-file', '--batch-all-objects', format]);
  return new Set(all.split('\n').flatMap((line) => (line.startsWith('commit ') ? [line.slice('commit '.length)] : [])));
}

async function isSound(scene: Scene): Promise<boolean> {
  return (await realGit([`--git-dir=${await generationOf(scene)}`, 'fsck', '--full', '--no-dangling'])) === '';
}

async function read(mirror: Mirror, commit: CommitId, path: string): Promise<string | undefined> {
  const bytes = await (await mirror.tree(commit)).read(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return problemsOf(error)[0].code;
}

const at = (scene: Scene, index: number): CommitId => {
  const commit = scene.commits.at(index);
  if (commit === undefined) throw new Error(`there is no commit ${index}`);
  return commit;
};

for (const transport of transports) {
  test(`over ${transport}, each commit that is followed is fetched, and none of those before it`, async () => {
    const scene = await sceneOver(transport);
    const { repository, workshop } = scene;
    const { signal } = workshop;
    const mirror = await scene.open();
    expect(await mirror.fetch({}, { signal })).toMatchObject({
      change: 'created',
      resolved: { commit: at(scene, -1), ref: 'refs/heads/main' },
    });
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1)]));
    expect(await mirror.fetch({}, { signal })).toMatchObject({ change: 'unchanged' });

    const next = await repository.commit({ 'a.yaml': 'a: 7\n' });
    const outcome = await mirror.fetch({}, { signal, since: at(scene, -1) });
    expect(outcome).toMatchObject({ change: 'advanced', previous: at(scene, -1), resolved: { commit: next } });
    const from = await mirror.tree(at(scene, -1));
    expect(await mirror.changes(from.root, outcome.resolved.tree)).toEqual([{ path: 'a.yaml', change: 'modified' }]);
    expect(await read(mirror, next, 'dir/f1')).toBe('file 1\n');
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1), next]));

    // Of a push with more commits only the last is wanted, and what is between is not known.
    await repository.commit({ 'a.yaml': 'a: 8\n' });
    const last = await repository.commit({ 'a.yaml': 'a: 9\n' });
    expect(await mirror.fetch({}, { signal })).toMatchObject({ change: 'moved', resolved: { commit: last } });
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1), next, last]));
    expect(await isSound(scene)).toBe(true);
  });

  test(`over ${transport}, a branch that goes back behind what is here brings no history with it`, async () => {
    const scene = await sceneOver(transport);
    const { repository, workshop } = scene;
    const { signal } = workshop;
    const mirror = await scene.open();
    await mirror.fetch({}, { signal });
    await repository.git('update-ref', 'refs/heads/main', at(scene, 2));
    const back = await mirror.fetch({}, { signal });
    expect(back).toMatchObject({ change: 'moved', previous: at(scene, -1), resolved: { commit: at(scene, 2) } });
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1), at(scene, 2)]));
    expect(await read(mirror, at(scene, 2), 'dir/f4')).toBeUndefined();
    expect(await read(mirror, at(scene, -1), 'dir/f4')).toBe('file 4\n');

    // An amended commit, and a merge of a branch that was begun before all that is here.
    const amended = await repository.commit({ 'a.yaml': 'a: other\n' }, { parent: at(scene, 1) });
    expect((await mirror.fetch({}, { signal })).resolved.commit).toBe(amended);
    const side = await repository.commit({ side: 'x' }, { branch: 'side', parent: at(scene, 0) });
    const [tree = ''] = (await repository.git('rev-parse', `${amended}^{tree}`)).split('\n');
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    const parents = ['-p', amended, '-p', side];
    const merge = (await repository.git(...identity, 'commit-tree', tree, ...parents, '-m', 'merge')).trim();
    await repository.git('update-ref', 'refs/heads/main', merge);
    expect(await mirror.fetch({}, { signal })).toMatchObject({ change: 'advanced', resolved: { commit: merge } });
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1), at(scene, 2), amended, merge]));

    // And forward again, to what was here before.
    await repository.git('update-ref', 'refs/heads/main', at(scene, -1));
    expect((await mirror.fetch({}, { signal })).resolved.commit).toBe(at(scene, -1));
    expect(await read(mirror, at(scene, -1), 'a.yaml')).toBe('a: 6\n');
    expect(await isSound(scene)).toBe(true);
  });

  test(`over ${transport}, an older commit that is asked for by its id is fetched alone`, async () => {
    const scene = await sceneOver(transport);
    const { signal } = scene.workshop;
    const mirror = await scene.open();
    await mirror.fetch({}, { signal });
    expect(await mirror.resolve({ commit: at(scene, 1) })).toBeUndefined();
    const { resolved } = await mirror.fetch({ commit: at(scene, 1) }, { signal });
    expect(resolved.commit).toBe(at(scene, 1));
    expect(await read(mirror, at(scene, 1), 'a.yaml')).toBe('a: 2\n');
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1), at(scene, 1)]));
    const absent = '0123456789012345678901234567890123456789';
    expect(await codeOf(mirror.fetch({ commit: absent }, { signal }))).toBe('git.ref-not-found');
    // A mistyped id costs nobody the history.
    expect((await commitsIn(scene)).size).toBe(2);
  });

  test(`over ${transport}, of many tags the highest version alone is fetched, and given up when it is withdrawn`, async () => {
    const scene = await sceneOver(transport);
    const { repository, workshop } = scene;
    const { signal } = workshop;
    for (const [index, commit] of scene.commits.entries()) await repository.git('tag', `v1.${index}.0`, commit);
    const mirror = await scene.open();
    const range: RefSelector = { semver: '1' };
    const fetched = async (): Promise<string> => (await mirror.fetch(range, { signal })).resolved.ref;
    expect(await fetched()).toBe('refs/tags/v1.5.0');
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1)]));
    const next = await repository.commit({ 'a.yaml': 'a: 7\n' });
    await repository.git('tag', 'v1.9.0', next);
    expect(await fetched()).toBe('refs/tags/v1.9.0');
    await repository.git('tag', '--delete', 'v1.9.0');
    expect(await fetched()).toBe('refs/tags/v1.5.0');
    await repository.git('tag', '--delete', 'v1.5.0');
    expect(await fetched()).toBe('refs/tags/v1.4.0');
    expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1), at(scene, 4), next]));
  });
}

test('who asks about the past gets all of it, and the mirror stays a full one', async () => {
  const scene = await sceneOver('http');
  const { repository, workshop, open } = scene;
  const { signal } = workshop;
  const mirror = await open();
  await mirror.fetch({}, { signal });
  await repository.commit({ 'a.yaml': 'a: 7\n' });
  const last = await repository.commit({ 'a.yaml': 'a: 8\n' });
  expect(await mirror.fetch({}, { signal })).toMatchObject({ change: 'moved' });
  const before = await generationOf(scene);
  expect(await mirror.isAncestor(at(scene, -1), last)).toBe(true);
  expect(await generationOf(scene)).not.toBe(before);
  expect((await commitsIn(scene)).size).toBe(8);
  expect(await mirror.isAncestor(last, at(scene, -1))).toBe(false);
  await repository.commit({ 'a.yaml': 'a: 9\n' });
  await repository.commit({ 'a.yaml': 'a: 10\n' });
  expect(await mirror.fetch({}, { signal })).toMatchObject({ change: 'advanced' });
  expect((await commitsIn(scene)).size).toBe(10);
  expect(await isSound(scene)).toBe(true);
});

test('where two branches parted is found, also behind what is here', async () => {
  const scene = await sceneOver('http');
  const { repository, workshop, open } = scene;
  const { signal } = workshop;
  const mirror = await open();
  const side = await repository.commit({ side: 'x' }, { branch: 'side', parent: at(scene, 1) });
  await mirror.fetch({}, { signal });
  await mirror.fetch({ branch: 'side' }, { signal });
  expect(await mirror.mergeBase(side, at(scene, -1), { signal })).toMatchObject({ commit: at(scene, 1) });
});

test('a shallow mirror that shall be a full one is so after the next fetch, whoever shares it', async () => {
  const scene = await sceneOver('http');
  const { repository, workshop, open } = scene;
  const { signal } = workshop;
  const shallow = await open();
  await shallow.fetch({}, { signal });
  await repository.git('update-ref', 'refs/heads/main', at(scene, 3));
  const full = await open({ history: 'full' });
  expect(await full.fetch({}, { signal })).toMatchObject({ resolved: { commit: at(scene, 3) } });
  // Also the commit that no branch leads to any more, and its past.
  expect(await commitsIn(scene)).toEqual(new Set(scene.commits));
  await full.close();
  const next = await repository.commit({ 'a.yaml': 'b\n' });
  await repository.commit({ 'a.yaml': 'c\n' });
  expect(await shallow.fetch({}, { signal })).toMatchObject({ change: 'advanced' });
  expect(await shallow.isAncestor(next, (await shallow.fetch({}, { signal })).resolved.commit)).toBe(true);
  await shallow.close();
  const reopened = await open();
  await reopened.fetch({}, { signal });
  expect((await commitsIn(scene)).size).toBe(8);
});

test('a server of the old protocol that gives out nothing by its id is asked for everything, once', async () => {
  const scene = await sceneOver('http');
  const { workshop } = scene;
  const { signal } = workshop;
  const relay = await openHttpRelay(workshop.server.port);
  relay.onRequest = (asked) => {
    const { 'git-protocol': _, ...headers } = asked.headers;
    return { ...asked, headers };
  };
  const mirror = await scene.open({ url: `${relay.url}/app.git` });
  await mirror.fetch({}, { signal });
  expect(await commitsIn(scene)).toEqual(new Set([at(scene, -1)]));
  expect((await mirror.fetch({ commit: at(scene, 1) }, { signal })).resolved.commit).toBe(at(scene, 1));
  expect(await commitsIn(scene)).toEqual(new Set(scene.commits));
  relay.requests.length = 0;
  expect((await mirror.fetch({ commit: at(scene, 2) }, { signal })).resolved.commit).toBe(at(scene, 2));
  expect(relay.requests).toEqual([]);
});

const isOurs = ({ headers }: { readonly headers: Record<string, unknown> }): boolean =>
  headers['user-agent'] === 'git/plumbline';

test('a server that does not answer us as it should is left to Git for a while, for its refs too', async () => {
  const scene = await sceneOver('http');
  const { repository, workshop } = scene;
  const { signal } = workshop;
  const relay = await openHttpRelay(workshop.server.port);
  relay.onAnswer = (asked, answer) => (isOurs(asked) ? { ...answer, status: 503 } : answer);
  const mirror = await scene.open({ url: `${relay.url}/app.git` });
  await mirror.fetch({}, { signal });
  const asked = relay.requests.filter(isOurs).length;
  expect(asked).toBeGreaterThan(0);
  for (let index = 0; index < 3; index += 1) {
    const next = await repository.commit({ 'a.yaml': `b: ${index}\n` });
    expect(await mirror.fetch({}, { signal })).toMatchObject({ change: 'advanced', resolved: { commit: next } });
  }
  // The quick way itself has tried once more.
  expect(relay.requests.filter(isOurs).length).toBe(asked + 1);
});

test('a server that knows nothing but whole histories is read as a whole, and that is asked once', async () => {
  const scene = await sceneOver('http');
  const { repository, workshop } = scene;
  const { signal } = workshop;
  await repository.git('update-server-info');
  const asked: string[] = [];
  // What any web server makes of a bare repository: the dumb protocol.
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const path = join(
      repository.directory,
      normalize((request.url ?? '').split('?')[0]?.slice('/app.git'.length) ?? ''),
    );
    readFile(path).then(
      (bytes) => response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await listenHere(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const mirror = await scene.open({ url: `http://127.0.0.1:${port}/app.git` });
  expect((await mirror.fetch({}, { signal })).resolved.commit).toBe(at(scene, -1));
  expect(await commitsIn(scene)).toEqual(new Set(scene.commits));
  const before = await generationOf(scene);
  const next = await repository.commit({ 'a.yaml': 'a: 7\n' });
  await repository.git('update-server-info');
  expect((await mirror.fetch({}, { signal })).resolved.commit).toBe(next);
  expect(await generationOf(scene)).toBe(before);
});

test('a shallow mirror that is damaged, emptied or lost is fetched anew as one', async () => {
  const scene = await sceneOver('http');
  const { workshop, repository, open } = scene;
  const { signal } = workshop;
  const mirror = await open();
  await mirror.fetch({}, { signal });
  await mirror.fetch({ commit: at(scene, 2) }, { signal });
  await repository.git('update-ref', 'refs/heads/main', at(scene, 4));
  await mirror.fetch({}, { signal });
  await rm(join(await generationOf(scene), 'objects'), { recursive: true });
  await mirror.close();
  const reopened = await open();
  expect((await reopened.fetch({}, { signal })).resolved.commit).toBe(at(scene, 4));
  expect(await read(reopened, at(scene, 4), 'a.yaml')).toBe('a: 5\n');
  expect((await commitsIn(scene)).has(at(scene, 0))).toBe(false);
  // Of two losses in a row the second would have to wait.
  await reopened.close();
  const again = await open();
  await again.fetch({}, { signal });
  await again.fetch({ commit: at(scene, 2) }, { signal });
  await rm(workshop.cache, { recursive: true });
  expect((await again.fetch({}, { signal })).resolved.commit).toBe(at(scene, 4));
  expect(await commitsIn(scene)).toEqual(new Set([at(scene, 4), at(scene, 2)]));
});

test('the boundary stays short, however often something is fetched, and what is left behind stays readable', async () => {
  const scene = await sceneOver('file');
  const { repository, workshop, open } = scene;
  const { signal } = workshop;
  const mirror = await open();
  const first = (await mirror.fetch({}, { signal })).resolved.commit;
  // As after very many fetches: commits that lie here and that no ref leads to.
  const boundary = join(await generationOf(scene), 'shallow');
  const left = Array.from({ length: 300 }, (_, index) => index.toString(16).padStart(40, '0'));
  await writeFile(boundary, [first, ...left, ''].join('\n'));
  const next = await repository.commit({ 'a.yaml': 'a: 7\n' });
  expect(await mirror.fetch({}, { signal })).toMatchObject({ change: 'advanced', resolved: { commit: next } });
  expect((await readFile(boundary, 'utf8')).trim()).toBe(next);
  expect(await read(mirror, first, 'a.yaml')).toBe('a: 6\n');
  expect(await isSound(scene)).toBe(true);
});

test('many small packs become few, and every commit that was fetched stays readable', async () => {
  const scene = await sceneOver('http');
  const { repository, workshop, open } = scene;
  const { signal } = workshop;
  const mirror = await open();
  const fetched = [(await mirror.fetch({}, { signal })).resolved.commit];
  for (let index = 0; index < 30; index += 1) {
    fetched.push(await repository.commit({ 'a.yaml': `b: ${index}\n` }));
    await mirror.fetch({}, { signal });
  }
  // Ends what still works in the background.
  await mirror.close();
  const packs = await readdir(join(await generationOf(scene), 'objects', 'pack'));
  expect(packs.filter((name) => name.endsWith('.pack')).length).toBeLessThan(24);
  expect(await commitsIn(scene)).toEqual(new Set(fetched));
  const reopened = await open();
  expect(await read(reopened, at(scene, -1), 'dir/f1')).toBe('file 1\n');
  const next = await repository.commit({ 'a.yaml': 'last\n' });
  expect(await reopened.fetch({}, { signal })).toMatchObject({ change: 'advanced', resolved: { commit: next } });
  expect(await isSound(scene)).toBe(true);
});
