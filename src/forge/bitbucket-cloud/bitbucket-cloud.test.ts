import { expect, test } from 'vitest';
import {
  openForgeServer,
  testConnections,
  type AskedOfForge,
  type ForgeReply,
} from '../../../test/support/forge-server.ts';
import {
  forgePayload,
  openForgeWire,
  wireToken,
  type ForgeWire,
  type WireAnswer,
} from '../../../test/support/forge-wire.ts';
import { sensitive } from '../../sensitive.ts';
import { openForge } from '../index.ts';

// Bitbucket Cloud cannot run here: a server of ours answers as https://developer.atlassian.com/cloud/bitbucket/rest/ says,
// with its payloads; each file in fixtures/ names its page. That commits are abbreviated is seen in its answers alone.

const call = { signal: new AbortController().signal };
const repository = '/2.0/repositories/atlassian/atlaskit';
const pullRequest = forgePayload('bitbucket-cloud/pull-request');
const head = '31c54529bd80aaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const commit = { 'GET /commit/31c54529bd80?fields=hash': { body: { hash: head } } };

function open(answers: Readonly<Record<string, WireAnswer>>): Promise<ForgeWire> {
  return openForgeWire({
    kind: 'BitbucketCloud',
    repositoryUrl: 'git@bitbucket.org:atlassian/atlaskit.git',
    apiPath: '/2.0',
    answers: Object.fromEntries(
      Object.entries(answers).map(([line, answer]) => [
        line.replace(' /', ` ${repository}/`).replace(' ~/', ' /2.0/repositories/'),
        answer,
      ]),
    ),
  });
}

const from = (branch: string, hash: string, fullName = 'atlassian/atlaskit'): object => ({
  branch: { name: branch },
  commit: { hash },
  repository: { full_name: fullName },
});

test('a pull request is read, its head by its whole id, and that is remembered', async () => {
  const { forge, server } = await open({ ...commit, 'GET /pullrequests/4982': { body: pullRequest } });
  const found = {
    number: 4982,
    title: 'IOS date picker',
    body: 'The duplicate of March',
    state: 'open',
    draft: false,
    author: '5c7c7b1a0b79db7c3e33eca2',
    head: { branch: 'date-picker', commit: head, fork: false },
    base: { branch: 'master' },
    labels: [],
    link: 'https://bitbucket.org/atlassian/atlaskit/pull-requests/4982',
    updatedAt: new Date('2020-01-17T01:02:49.933Z'),
  };
  expect(await forge.pullRequest(4982, call)).toEqual(found);
  expect(await forge.pullRequest(4982, call)).toEqual(found);
  expect(server.asked).toHaveLength(3);
  expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${wireToken}`);
});

test('the head of a fork is asked of the fork, and where that is hidden, of the pull request', async () => {
  const theirs = { ...pullRequest, source: from('fix', '31c54529bd80', 'ann/fork') };
  const seen = await open({
    'GET /pullrequests/4982': { body: theirs },
    'GET ~/ann/fork/commit/31c54529bd80?fields=hash': { body: { hash: head } },
  });
  expect((await seen.forge.pullRequest(4982, call)).head).toEqual({ branch: 'fix', commit: head, fork: true });
  const hidden = await open({
    'GET /pullrequests/4982': { body: theirs },
    'GET ~/ann/fork/commit/31c54529bd80?fields=hash': {
      status: 403,
      body: { type: 'error', error: { message: 'no' } },
    },
    'GET /pullrequests/4982/commits?pagelen=50&fields=values.hash%2Cnext': {
      body: { values: [{ hash: '1'.repeat(40) }, { hash: head }], next: 'https://api.bitbucket.org/2.0/never' },
    },
  });
  expect((await hidden.forge.pullRequest(4982, call)).head.commit).toBe(head);
  const gone = await open({
    'GET /pullrequests/4982': {
      body: { ...pullRequest, source: { branch: { name: 'x' }, commit: null, repository: null } },
    },
  });
  await expect(gone.forge.pullRequest(4982, call)).rejects.toMatchObject({ code: 'forge.answer-invalid' });
});

test('a list is read along its links, whichever host they name', async () => {
  const q = 'q=destination.branch.name+%3D+%22main%22';
  const { forge } = await open({
    ...commit,
    [`GET /pullrequests?state=OPEN&pagelen=50&${q}`]: {
      body: {
        pagelen: 50,
        values: [pullRequest],
        page: 1,
        next: `https://bitbucket.org/!api/2.0/repositories/atlassian/atlaskit/pullrequests?state=OPEN&pagelen=50&${q}&page=2`,
      },
    },
    [`GET /pullrequests?state=OPEN&pagelen=50&${q}&page=2`]: { body: { values: [{ ...pullRequest, id: 5 }], page: 2 } },
  });
  expect((await forge.pullRequests({ base: 'main' }, call)).map(({ number }) => number)).toEqual([4982, 5]);
});

test('of all states, from one branch of this repository', async () => {
  const states = 'state=OPEN&state=MERGED&state=DECLINED&state=SUPERSEDED';
  const q = 'q=source.branch.name+%3D+%22a%5C%22b%22';
  const { forge } = await open({
    ...commit,
    [`GET /pullrequests?${states}&pagelen=50&${q}`]: {
      body: {
        values: [
          pullRequest,
          { ...pullRequest, id: 2, state: 'MERGED' },
          { ...pullRequest, id: 3, state: 'SUPERSEDED', description: null, author: null },
          { ...pullRequest, id: 4, state: 'DECLINED', source: from('a', '222222222222', 'ann/fork') },
        ],
      },
    },
  });
  const found = await forge.pullRequests({ state: 'all', head: 'a"b' }, call);
  expect(found.map(({ number, state, head: { commit: id } }) => [number, state, id])).toEqual([
    [4982, 'open', head],
    [2, 'merged', '31c54529bd80'],
    [3, 'closed', '31c54529bd80'],
  ]);
});

test('a pull request is opened; labels there are none', async () => {
  const { forge, sent } = await open({ ...commit, 'POST /pullrequests': { status: 201, body: pullRequest } });
  const wish = { title: 'Promote', body: 'To production.', head: 'promote', base: 'main' };
  await forge.openPullRequest({ ...wish, draft: true, labels: ['x'] }, call);
  await forge.setLabels(4982, { present: ['x'], among: ['x'] }, call);
  expect(sent()).toEqual([
    {
      title: 'Promote',
      description: 'To production.',
      source: { branch: { name: 'promote' } },
      destination: { branch: { name: 'main' } },
      draft: true,
    },
  ]);
});

test('what is refused is told in the words of Bitbucket', async () => {
  const { forge } = await open({
    'POST /pullrequests': { status: 400, body: forgePayload('bitbucket-cloud/error') },
  });
  await expect(forge.openPullRequest({ title: 't', body: '', head: 'a', base: 'b' }, call)).rejects.toMatchObject({
    code: 'forge.refused',
    message: expect.stringContaining('valid source branch'),
  });
});

test('a change keeps the reviewers and all else that it does not change', async () => {
  const { forge, sent } = await open({
    ...commit,
    'GET /pullrequests/4982': { body: pullRequest },
    'PUT /pullrequests/4982': { body: pullRequest },
  });
  await forge.updatePullRequest(4982, { title: 'New' }, call);
  await forge.updatePullRequest(4982, { body: 'text', base: 'release' }, call);
  const kept = { reviewers: [{ uuid: '{504c3b62-8120-4f0c-a7bc-87800b9d6f70}' }], draft: false };
  expect(sent()).toEqual([
    { ...kept, title: 'New', description: 'The duplicate of March', destination: { branch: { name: 'master' } } },
    { ...kept, title: 'IOS date picker', description: 'text', destination: { branch: { name: 'release' } } },
  ]);
});

test('a pull request is declined once', async () => {
  const { forge, server } = await open({
    'GET /pullrequests/4982': [{ body: pullRequest }, { body: { ...pullRequest, state: 'DECLINED' } }],
    'POST /pullrequests/4982/decline': { body: { ...pullRequest, state: 'DECLINED' } },
  });
  await forge.closePullRequest(4982, call);
  await forge.closePullRequest(4982, call);
  expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
});

const merged = { ...pullRequest, state: 'MERGED', merge_commit: { hash: '999999999999' } };
const result = { 'GET /commit/999999999999?fields=hash': { body: { hash: '9'.repeat(40) } } };

test.each([
  ['merge', 'merge_commit'],
  ['squash', 'squash'],
  ['rebase', 'rebase_fast_forward'],
] as const)('to %s is the strategy %s', async (method, strategy) => {
  const { forge, sent } = await open({
    ...commit,
    ...result,
    'GET /pullrequests/4982': [{ body: pullRequest }, { body: merged }],
    'POST /pullrequests/4982/merge': { body: merged },
  });
  const options = { method, head, message: 'Promote', deleteBranch: true };
  expect(await forge.mergePullRequest(4982, options, call)).toEqual({ commit: '9'.repeat(40) });
  expect(sent()).toEqual([
    { type: 'pullrequest', merge_strategy: strategy, close_source_branch: true, message: 'Promote' },
  ]);
});

test('a merge that is answered before it is done is waited for', async () => {
  const { forge, clock } = await open({
    ...commit,
    ...result,
    'GET /pullrequests/4982': [{ body: pullRequest }, { body: pullRequest }, { body: merged }],
    'POST /pullrequests/4982/merge': {
      status: 202,
      headers: {
        location: 'https://api.bitbucket.org/2.0/repositories/atlassian/atlaskit/pullrequests/4982/merge/task-status/1',
      },
    },
  });
  expect(await forge.mergePullRequest(4982, { method: 'merge', head }, call)).toEqual({ commit: '9'.repeat(40) });
  expect(clock.waits).toEqual([500]);
});

test('a merge that does not end is given up, one that was done before is found', async () => {
  const endless = await open({
    ...commit,
    'GET /pullrequests/4982': { body: pullRequest },
    'POST /pullrequests/4982/merge': { status: 202 },
  });
  await expect(endless.forge.mergePullRequest(4982, { method: 'merge', head }, call)).rejects.toMatchObject({
    code: 'forge.unreachable',
  });
  const done = await open({ ...commit, ...result, 'GET /pullrequests/4982': { body: merged } });
  expect(await done.forge.mergePullRequest(4982, { method: 'merge', head }, call)).toEqual({ commit: '9'.repeat(40) });
  expect(done.sent()).toEqual([]);
});

const refusals: [string, number, string][] = [
  ['conflicts', 400, 'forge.conflict'],
  ['a branch that moves meanwhile', 409, 'forge.conflict'],
  ['a merge that takes too long', 555, 'forge.unreachable'],
];

test.each(refusals)('%s: not merged and not asked for again', async (_, status, code) => {
  const { forge, sent } = await open({
    ...commit,
    'GET /pullrequests/4982': { body: pullRequest },
    'POST /pullrequests/4982/merge': { status, body: { type: 'error', error: { message: 'no' } } },
  });
  await expect(forge.mergePullRequest(4982, { method: 'merge', head }, call)).rejects.toMatchObject({ code });
  expect(sent()).toHaveLength(1);
});

test('a head that has moved is not merged', async () => {
  const { forge, sent } = await open({ ...commit, 'GET /pullrequests/4982': { body: pullRequest } });
  const merge = forge.mergePullRequest(4982, { method: 'merge', head: '1'.repeat(40) }, call);
  await expect(merge).rejects.toMatchObject({ code: 'forge.conflict' });
  expect(sent()).toEqual([]);
});

const long = `plumbline/${'team/'.repeat(10)}web`;

test('a status has a key that is short enough, and a page in any case', async () => {
  const { forge, sent } = await open({ [`POST /commit/${head}/statuses/build`]: { status: 201, body: {} } });
  const status = { context: 'plumbline/a', state: 'pending', description: 'Waiting' } as const;
  await forge.setCommitStatus(head, status, call);
  await forge.setCommitStatus(
    head,
    { ...status, context: long, state: 'success', link: 'https://plumbline.example' },
    call,
  );
  expect(sent()).toEqual([
    {
      key: 'plumbline/a',
      name: 'plumbline/a',
      state: 'INPROGRESS',
      url: `https://bitbucket.org/atlassian/atlaskit/commits/${head}`,
      description: 'Waiting',
    },
    expect.objectContaining({
      key: expect.stringMatching(/^plumbline-[0-9a-f]{30}$/),
      name: long,
      state: 'SUCCESSFUL',
    }),
  ]);
});

test('a status of the head of a pull request that was read names its branch, by which it is shown there', async () => {
  const { forge, sent } = await open({
    ...commit,
    'GET /pullrequests/4982': { body: pullRequest },
    [`POST /commit/${head}/statuses/build`]: { status: 201, body: {} },
  });
  await forge.pullRequest(4982, call);
  await forge.setCommitStatus(head, { context: 'a', state: 'success', description: '' }, call);
  expect(sent()).toMatchObject([{ key: 'a', refname: 'date-picker' }]);
});

test('the status of a commit that only a fork has is set there', async () => {
  const { forge, server } = await open({
    'GET ~/ann/fork/commit/31c54529bd80?fields=hash': { body: { hash: head } },
    'GET /pullrequests/4982': { body: { ...pullRequest, source: from('fix', '31c54529bd80', 'ann/fork') } },
    [`POST /commit/${head}/statuses/build`]: { status: 404, body: { type: 'error', error: { message: 'no' } } },
    [`POST ~/ann/fork/commit/${head}/statuses/build`]: { status: 201, body: {} },
    [`GET /commit/${head}/statuses?pagelen=50`]: { status: 404, body: { type: 'error', error: { message: 'no' } } },
    [`GET ~/ann/fork/commit/${head}/statuses?pagelen=50`]: {
      body: { values: [forgePayload('bitbucket-cloud/status')] },
    },
  });
  const status = { context: 'a', state: 'success', description: '' } as const;
  await expect(forge.setCommitStatus(head, status, call)).rejects.toMatchObject({ code: 'forge.not-found' });
  await forge.pullRequest(4982, call);
  await forge.setCommitStatus(head, status, call);
  expect(server.asked.at(-1)).toMatchObject({
    path: `/2.0/repositories/ann/fork/commit/${head}/statuses/build`,
    body: { key: 'a', refname: 'fix' },
  });
  expect(await forge.commitStatuses(head, call)).toMatchObject([{ context: 'drone' }]);
});

test('statuses are told by the context that was given, those of others by their key', async () => {
  const status = forgePayload('bitbucket-cloud/status');
  let key = '';
  const { forge } = await open({
    [`POST /commit/${head}/statuses/build`]: ({ body }: AskedOfForge): ForgeReply => {
      key = (body as { key: string }).key;
      return { status: 201, body: {} };
    },
    [`GET /commit/${head}/statuses?pagelen=50`]: () => ({
      body: {
        values: [
          status,
          { ...status, key, name: long, state: 'INPROGRESS', description: null, url: null },
          { ...status, key: 'k', name: 'Nightly', state: 'STOPPED' },
        ],
      },
    }),
  });
  await forge.setCommitStatus(head, { context: long, state: 'pending', description: '' }, call);
  const link = 'https://ci.example.com/1000/output';
  const description = 'Build has completed successfully';
  expect(await forge.commitStatuses(head, call)).toEqual([
    { context: 'drone', state: 'success', description, link },
    { context: long, state: 'pending', description: '' },
    { context: 'k', state: 'failure', description, link },
  ]);
});

const comment = forgePayload('bitbucket-cloud/comment');
const marked = (text: string): string => `${text}\n\n[//]: # (plumbline: preview)`;
const written = (text: string, more: object = {}): object => ({
  ...comment,
  content: { raw: text, markup: 'markdown' },
  ...more,
});
const comments = 'GET /pullrequests/4982/comments?pagelen=50';
const preview = (body: string): { mark: string; body: string } => ({ mark: 'preview', body });

test('the one comment is written, changed in place, and left alone', async () => {
  const { forge, sent } = await open({
    [comments]: [
      {
        body: { values: [comment, written(marked('old'), { deleted: true }), { id: 1, deleted: true, content: null }] },
      },
      { body: { values: [written(marked('old'))] } },
      { body: { values: [written(marked('new'))] } },
    ],
    'POST /pullrequests/4982/comments': { status: 201, body: comment },
    'PUT /pullrequests/4982/comments/419169807': { body: comment },
  });
  expect(await forge.putComment(4982, preview('old'), call)).toBe('written');
  expect(await forge.putComment(4982, preview('new'), call)).toBe('written');
  expect(await forge.putComment(4982, preview('new'), call)).toBe('same');
  expect(sent()).toEqual([{ content: { raw: marked('old') } }, { content: { raw: marked('new') } }]);
});

test('a comment of somebody else is left as it is, and a long one is cut', async () => {
  const { forge, server } = await open({
    [comments]: { body: { values: [written(marked('fake'))] } },
    'PUT /pullrequests/4982/comments/419169807': { status: 403, body: { type: 'error', error: { message: 'no' } } },
    'POST /pullrequests/4982/comments': { status: 201, body: comment },
  });
  expect(await forge.putComment(4982, preview('x'.repeat(40_000)), call)).toBe('written');
  const [{ content }] = server.asked.slice(-1).map(({ body }) => body) as [{ content: { raw: string } }];
  expect(content.raw).toHaveLength(32_768);
  expect(content.raw.endsWith('\n\n[//]: # (plumbline: preview)')).toBe(true);
});

test('reviews are those of participants who said something', async () => {
  const { forge } = await open({ 'GET /pullrequests/4982': { body: pullRequest } });
  expect(await forge.reviews(4982, call)).toEqual([
    { reviewer: '557058:c250d1e9-df76-4236-bc2f-a98d056b56b5', state: 'approved' },
  ]);
});

test('files are listed where Bitbucket sends on to, page after page', async () => {
  const spec = '/2.0/repositories/atlassian/atlaskit/diffstat/atlassian/atlaskit:31c54529bd80%0D710db794f15b';
  const { forge } = await open({
    'GET /pullrequests/4982/diffstat?pagelen=50': ({ headers }: AskedOfForge): ForgeReply => ({
      status: 302,
      headers: { location: `http://${headers.host}${spec}?from_pullrequest_id=4982` },
    }),
    [`GET ${spec.replace(repository, '')}?from_pullrequest_id=4982`]: {
      body: {
        values: [forgePayload('bitbucket-cloud/diffstat')],
        next: `https://api.bitbucket.org${spec}?from_pullrequest_id=4982&page=2`,
      },
    },
    [`GET ${spec.replace(repository, '')}?from_pullrequest_id=4982&page=2`]: {
      body: { values: [{ type: 'diffstat', status: 'added', old: null, new: { path: 'a.yaml' } }] },
    },
  });
  expect(await forge.changedFiles(4982, call)).toEqual(['old/CONTRIBUTING.md', 'CONTRIBUTING.md', 'a.yaml']);
});

// https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/: by the hour, and no time is told.
test('a limit without a time is waited for a minute, and then for so long that the caller is told', async () => {
  const { forge, clock, server } = await open({
    'GET /pullrequests/1': {
      status: 429,
      body: { type: 'error', error: { message: 'Rate limit for this resource has been exceeded' } },
    },
  });
  await expect(forge.pullRequest(1, call)).rejects.toMatchObject({ code: 'forge.rate-limited' });
  expect(clock.waits).toEqual([60_000]);
  expect(server.asked).toHaveLength(2);
});

test('pages for people', async () => {
  const { forge } = await open({});
  const page = 'https://bitbucket.org/atlassian/atlaskit';
  expect(forge.links.commit(head)).toBe(`${page}/commits/${head}`);
  expect(forge.links.file(head, 'apps/a b.yaml', 3)).toBe(`${page}/src/${head}/apps/a%20b.yaml#lines-3`);
  expect(forge.links.compare('main', 'f/x')).toBe(`${page}/branches/compare/f%2Fx%0Dmain`);
  expect(forge.links.pullRequest(12)).toBe(`${page}/pull-requests/12`);
});

test.each([
  ['basic', 'ann@example.com', `Basic ${btoa('ann@example.com:tok')}`],
  ['basic', 'x-token-auth', 'Bearer tok'],
] as const)('%s credentials of %s are carried as %s', async (kind, username, header) => {
  const server = await openForgeServer(() => ({ body: pullRequest }));
  const forge = openForge({
    repositoryUrl: 'https://ann@bitbucket.org/team/web.git',
    apiUrl: `${server.url}/2.0`,
    credentials: { kind, username, password: sensitive('tok') },
    connections: testConnections(),
  });
  await forge.reviews(1, call);
  expect(server.lines()).toEqual(['GET /2.0/repositories/team/web/pullrequests/1']);
  expect(server.asked[0]?.headers.authorization).toBe(header);
});

test.each(['https://git.example.com/team/web.git', 'https://bitbucket.org/team', 'https://bitbucket.org/a/b/c'])(
  '%s is no repository on Bitbucket Cloud',
  (repositoryUrl) => {
    const options = { kind: 'BitbucketCloud', repositoryUrl, connections: testConnections() } as const;
    expect(() => openForge(options)).toThrow(/bitbucket\.org\/workspace/);
  },
);
