import { expect, test } from 'vitest';
import { openForgeServer, testConnections } from '../../../test/support/forge-server.ts';
import {
  forgePayload,
  openForgeWire,
  wireToken,
  type ForgeWire,
  type WireAnswer,
} from '../../../test/support/forge-wire.ts';
import { sensitive } from '../../sensitive.ts';
import { openForge } from '../index.ts';

// Bitbucket Data Center cannot run here: a server of ours answers as https://developer.atlassian.com/server/bitbucket/rest/
// says, with its payloads; each file in fixtures/ names its page.

const call = { signal: new AbortController().signal };
const repository = '/bitbucket/rest/api/latest/projects/PRJ/repos/my-repo';
const pullRequest = forgePayload('bitbucket-data-center/pull-request');
const outdated = { status: 409, body: forgePayload('bitbucket-data-center/error') };
const head = 'babecafebabecafebabecafebabecafebabecafe';
const list = (values: readonly unknown[], more: object = { isLastPage: true }): { body: object } => ({
  body: { size: values.length, limit: 100, start: 0, values, ...more },
});

function open(answers: Readonly<Record<string, WireAnswer>>): Promise<ForgeWire> {
  return openForgeWire({
    kind: 'BitbucketDataCenter',
    repositoryUrl: 'https://git.example.com/bitbucket/scm/PRJ/my-repo.git',
    apiPath: '/bitbucket',
    answers: Object.fromEntries(
      Object.entries(answers).map(([line, answer]) => [
        line.replace(' /', ` ${repository}/`).replace(' ~/', ' /bitbucket/rest/'),
        answer,
      ]),
    ),
  });
}

test('a pull request is read with a bearer token', async () => {
  const { forge, server } = await open({ 'GET /pull-requests/101': { body: pullRequest } });
  expect(await forge.pullRequest(101, call)).toEqual({
    number: 101,
    title: 'Talking Nerdy',
    body: 'It is a kludge, but put the tuple from the database in the cache.',
    state: 'open',
    draft: false,
    author: 'tom',
    head: { branch: 'feature-ABC-123', commit: head, fork: false },
    base: { branch: 'master', commit: 'cafebabecafebabecafebabecafebabecafebabe' },
    headRef: 'refs/pull-requests/101/from',
    labels: [],
    link: `https://git.example.com/bitbucket/projects/PRJ/repos/my-repo/pull-requests/101`,
    updatedAt: new Date(1359085920000),
  });
  expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${wireToken}`);
});

const fork = {
  id: 'refs/heads/fix',
  displayId: 'fix',
  latestCommit: '1'.repeat(40),
  repository: { id: 9, slug: 'fork', project: { key: '~ann' } },
};

test('a list is read from where the page before says', async () => {
  const first = '/pull-requests?limit=100&state=OPEN&direction=INCOMING&at=refs%2Fheads%2Fmain&order=OLDEST';
  const { forge } = await open({
    [`GET ${first}`]: list([pullRequest], { isLastPage: false, nextPageStart: 117 }),
    [`GET ${first}&start=117`]: list([{ ...pullRequest, id: 102 }], { isLastPage: true, nextPageStart: 217 }),
  });
  const found = await forge.pullRequests({ base: 'main' }, call);
  expect(found.map(({ number }) => number)).toEqual([101, 102]);
});

test('by its branch a pull request of this repository is found; merged and declined ones are told apart', async () => {
  const { forge } = await open({
    'GET /pull-requests?limit=100&state=ALL&direction=INCOMING&order=OLDEST': list([
      { ...pullRequest, id: 1, fromRef: { ...fork, displayId: 'feature-ABC-123' } },
      { ...pullRequest, id: 2, state: 'DECLINED', description: undefined, draft: undefined },
      { ...pullRequest, id: 3, state: 'MERGED' },
      { ...pullRequest, id: 4, fromRef: fork },
    ]),
  });
  const found = await forge.pullRequests({ state: 'all', head: 'feature-ABC-123' }, call);
  expect(found.map(({ number, state, body }) => [number, state, body.length])).toEqual([
    [2, 'closed', 0],
    [3, 'merged', 65],
  ]);
});

test('a pull request is opened between two branches; labels there are none', async () => {
  const { forge, sent } = await open({ 'POST /pull-requests': { status: 201, body: pullRequest } });
  const wish = { title: 'Promote', body: 'x'.repeat(40_000), head: 'a/b', base: 'main' };
  await forge.openPullRequest({ ...wish, draft: true, labels: ['ignored'] }, call);
  expect(sent()).toMatchObject([
    { title: 'Promote', fromRef: { id: 'refs/heads/a/b' }, toRef: { id: 'refs/heads/main' }, draft: true },
  ]);
  expect((sent()[0] as { description: string }).description).toHaveLength(32_768);
  await forge.setLabels(101, { present: ['x'], among: ['x'] }, call);
  expect(sent()).toHaveLength(1);
});

test('a change is made at the version that was read, and keeps what it does not change', async () => {
  const { forge, sent } = await open({
    'GET /pull-requests/101': { body: pullRequest },
    'PUT /pull-requests/101': { body: { ...pullRequest, version: 2 } },
  });
  await forge.updatePullRequest(101, { title: 'New', base: 'release' }, call);
  expect(sent()).toEqual([
    {
      version: 1,
      title: 'New',
      description: 'It is a kludge, but put the tuple from the database in the cache.',
      reviewers: [{ user: { name: 'jcitizen' } }],
      toRef: { id: 'refs/heads/release' },
      draft: false,
    },
  ]);
});

test('a change that somebody else forestalled is made again at the newer version', async () => {
  const { forge, sent } = await open({
    'GET /pull-requests/101': [{ body: pullRequest }, { body: { ...pullRequest, version: 2, title: 'Theirs' } }],
    'PUT /pull-requests/101': [outdated, { body: { ...pullRequest, version: 3 } }],
  });
  await forge.updatePullRequest(101, { body: 'mine' }, call);
  expect(sent()).toMatchObject([
    { version: 1, title: 'Talking Nerdy', description: 'mine' },
    { version: 2, title: 'Theirs', description: 'mine' },
  ]);
});

test('declining names the version; what is declined already is left', async () => {
  const { forge, server } = await open({
    'GET /pull-requests/101': [{ body: pullRequest }, { body: { ...pullRequest, state: 'DECLINED' } }],
    'POST /pull-requests/101/decline?version=1': { body: { ...pullRequest, state: 'DECLINED' } },
  });
  await forge.closePullRequest(101, call);
  await forge.closePullRequest(101, call);
  expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
  expect(server.asked[1]?.headers['x-atlassian-token']).toBe('no-check');
});

const merged = { ...pullRequest, state: 'MERGED', properties: { mergeCommit: { id: '9'.repeat(40) } } };

test.each([
  ['merge', 'no-ff'],
  ['squash', 'squash'],
  ['rebase', 'rebase-ff-only'],
] as const)('to %s is the strategy %s, at the version that was looked at', async (method, strategyId) => {
  const { forge, sent } = await open({
    'GET /pull-requests/101': { body: pullRequest },
    'POST /pull-requests/101/merge?version=1': { body: merged },
  });
  expect(await forge.mergePullRequest(101, { method, head, message: 'Promote' }, call)).toEqual({
    commit: '9'.repeat(40),
  });
  expect(sent()).toEqual([{ version: 1, strategyId, message: 'Promote', autoSubject: false }]);
});

test('the branch is deleted only while it is what was merged, and its loss is no failure', async () => {
  const { forge, sent } = await open({
    'GET /pull-requests/101': { body: pullRequest },
    'POST /pull-requests/101/merge?version=1': { body: merged },
    'DELETE ~/branch-utils/latest/projects/PRJ/repos/my-repo/branches': [
      { status: 400, body: { errors: [] } },
      { status: 401, body: { errors: [{ message: 'no' }] } },
    ],
  });
  await forge.mergePullRequest(101, { method: 'merge', head, deleteBranch: true }, call);
  await forge.mergePullRequest(101, { method: 'merge', head, deleteBranch: true }, call);
  expect(sent().at(-1)).toEqual({ name: 'refs/heads/feature-ABC-123', endPoint: head, dryRun: false });
});

test('a head that has moved is not merged, before or between', async () => {
  const moved = { ...pullRequest, version: 2, fromRef: fork };
  const before = await open({ 'GET /pull-requests/101': { body: moved } });
  const wish = { method: 'merge', head } as const;
  await expect(before.forge.mergePullRequest(101, wish, call)).rejects.toMatchObject({ code: 'forge.conflict' });
  const between = await open({
    'GET /pull-requests/101': [{ body: pullRequest }, { body: moved }],
    'POST /pull-requests/101/merge?version=1': outdated,
  });
  await expect(between.forge.mergePullRequest(101, wish, call)).rejects.toMatchObject({
    code: 'forge.conflict',
    message: expect.stringContaining('no longer'),
  });
  expect(between.sent()).toHaveLength(1);
});

test('a veto is told and not asked for again; a merge whose answer was lost is found', async () => {
  const vetoed = {
    errors: [{ message: 'Merging is not allowed.', vetoes: [{ summaryMessage: 'Needs 2 approvals' }] }],
  };
  const veto = await open({
    'GET /pull-requests/101': { body: pullRequest },
    'POST /pull-requests/101/merge?version=1': { status: 409, body: vetoed },
  });
  await expect(veto.forge.mergePullRequest(101, { method: 'merge', head }, call)).rejects.toMatchObject({
    code: 'forge.conflict',
    message: expect.stringContaining('Merging is not allowed.'),
  });
  expect(veto.sent()).toHaveLength(1);
  const lost = await open({
    'GET /pull-requests/101': [{ body: pullRequest }, { body: { ...merged, version: 2 } }],
    'POST /pull-requests/101/merge?version=1': ['cut', outdated],
  });
  expect(await lost.forge.mergePullRequest(101, { method: 'merge', head }, call)).toEqual({ commit: '9'.repeat(40) });
});

test('a status is a build of the repository, with a page in any case', async () => {
  const { forge, sent } = await open({ [`POST /commits/${head}/builds`]: { status: 204 } });
  const status = { context: 'plumbline/a', state: 'pending', description: 'Waiting' } as const;
  await forge.setCommitStatus(head, status, call);
  await forge.setCommitStatus(head, { ...status, state: 'failure', link: 'https://plumbline.example/a' }, call);
  const build = { key: 'plumbline/a', name: 'plumbline/a', description: 'Waiting' };
  expect(sent()).toEqual([
    {
      ...build,
      state: 'INPROGRESS',
      url: `https://git.example.com/bitbucket/projects/PRJ/repos/my-repo/commits/${head}`,
    },
    { ...build, state: 'FAILED', url: 'https://plumbline.example/a' },
  ]);
});

test('the newest build of each key counts', async () => {
  const build = forgePayload('bitbucket-data-center/build');
  const { forge } = await open({
    [`GET ~/build-status/latest/commits/${head}?limit=100&orderBy=OLDEST`]: list([
      { ...build, state: 'FAILED' },
      { ...build, key: 'x', state: 'CANCELLED', description: undefined },
      { ...build, key: 'y', state: 'UNKNOWN', url: undefined },
      build,
    ]),
  });
  const link = 'https://bamboo.example.com/browse/TEST-REP3';
  expect(await forge.commitStatuses(head, call)).toEqual([
    { context: 'TEST-REP3', state: 'success', description: 'A description of the build goes here', link },
    { context: 'x', state: 'failure', description: '', link },
    { context: 'y', state: 'pending', description: 'A description of the build goes here' },
  ]);
});

const activity = forgePayload('bitbucket-data-center/activity');
const comment = forgePayload('bitbucket-data-center/comment');
const marked = (text: string): string => `${text}\n\n[//]: # (plumbline: preview)`;
const commented = (text: string): object => ({ ...activity, comment: { ...comment, id: 62, text } });
const activities = 'GET /pull-requests/101/activities?limit=100';
const preview = (body: string): { mark: string; body: string } => ({ mark: 'preview', body });

test('the one comment is written, changed in place at its version, and left alone', async () => {
  const { forge, sent } = await open({
    [activities]: [
      list([activity, { id: 3, action: 'RESCOPED', added: {} }]),
      list([commented(marked('old')), { ...commented(marked('old')), commentAction: 'REPLIED' }]),
      list([commented(marked('new'))]),
    ],
    'POST /pull-requests/101/comments': { status: 201, body: comment },
    'GET /pull-requests/101/comments/62': [{ body: comment }, { body: { ...comment, version: 5 } }],
    'PUT /pull-requests/101/comments/62': [outdated, { body: comment }],
  });
  expect(await forge.putComment(101, preview('old'), call)).toBe('written');
  expect(await forge.putComment(101, preview('new'), call)).toBe('written');
  expect(await forge.putComment(101, preview('new'), call)).toBe('same');
  expect(sent()).toEqual([
    { text: marked('old') },
    { text: marked('new'), version: 1 },
    { text: marked('new'), version: 5 },
  ]);
});

test('a comment of somebody else is left as it is', async () => {
  const { forge, server } = await open({
    [activities]: list([commented(marked('fake'))]),
    'GET /pull-requests/101/comments/62': { body: comment },
    'PUT /pull-requests/101/comments/62': {
      status: 401,
      body: { errors: [{ message: 'You are not permitted to edit this comment' }] },
    },
    'POST /pull-requests/101/comments': { status: 201, body: comment },
  });
  expect(await forge.putComment(101, preview('real'), call)).toBe('written');
  expect(server.asked.at(-1)).toMatchObject({ method: 'POST', body: { text: marked('real') } });
});

test('reviewers and other participants have one word each', async () => {
  const { forge } = await open({ 'GET /pull-requests/101': { body: pullRequest } });
  expect(await forge.reviews(101, call)).toEqual([
    { reviewer: 'jcitizen', state: 'approved', commit: '7549846524f8aed2bd1c0249993ae1bf9d3c9998' },
    { reviewer: 'harry', state: 'changes-requested' },
  ]);
});

test('files are listed, a move with both paths', async () => {
  const moved = forgePayload('bitbucket-data-center/change');
  const { forge } = await open({
    'GET /pull-requests/101/changes?limit=1000': list([moved, { path: { components: ['a.yaml'] } }]),
  });
  expect(await forge.changedFiles(101, call)).toEqual(['path/to/old.txt', 'path/to/file.txt', 'a.yaml']);
});

const change = (name: string): object => ({ path: { components: ['dir', name] } });

test('where the list of files is cut, the branches are compared, also with a fork', async () => {
  const cut = list([change('1')], { isLastPage: false, nextPageStart: null });
  const compare = `/compare/changes?limit=1000&from=${'1'.repeat(40)}&to=cafebabecafebabecafebabecafebabecafebabe&fromRepo=%7Eann%2Ffork`;
  const { forge } = await open({
    'GET /pull-requests/101/changes?limit=1000': cut,
    'GET /pull-requests/101': { body: { ...pullRequest, fromRef: fork } },
    [`GET ${compare}`]: list([change('1')], { isLastPage: false, nextPageStart: 1 }),
    [`GET ${compare}&start=1`]: list([change('2')]),
  });
  expect(await forge.changedFiles(101, call)).toEqual(['dir/1', 'dir/2']);
});

// https://confluence.atlassian.com/bitbucketserver/improving-instance-stability-with-rate-limiting-976171954.html
test('a limit and a server that fails are waited for', async () => {
  const { forge, clock } = await open({
    'GET /pull-requests/101': [
      { status: 429, headers: { 'x-ratelimit-remaining': '0', 'retry-after': '9' } },
      { status: 503 },
      { body: pullRequest },
    ],
  });
  expect((await forge.pullRequest(101, call)).number).toBe(101);
  expect(clock.waits).toEqual([9000, 1000]);
});

const refusal = (message: string): { status: number; body: object } => ({
  status: 401,
  body: { errors: [{ context: null, message }] },
});

test('who is known and may not is told apart from who is not known', async () => {
  const { forge } = await open({
    'GET /pull-requests/1': refusal('You are not permitted to access this resource'),
    'GET /pull-requests/2': refusal('Authentication failed. Please check your credentials and try again.'),
  });
  await expect(forge.pullRequest(1, call)).rejects.toMatchObject({ code: 'forge.forbidden' });
  await expect(forge.pullRequest(2, call)).rejects.toMatchObject({ code: 'forge.auth-failed' });
});

test('pages for people', async () => {
  const { forge } = await open({});
  const page = 'https://git.example.com/bitbucket/projects/PRJ/repos/my-repo';
  expect(forge.links.commit(head)).toBe(`${page}/commits/${head}`);
  expect(forge.links.file(head, 'apps/a b.yaml', 3)).toBe(`${page}/browse/apps/a%20b.yaml?at=${head}#3`);
  expect(forge.links.compare('main', 'f/x')).toBe(`${page}/compare/diff?targetBranch=main&sourceBranch=f%2Fx`);
  expect(forge.links.pullRequest(12)).toBe(`${page}/pull-requests/12`);
  expect(forge.codeOwnerFiles).toEqual(['.bitbucket/CODEOWNERS']);
});

test.each([
  ['http://{host}/scm/~ann/web.git', undefined, '/rest/api/latest/projects/~ann/repos/web/'],
  ['http://{host}/git/scm/PRJ/web.git', undefined, '/git/rest/api/latest/projects/PRJ/repos/web/'],
  [
    'ssh://git@bitbucket.example.com:7999/prj/web.git',
    '/git/rest/api/1.0',
    '/git/rest/api/latest/projects/prj/repos/web/',
  ],
])('%s is found at %s', async (repositoryUrl, apiPath, path) => {
  const server = await openForgeServer(() => ({ body: pullRequest }));
  const forge = openForge({
    kind: 'BitbucketDataCenter',
    repositoryUrl: repositoryUrl.replace('{host}', server.url.replace('http://', '')),
    ...(apiPath === undefined ? {} : { apiUrl: `${server.url}${apiPath}` }),
    credentials: { kind: 'basic', username: 'robot', password: sensitive('secret') },
    connections: testConnections(),
  });
  await forge.pullRequest(101, call);
  expect(server.lines()).toEqual([`GET ${path}pull-requests/101`]);
  expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa('robot:secret')}`);
});

test('the token of a repository, as Git carries it, is a bearer token; what is no clone URL is refused', async () => {
  const server = await openForgeServer(() => ({ body: pullRequest }));
  const options = {
    kind: 'BitbucketDataCenter',
    credentials: { kind: 'basic', username: 'x-token-auth', password: sensitive('tok') },
    connections: testConnections(),
  } as const;
  await openForge({ ...options, repositoryUrl: `${server.url}/scm/PRJ/web.git` }).pullRequest(1, call);
  expect(server.asked[0]?.headers.authorization).toBe('Bearer tok');
  expect(() => openForge({ ...options, repositoryUrl: `${server.url}/projects/PRJ/repos/web` })).toThrow(/scm/);
});
