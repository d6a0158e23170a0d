import { expect, test } from 'vitest';
import { newGiteaRepository, newGiteaUser, type GiteaRepository } from '../../../test/support/gitea.ts';
import { testConnections } from '../../../test/support/forge-server.ts';
import { PlumbError } from '../../errors.ts';
import { sensitive } from '../../sensitive.ts';
import type { ForgeCredentials } from '../credentials.ts';
import { openForge } from '../open-forge.ts';
import type { Forge } from '../types.ts';

const call = { signal: new AbortController().signal };
const nowhere = '0123456789012345678901234567890123456789';

function forgeOf({ url, access }: GiteaRepository, credentials?: ForgeCredentials): Forge {
  return openForge({
    repositoryUrl: url,
    kind: 'Gitea',
    credentials: credentials ?? { kind: 'token', token: sensitive(access.token) },
    // Waits are real here: Gitea looks in the background whether a pull request can be merged.
    connections: testConnections({
      now: Date.now,
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    }),
  });
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'no error',
    (error: unknown) => (error instanceof PlumbError ? error.code : String(error)),
  );
}

test('a commit status is written, replaced in its context, and read', async () => {
  const repository = await newGiteaRepository();
  const forge = forgeOf(repository);
  const commit = repository.firstCommit;
  const web = { context: 'plumbline/team/web', link: 'https://plumbline.example.org/web' };
  await forge.setCommitStatus(commit, { ...web, state: 'pending', description: 'syncing' }, call);
  await forge.setCommitStatus(commit, { ...web, state: 'success', description: 'synced,\nhealthy' }, call);
  await forge.setCommitStatus(commit, { context: 'plumbline/team/api', state: 'failure', description: 'no' }, call);
  const statuses = await forge.commitStatuses(commit, call);
  expect(statuses.toSorted((a, b) => a.context.localeCompare(b.context))).toEqual([
    { context: 'plumbline/team/api', state: 'failure', description: 'no' },
    { ...web, state: 'success', description: 'synced, healthy' },
  ]);
});

test('the statuses of a commit that has many are read page after page', async () => {
  const repository = await newGiteaRepository();
  const forge = forgeOf(repository);
  const contexts = Array.from({ length: 57 }, (_, index) => `plumbline/team/app-${index}`);
  for (const context of contexts) {
    await forge.setCommitStatus(repository.firstCommit, { context, state: 'pending', description: '' }, call);
  }
  const statuses = await forge.commitStatuses(repository.firstCommit, call);
  expect(statuses.map(({ context }) => context).toSorted()).toEqual(contexts.toSorted());
});

test('a pull request is opened, found, changed, and closed', async () => {
  const repository = await newGiteaRepository();
  const head = await repository.commit('change', { 'web.yaml': 'replicas: 3\n' }, 'main');
  const forge = forgeOf(repository);
  const opened = await forge.openPullRequest(
    { title: 'Scale web', body: 'To three.', head: 'change', base: 'main', draft: true, labels: ['promotion'] },
    call,
  );
  expect(opened).toMatchObject({
    number: 1,
    title: 'WIP: Scale web',
    body: 'To three.',
    state: 'open',
    draft: true,
    author: 'plumbline',
    head: { branch: 'change', commit: head, fork: false },
    base: { branch: 'main', commit: repository.firstCommit },
    headRef: 'refs/pull/1/head',
    labels: ['promotion'],
    link: forge.links.pullRequest(1),
  });
  expect(opened.updatedAt.getTime()).toBeGreaterThan(Date.parse('2020-01-01'));
  expect(await forge.pullRequests({ base: 'main', head: 'change' }, call)).toEqual([opened]);
  expect(await forge.pullRequests({ base: 'other' }, call)).toEqual([]);
  expect(await forge.pullRequests({ head: 'other' }, call)).toEqual([]);
  const changed = await forge.updatePullRequest(1, { title: 'Scale web up', body: 'To four.' }, call);
  expect(changed).toMatchObject({ title: 'Scale web up', body: 'To four.', draft: false });
  await forge.closePullRequest(1, call);
  expect((await forge.pullRequest(1, call)).state).toBe('closed');
  expect(await forge.pullRequests({}, call)).toEqual([]);
  expect(await forge.pullRequests({ state: 'all' }, call)).toHaveLength(1);
});

test('a second pull request for the same branches is a conflict', async () => {
  const repository = await newGiteaRepository();
  await repository.commit('change', { a: '1' }, 'main');
  const forge = forgeOf(repository);
  const wish = { title: 'One', body: '', head: 'change', base: 'main' };
  await forge.openPullRequest(wish, call);
  expect(await codeOf(forge.openPullRequest(wish, call))).toBe('forge.conflict');
});

test('a pull request is merged at the head that was looked at, and at no other', async () => {
  const repository = await newGiteaRepository();
  const head = await repository.commit('change', { 'web.yaml': 'replicas: 3\n' }, 'main');
  const forge = forgeOf(repository);
  await forge.openPullRequest({ title: 'Scale', body: '', head: 'change', base: 'main' }, call);
  const later = await repository.commit('change', { 'web.yaml': 'replicas: 4\n' });
  const merge = { method: 'squash', message: 'Scale web\n\nAs promised.', deleteBranch: true } as const;
  expect(await codeOf(forge.mergePullRequest(1, { ...merge, head }, call))).toBe('forge.conflict');
  const { commit } = await forge.mergePullRequest(1, { ...merge, head: later }, call);
  expect((await forge.pullRequest(1, call)).state).toBe('merged');
  const main = await repository.call<{ commit: { id: string; message: string } }>('GET', '/branches/main');
  expect(main.commit.id).toBe(commit);
  expect(main.commit.message.trim()).toBe('Scale web\n\nAs promised.');
  await expect(repository.call('GET', '/branches/change')).rejects.toThrow('404');
});

test('a pull request that does not fit its base is not merged', async () => {
  const repository = await newGiteaRepository({ 'web.yaml': 'replicas: 2\n' });
  const head = await repository.commit('change', { 'web.yaml': 'replicas: 3\n' }, 'main');
  await repository.commit('main', { 'web.yaml': 'replicas: 9\n' });
  const forge = forgeOf(repository);
  await forge.openPullRequest({ title: 'Scale', body: '', head: 'change', base: 'main' }, call);
  expect(await codeOf(forge.mergePullRequest(1, { method: 'merge', head }, call))).toBe('forge.conflict');
  expect((await forge.pullRequest(1, call)).state).toBe('open');
});

interface Comment {
  readonly id: number;
  readonly body: string;
}

test('there is one comment for each mark, changed in place and only where it differs', async () => {
  const repository = await newGiteaRepository();
  await repository.commit('change', { a: '1' }, 'main');
  const forge = forgeOf(repository);
  await forge.openPullRequest({ title: 'One', body: '', head: 'change', base: 'main' }, call);
  await repository.call('POST', '/issues/1/comments', { body: 'From a person.' });
  const comments = (): Promise<Comment[]> => repository.call('GET', '/issues/1/comments');
  // Nothing is there that could be changed.
  expect(await forge.putComment(1, { mark: 'preview', body: 'none', onlyUpdate: true }, call)).toBe('same');
  expect(await forge.putComment(1, { mark: 'preview', body: '# Changes\n\none\n' }, call)).toBe('written');
  expect(await forge.putComment(1, { mark: 'preview', body: '# Changes\n\none' }, call)).toBe('same');
  expect(await forge.putComment(1, { mark: 'plan', body: 'of infrastructure' }, call)).toBe('written');
  const before = await comments();
  expect(await forge.putComment(1, { mark: 'preview', body: '# Changes\n\ntwo' }, call)).toBe('written');
  const after = await comments();
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(after.map(({ body }) => body.split('\n\n<!--')[0])).toEqual([
    'From a person.',
    '# Changes\n\ntwo',
    'of infrastructure',
  ]);
  await forge.putComment(1, { mark: 'preview', body: 'long '.repeat(30_000) }, call);
  const long = (await comments())[1]?.body ?? '';
  expect(long.length).toBeLessThanOrEqual(forge.commentLimit);
  expect(long).toContain('… cut');
  expect(await forge.putComment(1, { mark: 'preview', body: 'short' }, call)).toBe('written');
  expect(await comments()).toHaveLength(3);
});

test.each(['read', 'admin'])(
  'a comment of somebody else that bears the mark is left as it is by who may %s',
  async (permission) => {
    const repository = await newGiteaRepository();
    await repository.commit('change', { a: '1' }, 'main');
    await forgeOf(repository).openPullRequest({ title: 'One', body: '', head: 'change', base: 'main' }, call);
    const robot = await newGiteaUser();
    await forgeOf(repository).putComment(1, { mark: 'preview', body: 'false' }, call);
    await repository.call('PUT', `/collaborators/${robot.user}`, { permission });
    const forge = forgeOf(repository, { kind: 'token', token: sensitive(robot.token) });
    await forge.putComment(1, { mark: 'preview', body: 'true' }, call);
    await forge.putComment(1, { mark: 'preview', body: 'still true' }, call);
    const comments = await repository.call<Comment[]>('GET', '/issues/1/comments');
    expect(comments.map(({ body }) => body.split('\n')[0])).toEqual(['false', 'still true']);
  },
);

test('labels are set among those that are ours, and made where they are missing', async () => {
  const repository = await newGiteaRepository();
  await repository.commit('change', { a: '1' }, 'main');
  const forge = forgeOf(repository);
  await forge.openPullRequest(
    { title: 'One', body: '', head: 'change', base: 'main', labels: ['kept', 'risk/low'] },
    call,
  );
  const among = ['risk/low', 'risk/high'];
  await forge.setLabels(1, { present: ['risk/high'], among }, call);
  expect((await forge.pullRequest(1, call)).labels.toSorted()).toEqual(['kept', 'risk/high']);
  await forge.setLabels(1, { present: ['risk/high'], among }, call);
  await forge.setLabels(1, { present: [], among }, call);
  expect((await forge.pullRequest(1, call)).labels).toEqual(['kept']);
});

test('the newest word of each reviewer is told', async () => {
  const repository = await newGiteaRepository();
  const head = await repository.commit('change', { a: '1' }, 'main');
  const forge = forgeOf(repository);
  await forge.openPullRequest({ title: 'One', body: '', head: 'change', base: 'main' }, call);
  const [first, second] = [await newGiteaUser(), await newGiteaUser()];
  const review = async (by: typeof first, event: string, body: string): Promise<void> => {
    await repository.call('PUT', `/collaborators/${by.user}`, { permission: 'write' });
    const answer = await fetch(`${by.url}/api/v1${repository.path}/pulls/1/reviews`, {
      method: 'POST',
      headers: { authorization: `token ${by.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ event, body }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  await review(first, 'REQUEST_CHANGES', 'no');
  await review(first, 'APPROVED', 'yes');
  await review(first, 'COMMENT', 'by the way');
  await review(second, 'REQUEST_CHANGES', 'not like that');
  const reviews = await forge.reviews(1, call);
  expect(reviews).toHaveLength(2);
  expect(reviews).toContainEqual({ reviewer: first.user, state: 'approved', commit: head });
  expect(reviews).toContainEqual({ reviewer: second.user, state: 'changes-requested', commit: head });
});

test('the changed files are all told, of what was moved both names', async () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`many/${index}.yaml`, `${index}\n`]));
  const text = 'a text that is long enough to be found again\n'.repeat(5);
  const repository = await newGiteaRepository({ 'old name.yaml': text });
  await repository.commit('change', many, 'main');
  const { sha } = await repository.call<{ sha: string }>('GET', '/contents/old%20name.yaml?ref=change');
  await repository.call('PUT', '/contents/new.yaml', {
    branch: 'change',
    from_path: 'old name.yaml',
    sha,
    content: Buffer.from(text).toString('base64'),
    message: 'Move',
  });
  const forge = forgeOf(repository);
  await forge.openPullRequest({ title: 'One', body: '', head: 'change', base: 'main' }, call);
  expect((await forge.changedFiles(1, call)).toSorted()).toEqual(
    ['new.yaml', 'old name.yaml', ...Object.keys(many)].toSorted(),
  );
});

test('a pull request from a fork says so, and its head is reached from the base repository', async () => {
  const repository = await newGiteaRepository();
  const stranger = await newGiteaUser();
  const asStranger = async <T>(method: string, path: string, body: unknown): Promise<T> => {
    const answer = await fetch(`${stranger.url}/api/v1${path}`, {
      method,
      headers: { authorization: `token ${stranger.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as T;
  };
  await asStranger('POST', `${repository.path}/forks`, {});
  const { commit } = await asStranger<{ commit: { sha: string } }>(
    'POST',
    `/repos/${stranger.user}/${repository.name}/contents/a`,
    {
      branch: 'main',
      new_branch: 'theirs',
      message: 'a',
      content: Buffer.from('1').toString('base64'),
    },
  );
  await asStranger('POST', `${repository.path}/pulls`, { title: 'One', head: `${stranger.user}:theirs`, base: 'main' });
  const forge = forgeOf(repository);
  const [found] = await forge.pullRequests({}, call);
  expect(found).toMatchObject({ author: stranger.user, head: { branch: 'theirs', commit: commit.sha, fork: true } });
  const ref = await repository.call<{ object: { sha: string } }[]>('GET', `/git/${found?.headRef}`);
  expect(ref[0]?.object.sha).toBe(commit.sha);
  // A branch of that name in this repository would be another one.
  expect(await forge.pullRequests({ head: 'theirs' }, call)).toEqual([]);
});

test('what the forge refuses is told by its reason', async () => {
  const repository = await newGiteaRepository();
  const forge = forgeOf(repository);
  const status = { context: 'c', state: 'success', description: '' } as const;
  expect(await codeOf(forge.pullRequest(77, call))).toBe('forge.not-found');
  expect(await codeOf(forge.setCommitStatus(nowhere, status, call))).toBe('forge.not-found');
  const wrong = forgeOf(repository, { kind: 'token', token: sensitive('f'.repeat(40)) });
  expect(await codeOf(wrong.setCommitStatus(repository.firstCommit, status, call))).toBe('forge.auth-failed');
  const reader = await newGiteaUser(['read:repository']);
  const weak = forgeOf(repository, { kind: 'token', token: sensitive(reader.token) });
  expect(await codeOf(weak.setCommitStatus(repository.firstCommit, status, call))).toBe('forge.forbidden');
});

test('a user name and a password do as well as a token', async () => {
  const repository = await newGiteaRepository();
  const { user, password } = repository.access;
  const forge = forgeOf(repository, { kind: 'basic', username: user, password: sensitive(password) });
  await forge.setCommitStatus(repository.firstCommit, { context: 'c', state: 'success', description: 'd' }, call);
  expect(await forge.commitStatuses(repository.firstCommit, call)).toHaveLength(1);
});

test('pages for people are there', async () => {
  const repository = await newGiteaRepository({ 'a folder/web #1.yaml': 'replicas: 2\n' });
  const second = await repository.commit('change', { b: '1' }, 'main');
  const forge = forgeOf(repository);
  await forge.openPullRequest({ title: 'One', body: '', head: 'change', base: 'main' }, call);
  const { commit, file, compare, pullRequest } = forge.links;
  for (const page of [
    commit(repository.firstCommit),
    file(repository.firstCommit, 'a folder/web #1.yaml', 1),
    compare(repository.firstCommit, second),
    pullRequest(1),
  ]) {
    const answer = await fetch(page, { redirect: 'manual' });
    await answer.arrayBuffer();
    expect([page, answer.status]).toEqual([page, 200]);
  }
});
