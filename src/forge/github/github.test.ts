import { expect, test } from 'vitest';
import {
  failureOf,
  type ForgeServer,
  openForgeServer,
  type TestClock,
  testClock,
  testConnections,
} from '../../../test/support/forge-server.ts';
import { baseCommit as base, gitHubPull, headCommit as head } from '../../../test/support/github.ts';
import { sensitive } from '../../sensitive.ts';
import type { ForgeConnections } from '../connections.ts';
import type { ForgeCredentials } from '../credentials.ts';
import { openForge } from '../open-forge.ts';
import type { Forge } from '../types.ts';

// GitHub cannot run here: the server is ours and answers as docs.github.com/rest documents (commit statuses, pulls,
// issue comments, labels, reviews; Authenticating as a GitHub App installation), in the form of 2022-11-28.

const call = { signal: new AbortController().signal };
const token: ForgeCredentials = { kind: 'token', token: sensitive('github_pat_4711') };

function open(
  server: ForgeServer,
  options: { credentials?: ForgeCredentials; connections?: ForgeConnections; clock?: TestClock } = {},
): Forge {
  return openForge({
    repositoryUrl: 'git@github.com:octo-org/hello-world.git',
    apiUrl: server.url,
    credentials: options.credentials ?? token,
    connections: options.connections ?? testConnections(options.clock),
  });
}

const at = (path: string): string => `/repos/octo-org/hello-world${path}`;

test('a commit status is written as GitHub wants it', async () => {
  const server = await openForgeServer(() => ({ status: 201, body: { state: 'success' } }));
  await open(server).setCommitStatus(
    head,
    { context: 'plumbline/team/web', state: 'success', description: 'x'.repeat(200), link: 'https://example.org' },
    call,
  );
  const [asked] = server.asked;
  expect(server.lines()).toEqual([`POST ${at(`/statuses/${head}`)}`]);
  expect(asked?.headers).toMatchObject({
    authorization: 'Bearer github_pat_4711',
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    'user-agent': 'plumbline',
  });
  expect(asked?.body).toEqual({
    context: 'plumbline/team/web',
    state: 'success',
    description: `${'x'.repeat(139)}…`,
    target_url: 'https://example.org',
  });
});

test('a commit that GitHub does not have is told as such', async () => {
  const body = { message: `No commit found for SHA: ${head}`, documentation_url: 'https://docs.github.com/rest' };
  const server = await openForgeServer(() => ({ status: 422, body }));
  const status = { context: 'c', state: 'success', description: '' } as const;
  expect((await failureOf(open(server).setCommitStatus(head, status, call))).code).toBe('forge.not-found');
});

const statusOf = (context: string, state: string): object => ({ context, state, description: null, target_url: null });

test('the statuses of a commit are read over all pages', async () => {
  const server = await openForgeServer(({ path, headers }) => {
    const next = `http://${headers.host}${at(`/commits/${head}/status`)}?per_page=100&page=2`;
    return path.includes('&page=2')
      ? { body: { state: 'failure', total_count: 3, statuses: [statusOf('c', 'pending')] } }
      : {
          headers: { link: `<${next}>; rel="next", <${next}>; rel="last"` },
          body: { state: 'failure', total_count: 3, statuses: [statusOf('a', 'success'), statusOf('b', 'error')] },
        };
  });
  expect(await open(server).commitStatuses(head, call)).toEqual([
    { context: 'a', state: 'success', description: '' },
    { context: 'b', state: 'failure', description: '' },
    { context: 'c', state: 'pending', description: '' },
  ]);
});

test('pull requests are listed, also those whose fork or author is gone', async () => {
  const fork = { head: { label: 'x:new-topic', ref: 'new-topic', sha: head, repo: null }, user: null, body: null };
  const server = await openForgeServer(() => ({
    body: [gitHubPull(1), gitHubPull(2, fork), gitHubPull(3, { state: 'closed', merged_at: '2011-01-27T19:01:12Z' })],
  }));
  const forge = open(server);
  const [first, second, third] = await forge.pullRequests({ state: 'all', base: 'main' }, call);
  expect(server.lines()).toEqual([`GET ${at('/pulls?state=all&base=main&per_page=100')}`]);
  expect(first).toEqual({
    number: 1,
    title: 'Amazing new feature',
    body: 'Please pull these awesome changes in!',
    state: 'open',
    draft: false,
    author: 'octocat',
    head: { branch: 'new-topic', commit: head, fork: false },
    base: { branch: 'main', commit: base },
    headRef: 'refs/pull/1/head',
    labels: ['bug'],
    link: 'https://github.com/octo-org/hello-world/pull/1',
    updatedAt: new Date('2011-01-27T19:01:12Z'),
  });
  expect(second).toMatchObject({ author: '', body: '', head: { fork: true } });
  expect(third?.state).toBe('merged');
  const from = await forge.pullRequests({ head: 'new-topic' }, call);
  expect(server.lines()[1]).toBe(`GET ${at('/pulls?state=open&head=octo-org%3Anew-topic&per_page=100')}`);
  expect(from.map(({ number }) => number)).toEqual([1, 3]);
});

test('a list that has not changed is not sent again', async () => {
  const server = await openForgeServer(({ headers }) =>
    headers['if-none-match'] === 'W/"abc"' ? { status: 304 } : { headers: { etag: 'W/"abc"' }, body: [gitHubPull(1)] },
  );
  const forge = open(server);
  const before = await forge.pullRequests({}, call);
  expect(await forge.pullRequests({}, call)).toEqual(before);
  expect(server.asked).toHaveLength(2);
});

test('a pull request is opened with its labels, changed and closed', async () => {
  const server = await openForgeServer(({ method, path }) => {
    if (path.endsWith('/labels')) return { body: [{ name: 'bug' }, { name: 'promotion' }] };
    return method === 'POST'
      ? { status: 201, body: gitHubPull(7, { draft: true }) }
      : { body: gitHubPull(7, { title: 'Other' }) };
  });
  const forge = open(server);
  const wish = { title: 'T', body: 'B', head: 'new-topic', base: 'main', draft: true, labels: ['promotion'] };
  expect(await forge.openPullRequest(wish, call)).toMatchObject({
    number: 7,
    draft: true,
    labels: ['bug', 'promotion'],
  });
  expect(await forge.updatePullRequest(7, { title: 'Other' }, call)).toMatchObject({ title: 'Other' });
  await forge.closePullRequest(7, call);
  expect(server.asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['POST', at('/pulls'), { title: 'T', body: 'B', head: 'new-topic', base: 'main', draft: true }],
    ['POST', at('/issues/7/labels'), { labels: ['promotion'] }],
    ['PATCH', at('/pulls/7'), { title: 'Other' }],
    ['PATCH', at('/pulls/7'), { state: 'closed' }],
  ]);
});

test('a pull request that is there already is a conflict', async () => {
  const body = {
    message: 'Validation Failed',
    errors: [
      { resource: 'PullRequest', code: 'custom', message: 'A pull request already exists for octo-org:new-topic.' },
    ],
  };
  const server = await openForgeServer(() => ({ status: 422, body }));
  const error = await failureOf(open(server).openPullRequest({ title: 'T', body: '', head: 'h', base: 'b' }, call));
  expect(error.code).toBe('forge.conflict');
  expect(error.message).toContain('already exists for octo-org:new-topic');
});

test('a pull request is merged at its head, and its branch deleted', async () => {
  const merged = { sha: base, merged: true, message: 'Pull Request successfully merged' };
  const server = await openForgeServer(({ method }) => {
    if (method === 'PUT') return { body: merged };
    return method === 'GET' ? { body: gitHubPull(1, { state: 'closed' }) } : { status: 204 };
  });
  const merge = { method: 'squash', head, message: 'Title\n\nText', deleteBranch: true } as const;
  expect(await open(server).mergePullRequest(1, merge, call)).toEqual({ commit: base });
  expect(server.asked[0]?.body).toEqual({
    merge_method: 'squash',
    sha: head,
    commit_title: 'Title',
    commit_message: 'Text',
  });
  expect(server.lines().at(-1)).toBe(`DELETE ${at('/git/refs/heads/new-topic')}`);
});

test.each([
  [405, 'Pull Request is not mergeable'],
  [409, 'Head branch was modified. Review and try the merge again.'],
])('a merge that is answered by %i is a conflict, and not tried again', async (status, message) => {
  const server = await openForgeServer(() => ({ status, body: { message } }));
  const error = await failureOf(open(server).mergePullRequest(1, { method: 'merge', head }, call));
  expect(error.code).toBe('forge.conflict');
  expect(error.message).toContain(message);
  expect(server.asked).toHaveLength(1);
});

test('a merge whose answer is lost is not sent again', async () => {
  const server = await openForgeServer(() => 'cut');
  expect((await failureOf(open(server).mergePullRequest(1, { method: 'merge', head }, call))).code).toBe(
    'forge.unreachable',
  );
  expect(server.asked).toHaveLength(1);
});

test('the one comment with the mark is found on any page, and changed in place where it differs', async () => {
  let written = '';
  const server = await openForgeServer(({ method, path, headers, body }) => {
    if (path.endsWith('/user')) return { body: { id: 7, login: 'plumbline' } };
    if (method !== 'GET') {
      written = (body as { body: string }).body;
      return { status: method === 'POST' ? 201 : 200, body: {} };
    }
    if (!path.includes('page=2')) {
      const next = `<http://${headers.host}${at('/issues/1/comments')}?per_page=100&page=2>; rel="next"`;
      // Somebody else has copied the mark, and would change the text later.
      const copied = { id: 4, body: written, user: { id: 8 } };
      return { headers: { link: next }, body: [{ id: 1, body: 'me too', user: null }, { id: 2 }, copied] };
    }
    // GitHub ends lines in its own way.
    return { body: written === '' ? [] : [{ id: 3, user: { id: 7 }, body: written.replaceAll('\n', '\r\n') }] };
  });
  const forge = open(server);
  expect(await forge.putComment(1, { mark: 'preview', body: 'one\ntwo' }, call)).toBe('written');
  expect(await forge.putComment(1, { mark: 'preview', body: 'one\ntwo' }, call)).toBe('same');
  expect(await forge.putComment(1, { mark: 'preview', body: 'three' }, call)).toBe('written');
  expect(server.lines().filter((line) => !line.startsWith('GET'))).toEqual([
    `POST ${at('/issues/1/comments')}`,
    `PATCH ${at('/issues/comments/3')}`,
  ]);
});

test('labels are set among those that are ours', async () => {
  const server = await openForgeServer(({ method }) => ({
    body: method === 'GET' ? [{ name: 'bug' }, { name: 'Risk/Low' }] : [],
  }));
  await open(server).setLabels(1, { present: ['risk/high'], among: ['risk/low', 'risk/high'] }, call);
  expect(server.lines()).toEqual([
    `GET ${at('/issues/1/labels?per_page=100')}`,
    `POST ${at('/issues/1/labels')}`,
    `DELETE ${at('/issues/1/labels/Risk%2FLow')}`,
  ]);
});

const review = (login: string, state: string): object => ({ id: 80, user: { login }, state, commit_id: head });

test('the newest word of each reviewer is told', async () => {
  const server = await openForgeServer(() => ({
    body: [
      review('a', 'CHANGES_REQUESTED'),
      review('a', 'APPROVED'),
      review('a', 'COMMENTED'),
      review('b', 'APPROVED'),
      review('b', 'DISMISSED'),
      review('me', 'PENDING'),
      { id: 81, user: null, state: 'APPROVED', commit_id: null },
    ],
  }));
  expect(await open(server).reviews(1, call)).toEqual([
    { reviewer: 'a', state: 'approved', commit: head },
    { reviewer: 'b', state: 'dismissed', commit: head },
  ]);
});

test('changed files are told, of what was moved both names', async () => {
  const server = await openForgeServer(() => ({
    body: [
      { sha: 'bbcd', filename: 'a.yaml', status: 'modified' },
      { sha: 'bbce', filename: 'c.yaml', previous_filename: 'b.yaml', status: 'renamed' },
    ],
  }));
  expect(await open(server).changedFiles(1, call)).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
});

test('many writes keep to the pace that GitHub asks for', async () => {
  const clock = testClock();
  const server = await openForgeServer(() => ({ status: 201, body: {} }));
  const forge = open(server, { clock });
  for (let index = 0; index < 23; index += 1) {
    await forge.setCommitStatus(head, { context: `c${index}`, state: 'pending', description: '' }, call);
  }
  expect(clock.waits).toEqual([1000, 1000, 1000]);
});

test('the pages for people lie on GitHub, whatever way Git goes', () => {
  const connections = testConnections();
  const linkOf = (repositoryUrl: string): string =>
    openForge({ repositoryUrl, kind: 'GitHub', connections }).links.file(head, 'a b/c#.yaml', 3);
  const file = `/blob/${head}/a%20b/c%23.yaml#L3`;
  expect(linkOf('git@github.com:octo-org/hello-world.git')).toBe(`https://github.com/octo-org/hello-world${file}`);
  expect(linkOf('ssh://git@ssh.github.com:443/octo-org/hello-world')).toBe(
    `https://github.com/octo-org/hello-world${file}`,
  );
  expect(linkOf('https://github.example.com/a/b.git')).toBe(`https://github.example.com/a/b${file}`);
  expect(() => linkOf('https://github.com/octo-org')).toThrow('owner/name');
});
