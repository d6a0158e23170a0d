import { expect, test } from 'vitest';
import { openWorkshop, type Workshop } from '../../test/support/git-workshop.ts';
import { PlumbError } from '../errors.ts';
import { openMirror, type Mirror } from './index.ts';

async function mirrorOf(workshop: Workshop, url: string): Promise<Mirror> {
  return openMirror({ url, directory: workshop.cache, signal: workshop.signal });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlumbError);
  return (error as PlumbError).code;
}

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

test('the tip of the default branch is fetched, told, and read', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit(
    { 'a/b.yaml': 'x: 1\n', 'top.txt': 'hello' },
    { message: 'Add b\n\nBecause.' },
  );
  const mirror = await mirrorOf(workshop, repository.url);
  expect(await mirror.resolve({})).toBeUndefined();
  const outcome = await mirror.fetch({}, { signal: workshop.signal });
  expect(outcome).toEqual({
    change: 'created',
    resolved: {
      commit,
      tree: (await repository.git('rev-parse', 'main^{tree}')).trim(),
      ref: 'refs/heads/main',
      committedAt: new Date(1_700_000_001_000),
      author: { name: 'Ada', email: 'ada@example.org', at: new Date(1_700_000_001_000) },
      subject: 'Add b',
    },
  });
  const tree = await mirror.tree(commit);
  expect(text(await tree.read('a/b.yaml'))).toBe('x: 1\n');
  expect(await tree.list('')).toEqual([
    { name: 'a', kind: 'directory' },
    { name: 'top.txt', kind: 'file' },
  ]);
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ change: 'unchanged', previous: commit });
});

test('a push is an advance; a rewritten branch is told as forced, and the commit that it left stays readable', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  await mirror.fetch({ branch: 'main' }, { signal: workshop.signal });
  const second = await repository.commit({ a: '2' });
  expect(await mirror.fetch({ branch: 'main' }, { signal: workshop.signal })).toMatchObject({
    change: 'advanced',
    previous: first,
    resolved: { commit: second },
  });
  const other = await repository.commit({ a: '3' }, { parent: first });
  await repository.git('gc', '--quiet', '--prune=now');
  expect(await mirror.fetch({ branch: 'main' }, { signal: workshop.signal })).toMatchObject({
    change: 'forced',
    previous: second,
    resolved: { commit: other },
  });
  expect(text(await (await mirror.tree(second)).read('a'))).toBe('2');
  expect(await mirror.isAncestor(first, other)).toBe(true);
  expect(await mirror.isAncestor(second, other)).toBe(false);
});

test('what is new is new to the caller who says what it saw last, though another has fetched it already', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  await mirror.fetch({}, { signal: workshop.signal });
  const second = await repository.commit({ a: '2' });
  await mirror.fetch({}, { signal: workshop.signal });
  expect(await mirror.fetch({}, { signal: workshop.signal, since: first })).toMatchObject({
    change: 'advanced',
    previous: first,
  });
  expect(await mirror.fetch({}, { signal: workshop.signal, since: second })).toMatchObject({ change: 'unchanged' });
});

test('a long push is an advance too', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '0' });
  const mirror = await mirrorOf(workshop, repository.url);
  await mirror.fetch({}, { signal: workshop.signal });
  for (let count = 1; count <= 40; count += 1) await repository.commit({ a: String(count) });
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ change: 'advanced', previous: first });
});

test('a deleted branch is an error that names those that exist; its commit stays readable', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const gone = await repository.commit({ a: '2' }, { branch: 'feature' });
  const mirror = await mirrorOf(workshop, repository.url);
  await mirror.fetch({ branch: 'feature' }, { signal: workshop.signal });
  await repository.git('branch', '-D', 'feature');
  await expect(mirror.fetch({ branch: 'feature' }, { signal: workshop.signal })).rejects.toThrow(
    /has no branch feature; it has the branches main/,
  );
  expect(await mirror.resolve({ branch: 'feature' })).toBeUndefined();
  expect(text(await (await mirror.tree(gone)).read('a'))).toBe('2');
});

test('a branch that never was, a tag that never was, a version that nobody made', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  const { signal } = workshop;
  expect(await codeOf(mirror.fetch({ branch: 'nope' }, { signal }))).toBe('git.ref-not-found');
  expect(await codeOf(mirror.fetch({ tag: 'v1' }, { signal }))).toBe('git.ref-not-found');
  expect(await codeOf(mirror.fetch({ semver: '>=1' }, { signal }))).toBe('git.ref-not-found');
  expect(await codeOf(mirror.fetch({ commit: '1'.repeat(40) }, { signal }))).toBe('git.ref-not-found');
  expect(await codeOf(mirror.fetch({ branch: 'a b' }, { signal }))).toBe('git.ref-invalid');
  expect(await codeOf(mirror.tree('1'.repeat(40) as never))).toBe('git.ref-not-found');
});

test('one missing branch does not keep the others from being fetched in the same call', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  const { signal } = workshop;
  // The first goes alone; the others wait for it and share the second call.
  const results = await Promise.allSettled([
    mirror.fetch({}, { signal }),
    mirror.fetch({ branch: 'nope' }, { signal }),
    mirror.fetch({ branch: 'main' }, { signal }),
    mirror.fetch({ tag: 'nope' }, { signal }),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  expect((await mirror.resolve({ branch: 'main' }))?.commit).toBe(commit);
});

test('a tag, light or annotated, is followed, and so is its move', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  const second = await repository.commit({ a: '2' });
  await repository.git('tag', 'light', first);
  await repository.git(
    '-c',
    'user.name=a',
    '-c',
    'user.email=a@example.org',
    'tag',
    '-a',
    '-m',
    'tag',
    'heavy',
    second,
  );
  const mirror = await mirrorOf(workshop, repository.url);
  const { signal } = workshop;
  expect(await mirror.fetch({ tag: 'light' }, { signal })).toMatchObject({
    resolved: { commit: first, ref: 'refs/tags/light' },
  });
  expect(await mirror.fetch({ tag: 'heavy' }, { signal })).toMatchObject({ resolved: { commit: second } });
  await repository.git('tag', '-f', 'light', second);
  await repository.git('tag', '-f', 'heavy', first);
  expect(await mirror.fetch({ tag: 'light' }, { signal })).toMatchObject({
    change: 'advanced',
    resolved: { commit: second },
  });
  expect(await mirror.fetch({ tag: 'heavy' }, { signal })).toMatchObject({
    change: 'forced',
    resolved: { commit: first },
  });
});

test('a tag of a file is no commit, and is said to be none', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  await repository.git('tag', 'file', 'main:a');
  const mirror = await mirrorOf(workshop, repository.url);
  expect(await codeOf(mirror.fetch({ tag: 'file' }, { signal: workshop.signal }))).toBe('git.not-a-commit');
});

test('the highest version in the range is taken, and a withdrawn one is given up', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { signal } = workshop;
  const commits: Record<string, string> = {};
  for (const tag of ['v1.0.0', 'v1.9.0', 'v1.10.0', 'v2.0.0-rc.1', 'not-a-version']) {
    commits[tag] = await repository.commit({ a: tag });
    await repository.git('tag', tag);
  }
  const mirror = await mirrorOf(workshop, repository.url);
  expect(await mirror.fetch({ semver: '>=1.0.0' }, { signal })).toMatchObject({
    resolved: { commit: commits['v1.10.0'], ref: 'refs/tags/v1.10.0' },
  });
  await repository.git('tag', '-d', 'v1.10.0');
  expect(await mirror.fetch({ semver: '>=1.0.0' }, { signal })).toMatchObject({
    change: 'forced',
    previous: commits['v1.10.0'],
    resolved: { ref: 'refs/tags/v1.9.0' },
  });
  await repository.commit({ a: 'new' });
  await repository.git('tag', 'v1.11.0');
  expect(await mirror.fetch({ semver: '1.x' }, { signal })).toMatchObject({ resolved: { ref: 'refs/tags/v1.11.0' } });
});

test('a commit is fetched by its id though no branch leads to it, and asked for once', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  await repository.commit({ a: '2' }, { parent: null });
  const mirror = await mirrorOf(workshop, repository.url);
  const { signal } = workshop;
  expect(await mirror.fetch({ commit: first }, { signal })).toMatchObject({ resolved: { commit: first, ref: first } });
  await workshop.server.close();
  expect(await mirror.fetch({ commit: first }, { signal })).toMatchObject({ change: 'unchanged' });
});

test('what was fetched is known without the server', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  await mirror.fetch({}, { signal: workshop.signal });
  await mirror.close();
  await workshop.server.close();
  const again = await mirrorOf(workshop, repository.url);
  expect((await again.resolve({}))?.commit).toBe(commit);
  expect(text(await (await again.tree(commit)).read('a'))).toBe('1');
  expect(await codeOf(again.fetch({}, { signal: workshop.signal }))).toBe('git.unreachable');
});

test('a default branch that is renamed is followed', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const first = await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  const { signal } = workshop;
  await mirror.fetch({}, { signal });
  const trunk = await repository.commit({ a: '2' }, { branch: 'trunk', parent: first });
  await repository.git('symbolic-ref', 'HEAD', 'refs/heads/trunk');
  // Both branches exist: HEAD and the branch of before differ.
  expect(await mirror.fetch({}, { signal })).toMatchObject({
    change: 'advanced',
    resolved: { commit: trunk, ref: 'refs/heads/trunk' },
  });
  await repository.git('branch', '-m', 'trunk', 'master');
  await repository.git('symbolic-ref', 'HEAD', 'refs/heads/master');
  expect(await mirror.fetch({}, { signal })).toMatchObject({
    change: 'unchanged',
    resolved: { ref: 'refs/heads/master' },
  });
  await repository.git('update-ref', '--no-deref', 'HEAD', first);
  expect(await mirror.fetch({}, { signal })).toMatchObject({ resolved: { commit: first, ref: 'HEAD' } });
});

test('an empty repository is an error that says so, and no more once something was pushed', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const mirror = await mirrorOf(workshop, repository.url);
  await expect(mirror.fetch({}, { signal: workshop.signal })).rejects.toThrow(/no default branch: it is empty/);
  const commit = await repository.commit({ a: '1' });
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ resolved: { commit } });
});

test('a branch that becomes a folder of branches, and back', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { signal } = workshop;
  const first = await repository.commit({ a: '1' }, { branch: 'team' });
  const mirror = await mirrorOf(workshop, repository.url);
  await mirror.fetch({ branch: 'team' }, { signal });
  await repository.git('branch', '-m', 'team', 'team/one');
  expect(await mirror.fetch({ branch: 'team/one' }, { signal })).toMatchObject({ resolved: { commit: first } });
  await repository.git('branch', '-m', 'team/one', 'team');
  expect(await mirror.fetch({ branch: 'team' }, { signal })).toMatchObject({ resolved: { commit: first } });
});

test('branches and tags with odd names are nothing but names', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { signal } = workshop;
  const commit = await repository.commit({ a: '1' });
  const names = [
    '-x',
    '--upload-pack=touch-me',
    'a;b',
    '$(id)',
    'ünïcode',
    'refs/heads/main',
    'HEAD',
    "it's",
    'a"b',
    '@',
    'a&b|c',
  ];
  for (const name of names) await repository.git('update-ref', `refs/heads/${name}`, commit);
  const mirror = await mirrorOf(workshop, repository.url);
  for (const branch of names) {
    expect(await mirror.fetch({ branch }, { signal })).toMatchObject({
      resolved: { commit, ref: `refs/heads/${branch}` },
    });
  }
});

test('those who ask while a fetch runs share the next one', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  const { signal } = workshop;
  await mirror.fetch({}, { signal });
  const first = mirror.fetch({}, { signal });
  const crowd = Array.from({ length: 20 }, (_, index) =>
    mirror.fetch(index % 2 === 0 ? {} : { branch: 'main' }, { signal }),
  );
  const outcomes = await Promise.all([first, ...crowd]);
  expect(outcomes.every(({ change }) => change === 'unchanged')).toBe(true);
});

test('mirrors of the same URL and identity are one; another identity sees nothing of it', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const options = { url: repository.url, directory: workshop.cache, signal: workshop.signal };
  const one = await openMirror(options);
  const two = await openMirror({ ...options, url: `${repository.url}/` });
  const other = await openMirror({ ...options, identity: 'team-b/secret' });
  await one.fetch({}, { signal: workshop.signal });
  expect((await two.resolve({}))?.commit).toBe(commit);
  expect(await other.resolve({})).toBeUndefined();
  expect(await codeOf(other.tree(commit))).toBe('git.ref-not-found');
  await one.close();
  await one.close();
  expect(text(await (await two.tree(commit)).read('a'))).toBe('1');
  expect(await codeOf(one.fetch({}, { signal: workshop.signal }))).toBe('cancelled');
});

test('a repository with SHA-256 ids is mirrored', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository('long', 'sha256');
  const commit = await repository.commit({ 'a/b': '1' });
  expect(commit).toHaveLength(64);
  const mirror = await mirrorOf(workshop, repository.url);
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ resolved: { commit } });
  expect(text(await (await mirror.tree(commit)).read('a/b'))).toBe('1');
});

test('an aborted fetch ends at once, and the next one works', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const commit = await repository.commit({ a: '1' });
  const mirror = await mirrorOf(workshop, repository.url);
  const controller = new AbortController();
  const fetching = mirror.fetch({}, { signal: controller.signal });
  controller.abort();
  await expect(fetching).rejects.toThrow(/abort/i);
  expect(await mirror.fetch({}, { signal: workshop.signal })).toMatchObject({ resolved: { commit } });
});

test('a file over the limit is refused, and the others are read', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const { signal } = workshop;
  const commit = await repository.commit({ big: 'x'.repeat(200_000), huge: 'y'.repeat(9_000_000), small: 's' });
  const mirror = await openMirror({
    url: repository.url,
    directory: workshop.cache,
    signal,
    limits: { blobBytes: 100_000 },
  });
  await mirror.fetch({}, { signal });
  const tree = await mirror.tree(commit);
  const results = await Promise.allSettled(['big', 'small', 'huge', 'small', 'big'].map((path) => tree.read(path)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected']);
  expect(await codeOf(tree.read('huge'))).toBe('git.too-large');
  expect(text(await tree.read('small'))).toBe('s');
});

test('the reference of a pull request is fetched by its full name, compared, and forgotten', async () => {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const origin = await workshop.repository();
  const base = await origin.commit({ 'a.yaml': 'one' });
  const head = await origin.commit({ 'a.yaml': 'two' }, { branch: 'feature', parent: base });
  await origin.git('update-ref', 'refs/pull/7/head', head);
  const main = await origin.commit({ 'b.yaml': 'b' });
  const mirror = await openMirror({ url: origin.url, directory: workshop.cache, signal });
  await mirror.fetch({ branch: 'main' }, { signal });
  const { resolved } = await mirror.fetch({ ref: 'refs/pull/7/head' }, { signal });
  expect(resolved).toMatchObject({ commit: head, ref: 'refs/pull/7/head' });
  const parted = await mirror.mergeBase(main, head, { signal });
  expect(parted?.commit).toBe(base);
  // Rewritten: what was proposed first is nothing to go back to, and takes no place of what is.
  const again = await origin.commit({ 'a.yaml': 'three' }, { branch: 'again', parent: base });
  await origin.git('update-ref', 'refs/pull/7/head', again);
  const second = await mirror.fetch({ ref: 'refs/pull/7/head' }, { signal });
  expect(second).toMatchObject({ change: 'forced', resolved: { commit: again } });
  await mirror.forget('refs/pull/7/head', { signal });
  expect(await mirror.resolve({ ref: 'refs/pull/7/head' })).toBeUndefined();
  const alone = await origin.commit({ 'x.yaml': 'x' }, { branch: 'alone', parent: null });
  await mirror.fetch({ branch: 'alone' }, { signal });
  expect(await mirror.mergeBase(main, alone, { signal })).toBeUndefined();
  await expect(mirror.fetch({ ref: 'refs/plumbline/kept/x' }, { signal })).rejects.toMatchObject({
    code: 'git.ref-invalid',
  });
  await expect(mirror.fetch({ ref: 'main' }, { signal })).rejects.toMatchObject({ code: 'git.ref-invalid' });
  await mirror.close();
});

test('where two lines parted is found by a mirror that holds no history, too', async () => {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const origin = await workshop.repository();
  await origin.commit({ 'a.yaml': 'zero' });
  const base = await origin.commit({ 'a.yaml': 'one' });
  const head = await origin.commit({ 'a.yaml': 'two' }, { branch: 'feature', parent: base });
  await origin.git('update-ref', 'refs/pull/7/head', head);
  await origin.commit({ 'b.yaml': 'b' });
  const main = await origin.commit({ 'c.yaml': 'c' });
  const mirror = await openMirror({ url: origin.url, directory: workshop.cache, history: 'shallow', signal });
  await mirror.fetch({ branch: 'main' }, { signal });
  await mirror.fetch({ ref: 'refs/pull/7/head' }, { signal });
  expect((await mirror.mergeBase(main, head, { signal }))?.commit).toBe(base);
  await mirror.close();
});
