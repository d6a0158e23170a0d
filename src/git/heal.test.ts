import { appendFile, chmod, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorkshop, realGit, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { problemsOf } from '../errors.ts';
import { openMirror, type CommitId, type Mirror } from './index.ts';

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly mirror: Mirror;
  readonly commit: CommitId;
  /** Name of the one pack, without its ending. */
  readonly pack: string;
  /** The bare repository of the mirror, where it lies now. */
  generation(): Promise<string>;
  /** Reopens the mirror as another process would find it, with nothing in memory. */
  reopen(): Promise<Mirror>;
}

/** A mirror with one commit, all of whose objects lie in one pack. */
async function packedMirror(): Promise<Scene> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`dir${index % 3}/f${index}`, `content ${index} ${'x'.repeat(300)}`]),
  );
  const commit = await repository.commit(files);
  const open = (): Promise<Mirror> =>
    openMirror({ url: repository.url, directory: workshop.cache, signal: workshop.signal });
  const mirror = await open();
  await mirror.fetch({}, { signal: workshop.signal });
  const generation = async (): Promise<string> => {
    const [home = ''] = await readdir(workshop.cache);
    return join(workshop.cache, home, (await readFile(join(workshop.cache, home, 'current'), 'utf8')).trim());
  };
  await realGit([`--git-dir=${await generation()}`, 'repack', '-adq']);
  const packs = await readdir(join(await generation(), 'objects', 'pack'));
  const pack = packs.find((name) => name.endsWith('.pack'))?.slice(0, -'.pack'.length) ?? '';
  return {
    workshop,
    repository,
    mirror,
    commit,
    pack,
    generation,
    async reopen() {
      await mirror.close();
      return open();
    },
  };
}

async function packFile(scene: Scene, end: '.pack' | '.idx'): Promise<string> {
  const file = join(await scene.generation(), 'objects', 'pack', `${scene.pack}${end}`);
  await chmod(file, 0o600);
  return file;
}

async function readAll(mirror: Mirror, commit: CommitId): Promise<number> {
  const tree = await mirror.tree(commit);
  let count = 0;
  for (const folder of (await tree.list('')) ?? []) {
    for (const { name } of (await tree.list(folder.name)) ?? []) {
      if ((await tree.read(`${folder.name}/${name}`)) !== undefined) count += 1;
    }
  }
  return count;
}

async function overwrite(file: string, at: number, length: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.fill(0x5a, at, Math.min(at + length, bytes.length));
  await writeFile(file, bytes);
}

const damages: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'a pack with wrong bytes in the middle': async (scene) => overwrite(await packFile(scene, '.pack'), 60, 4000),
  'a pack that is cut short': async (scene) => truncate(await packFile(scene, '.pack'), 200),
  'an empty pack': async (scene) => truncate(await packFile(scene, '.pack'), 0),
  'a missing pack': async (scene) => rm(await packFile(scene, '.pack')),
  'a missing index': async (scene) => rm(await packFile(scene, '.idx')),
  'an index with wrong bytes': async (scene) => overwrite(await packFile(scene, '.idx'), 1100, 400),
  'all objects deleted': async (scene) => rm(join(await scene.generation(), 'objects'), { recursive: true }),
  'the repository emptied': async (scene) => {
    for (const name of await readdir(await scene.generation()))
      await rm(join(await scene.generation(), name), { recursive: true });
  },
  'the generation deleted': async (scene) => rm(await scene.generation(), { recursive: true }),
  'the whole cache deleted': async (scene) => rm(scene.workshop.cache, { recursive: true }),
};

for (const [name, damage] of Object.entries(damages)) {
  test(`${name}: an open mirror reads on`, async () => {
    const scene = await packedMirror();
    await damage(scene);
    // Git has the pack open; a new process sees the damage.
    expect(await readAll(scene.mirror, scene.commit)).toBe(30);
    const next = await scene.repository.commit({ 'dir0/new': 'n' });
    expect(await scene.mirror.fetch({}, { signal: scene.workshop.signal })).toMatchObject({
      resolved: { commit: next },
    });
    expect(await readAll(scene.mirror, next)).toBe(31);
  });

  test(`${name}: a mirror that is opened anew is whole after a fetch`, async () => {
    const scene = await packedMirror();
    await damage(scene);
    const mirror = await scene.reopen();
    const next = await scene.repository.commit({ 'dir0/new': 'n' });
    expect(await mirror.fetch({}, { signal: scene.workshop.signal })).toMatchObject({ resolved: { commit: next } });
    expect(await readAll(mirror, next)).toBe(31);
    expect(await readAll(mirror, scene.commit)).toBe(30);
    expect(await realGit([`--git-dir=${await scene.generation()}`, 'fsck', '--full', '--strict'])).not.toMatch(
      /error|missing/,
    );
  });
}

const brokenRefs: Readonly<Record<string, (generation: string) => Promise<void>>> = {
  'an empty ref': async (generation) => writeFile(join(generation, 'refs/heads/main'), ''),
  'a ref to nothing': async (generation) => writeFile(join(generation, 'refs/heads/main'), `${'1'.repeat(40)}\n`),
  'a ref of garbage': async (generation) => writeFile(join(generation, 'refs/heads/main'), 'garbage\n'),
  'packed refs of garbage': async (generation) => appendFile(join(generation, 'packed-refs'), 'garbage\n'),
  'a configuration of garbage': async (generation) => writeFile(join(generation, 'config'), '[[['),
  'an empty HEAD': async (generation) => writeFile(join(generation, 'HEAD'), ''),
};

for (const [name, damage] of Object.entries(brokenRefs)) {
  test(`${name} is mended by the next fetch`, async () => {
    const scene = await packedMirror();
    await damage(await scene.generation());
    const mirror = await scene.reopen();
    const next = await scene.repository.commit({ 'dir0/new': 'n' });
    expect(await mirror.fetch({}, { signal: scene.workshop.signal })).toMatchObject({ resolved: { commit: next } });
    expect(await readAll(mirror, next)).toBe(31);
  });
}

test('lock files that a dead Git left behind do not stop the next fetch', async () => {
  const scene = await packedMirror();
  const generation = await scene.generation();
  for (const file of ['refs/heads/main.lock', 'packed-refs.lock', 'config.lock', 'HEAD.lock', 'shallow.lock']) {
    await writeFile(join(generation, file), '');
  }
  await writeFile(join(generation, 'objects/pack/tmp_pack_abc'), 'half');
  const next = await scene.repository.commit({ 'dir0/new': 'n' });
  // The first one stumbles over them at the most, and takes them away.
  const first = await scene.mirror
    .fetch({}, { signal: scene.workshop.signal })
    .catch((error: unknown) => problemsOf(error)[0]);
  expect(first).toMatchObject({});
  expect(await scene.mirror.fetch({}, { signal: scene.workshop.signal })).toMatchObject({ resolved: { commit: next } });
});

test('a damaged mirror whose server is gone says both, and reads what it can', async () => {
  const scene = await packedMirror();
  const kept = await scene.repository.commit({ loose: 'l' });
  await scene.mirror.fetch({}, { signal: scene.workshop.signal });
  await overwrite(await packFile(scene, '.pack'), 60, 4000);
  await scene.workshop.server.close();
  const mirror = await scene.reopen();
  const tree = await mirror.tree(kept);
  expect(Buffer.from((await tree.read('loose')) ?? []).toString()).toBe('l');
  await expect(readAll(mirror, scene.commit)).rejects.toThrow(
    /the mirror is damaged.*could not be fetched anew.*Failed to connect/s,
  );
  expect(Buffer.from((await tree.read('loose')) ?? []).toString()).toBe('l');
});

test('a commit that only the damaged mirror had is carried over to the new one', async () => {
  const scene = await packedMirror();
  const { signal } = scene.workshop;
  const left = await scene.repository.commit({ loose: 'only here' }, { parent: null });
  await scene.mirror.fetch({}, { signal });
  await scene.repository.commit({ other: 'x' }, { parent: scene.commit });
  await scene.repository.git('reflog', 'expire', '--all', '--expire=now');
  await scene.repository.git('gc', '--quiet', '--prune=now');
  expect(await scene.mirror.fetch({}, { signal })).toMatchObject({ change: 'forced', previous: left });
  await overwrite(await packFile(scene, '.pack'), 60, 4000);
  const mirror = await scene.reopen();
  expect(await readAll(mirror, scene.commit)).toBe(30);
  const tree = await mirror.tree(left);
  expect(Buffer.from((await tree.read('loose')) ?? []).toString()).toBe('only here');
});
