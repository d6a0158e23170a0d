import { expect, test } from 'vitest';
import {
  forgePayload,
  openForgeWire,
  wireToken,
  type ForgeWire,
  type WireAnswer,
} from '../../../test/support/forge-wire.ts';
import { sensitive } from '../../sensitive.ts';
import type { ForgeCredentials } from '../index.ts';

// Azure DevOps cannot run here: a server of ours answers as https://learn.microsoft.com/rest/api/azure/devops/git/ says, with
// its payloads; each file in fixtures/ names its page.

const call = { signal: new AbortController().signal };
const repository = '/fabrikam/My%20Fiber/_apis/git/repositories/web';
const pullRequest = forgePayload('azure-devops/pull-request');
const head = 'b60280bc6e62e2f880f1b63c1e24987664d3bda3';
const list = (...value: readonly unknown[]): { body: object } => ({ body: { count: value.length, value } });

function open(answers: Readonly<Record<string, WireAnswer>>, credentials?: ForgeCredentials): Promise<ForgeWire> {
  return openForgeWire({
    kind: 'AzureDevOps',
    repositoryUrl: 'https://fabrikam@dev.azure.com/fabrikam/My%20Fiber/_git/web',
    apiPath: '/fabrikam',
    ...(credentials === undefined ? {} : { credentials }),
    answers: Object.fromEntries(
      Object.entries(answers).map(([line, answer]) => [line.replace(' /', ` ${repository}/`), answer]),
    ),
  });
}

test('a pull request is read, at a named version of the interface', async () => {
  const { forge, server } = await open({ 'GET /pullrequests/22': { body: pullRequest } });
  expect(await forge.pullRequest(22, call)).toEqual({
    number: 22,
    title: 'A new feature',
    body: 'Adding a new feature',
    state: 'open',
    draft: false,
    author: 'fabrikamfiber16@hotmail.com',
    head: { branch: 'npaulk/my_work', commit: head, fork: false },
    base: { branch: 'new_feature', commit: 'f47bbc106853afe3c1b07a81754bce5f4b8dbf62' },
    labels: ['ready'],
    link: 'https://dev.azure.com/fabrikam/My%20Fiber/_git/web/pullrequest/22',
    updatedAt: new Date('2016-11-01T16:30:31.665Z'),
  });
  expect(server.asked[0]?.headers).toMatchObject({
    accept: 'application/json;api-version=7.1',
    authorization: `Basic ${btoa(`:${wireToken}`)}`,
    'x-tfs-fedauthredirect': 'Suppress',
  });
});

test('forks are told apart, a head that is gone is told', async () => {
  const theirs = { ...pullRequest, forkSource: { name: 'refs/heads/x' }, labels: null };
  const { forge } = await open({
    'GET /pullrequests/1': { body: theirs },
    'GET /pullrequests/2': { body: { ...pullRequest, lastMergeSourceCommit: undefined } },
  });
  expect(await forge.pullRequest(1, call)).toMatchObject({ head: { fork: true }, labels: [] });
  await expect(forge.pullRequest(2, call)).rejects.toMatchObject({ code: 'forge.answer-invalid' });
});

const search = 'searchCriteria.status=active&searchCriteria.targetRefName=refs%2Fheads%2Fmain&%24top=100&%24skip=';

test('a list is read to its end, and what it cuts is read whole', async () => {
  const many = Array.from({ length: 100 }, (_, index) => ({ ...pullRequest, pullRequestId: index + 1 }));
  const { forge } = await open({
    [`GET /pullrequests?${search}0`]: list(...many),
    [`GET /pullrequests?${search}100`]: list({ ...pullRequest, pullRequestId: 101, description: 'x'.repeat(400) }),
    'GET /pullrequests/101': { body: { ...pullRequest, pullRequestId: 101, description: 'x'.repeat(900) } },
  });
  const found = await forge.pullRequests({ base: 'main' }, call);
  expect(found).toHaveLength(101);
  expect(found.at(-1)?.body).toHaveLength(900);
});

test('of all states, from one branch of this repository', async () => {
  const all = 'searchCriteria.status=all&searchCriteria.sourceRefName=refs%2Fheads%2Ffix&%24top=100&%24skip=0';
  const { forge } = await open({
    [`GET /pullrequests?${all}`]: list(
      { ...pullRequest, pullRequestId: 1, status: 'completed', closedDate: '2017-01-01T00:00:00Z' },
      { ...pullRequest, pullRequestId: 2, status: 'abandoned', description: undefined },
      { ...pullRequest, pullRequestId: 3, forkSource: { name: 'refs/heads/fix' } },
      { ...pullRequest, pullRequestId: 4, lastMergeSourceCommit: null },
    ),
  });
  const found = await forge.pullRequests({ state: 'all', head: 'fix' }, call);
  expect(found.map(({ number, state, updatedAt }) => [number, state, updatedAt.getUTCFullYear()])).toEqual([
    [1, 'merged', 2017],
    [2, 'closed', 2016],
  ]);
});

test('a pull request is opened with labels, its text as long as it may be', async () => {
  const { forge, sent } = await open({ 'POST /pullrequests': { status: 201, body: pullRequest } });
  const wish = { title: 'Promote', body: 'x'.repeat(5000), head: 'a/b', base: 'main' };
  await forge.openPullRequest({ ...wish, draft: true, labels: ['ready'] }, call);
  expect(sent()).toEqual([
    {
      sourceRefName: 'refs/heads/a/b',
      targetRefName: 'refs/heads/main',
      title: 'Promote',
      description: expect.stringMatching(/^x+\n\n… cut/),
      isDraft: true,
      labels: [{ name: 'ready' }],
    },
  ]);
  expect((sent()[0] as { description: string }).description).toHaveLength(4000);
});

test('one that is open already is a conflict', async () => {
  const { forge } = await open({ 'POST /pullrequests': { status: 409, body: forgePayload('azure-devops/error') } });
  await expect(forge.openPullRequest({ title: 't', body: '', head: 'a', base: 'b' }, call)).rejects.toMatchObject({
    code: 'forge.conflict',
    message: expect.stringContaining('TF401179'),
  });
});

test('only what changes is sent', async () => {
  const { forge, sent } = await open({ 'PATCH /pullrequests/22': { body: pullRequest } });
  await forge.updatePullRequest(22, { title: 'New' }, call);
  await forge.updatePullRequest(22, { body: 'text', base: 'release' }, call);
  await forge.closePullRequest(22, call);
  expect(sent()).toEqual([
    { title: 'New' },
    { description: 'text', targetRefName: 'refs/heads/release' },
    { status: 'abandoned' },
  ]);
});

const merged = { ...pullRequest, status: 'completed' };
const wish = { method: 'merge', head } as const;

test.each([
  ['merge', 'noFastForward'],
  ['squash', 'squash'],
  ['rebase', 'rebase'],
] as const)(
  'to %s is the strategy %s, of the head that was looked at, and done later',
  async (method, mergeStrategy) => {
    const { forge, sent, clock } = await open({
      'PATCH /pullrequests/22': { body: { ...pullRequest, mergeStatus: 'queued' } },
      'GET /pullrequests/22': [{ body: { ...pullRequest, mergeStatus: 'queued' } }, { body: merged }],
    });
    const options = { method, head, message: 'Promote', deleteBranch: true };
    expect(await forge.mergePullRequest(22, options, call)).toEqual({
      commit: '39f52d24533cc712fc845ed9fd1b6c06b3942588',
    });
    expect(sent()).toEqual([
      {
        status: 'completed',
        lastMergeSourceCommit: { commitId: head },
        completionOptions: { mergeStrategy, deleteSourceBranch: true, mergeCommitMessage: 'Promote' },
      },
    ]);
    expect(clock.waits).toEqual([500, 1000]);
  },
);

test.each([
  ['conflicts', { mergeStatus: 'conflicts', mergeFailureMessage: 'Conflicts in a.yaml' }, 'Conflicts in a.yaml'],
  ['a rule of the branch', { mergeStatus: 'rejectedByPolicy' }, 'rejectedByPolicy'],
  ['a head that has moved', { lastMergeSourceCommit: { commitId: '1'.repeat(40) } }, 'no longer'],
  ['one that was abandoned meanwhile', { status: 'abandoned', mergeStatus: 'queued' }, 'queued'],
])('%s: not merged', async (_, now, words) => {
  const { forge, sent } = await open({
    'PATCH /pullrequests/22': { body: { ...pullRequest, mergeStatus: 'queued' } },
    'GET /pullrequests/22': { body: { ...pullRequest, ...now } },
  });
  await expect(forge.mergePullRequest(22, wish, call)).rejects.toMatchObject({
    code: 'forge.conflict',
    message: expect.stringContaining(words),
  });
  expect(sent()).toHaveLength(1);
});

test('an order that is refused is not given again; one that was carried out is found', async () => {
  const stale = { message: 'TF401192: The source branch has been modified since the last merge attempt.' };
  const refused = await open({
    'PATCH /pullrequests/22': { status: 409, body: stale },
    'GET /pullrequests/22': { body: pullRequest },
  });
  await expect(refused.forge.mergePullRequest(22, wish, call)).rejects.toMatchObject({ code: 'forge.conflict' });
  expect(refused.sent()).toHaveLength(1);
  const lost = await open({
    'PATCH /pullrequests/22': [
      'cut',
      { status: 400, body: { message: 'TF401181: The pull request cannot be edited due to its state.' } },
    ],
    'GET /pullrequests/22': { body: merged },
  });
  expect(await lost.forge.mergePullRequest(22, wish, call)).toEqual({
    commit: '39f52d24533cc712fc845ed9fd1b6c06b3942588',
  });
});

test('a merge that does not end is given up', async () => {
  const { forge, server } = await open({
    'PATCH /pullrequests/22': { body: { ...pullRequest, mergeStatus: 'queued' } },
    'GET /pullrequests/22': { body: { ...pullRequest, mergeStatus: 'queued' } },
  });
  await expect(forge.mergePullRequest(22, wish, call)).rejects.toMatchObject({ code: 'forge.unreachable' });
  expect(server.asked).toHaveLength(8);
});

const waiting = { context: 'plumbline/team-a/web', state: 'pending', description: 'Waiting' } as const;
const said = { context: { genre: 'plumbline', name: 'team-a/web' }, description: 'Waiting' };
const status = { status: 200, body: forgePayload('azure-devops/status') };

test('the first part of a context is the genre of a status', async () => {
  const { forge, sent } = await open({ [`POST /commits/${head}/statuses`]: status });
  await forge.setCommitStatus(head, waiting, call);
  await forge.setCommitStatus(
    head,
    { ...waiting, context: 'other', state: 'failure', link: 'https://p.example' },
    call,
  );
  expect(sent()).toEqual([
    { ...said, state: 'pending' },
    { ...said, context: { name: 'other' }, state: 'failed', targetUrl: 'https://p.example' },
  ]);
});

test('a status of the head of a pull request that was read is shown there too, for that push alone', async () => {
  const { forge, server } = await open({
    'GET /pullrequests/22': { body: pullRequest },
    [`POST /commits/${head}/statuses`]: status,
    'GET /pullRequests/22/iterations': { body: forgePayload('azure-devops/iterations') },
    'POST /pullRequests/22/statuses': { status: 200, body: forgePayload('azure-devops/pull-request-status') },
  });
  await forge.pullRequest(22, call);
  await forge.setCommitStatus(head, { ...waiting, state: 'success' }, call);
  expect(server.asked.at(-1)).toMatchObject({
    path: `${repository}/pullRequests/22/statuses`,
    body: { ...said, state: 'succeeded', iterationId: 2 },
  });
});

test('a pull request that was closed or pushed to meanwhile does not keep a commit from its status', async () => {
  const pushed = await open({
    'GET /pullrequests/22': { body: pullRequest },
    [`POST /commits/${head}/statuses`]: status,
    'GET /pullRequests/22/iterations': list({ id: 1, sourceRefCommit: { commitId: '1'.repeat(40) } }),
  });
  await pushed.forge.pullRequest(22, call);
  await pushed.forge.setCommitStatus(head, waiting, call);
  expect(pushed.sent()).toHaveLength(1);
  const closed = await open({
    'GET /pullrequests/22': { body: pullRequest },
    [`POST /commits/${head}/statuses`]: status,
    'GET /pullRequests/22/iterations': { body: forgePayload('azure-devops/iterations') },
    'POST /pullRequests/22/statuses': {
      status: 400,
      body: { message: 'TF401181: cannot be edited due to its state.' },
    },
  });
  await closed.forge.pullRequest(22, call);
  await closed.forge.setCommitStatus(head, waiting, call);
  expect(closed.sent()).toHaveLength(2);
});

test('the newest status of each context is told', async () => {
  const one = forgePayload('azure-devops/status');
  const { forge } = await open({
    [`GET /commits/${head}/statuses?latestOnly=true&top=1000&skip=0`]: list(
      one,
      { ...one, state: 'pending', context: { name: 'team-a/web', genre: 'plumbline' }, targetUrl: null },
      { ...one, state: 'error', context: { name: 'bare' }, description: null },
      { ...one, state: 'notApplicable', context: { name: 'n', genre: '' } },
    ),
  });
  const link = 'https://ci.fabrikam.com/my-project/build/123';
  const description = 'The build is successful';
  expect(await forge.commitStatuses(head, call)).toEqual([
    { context: 'continuous-integration/Build123', state: 'success', description, link },
    { context: 'plumbline/team-a/web', state: 'pending', description },
    { context: 'bare', state: 'failure', description: '', link },
    { context: 'n', state: 'success', description, link },
  ]);
});

const thread = forgePayload('azure-devops/thread');
const marked = (text: string): string => `${text}\n\n[//]: # (plumbline: preview)`;
const written = (content: string, more: object = {}): object => ({
  ...thread,
  comments: [
    { id: 1, content, commentType: 'text', ...more },
    { id: 2, content: marked('quoted'), commentType: 'text' },
  ],
});
const preview = (body: string): { mark: string; body: string } => ({ mark: 'preview', body });

test('the one comment is written in a thread that holds up nothing, changed in place, and left alone', async () => {
  const { forge, sent } = await open({
    'GET /pullRequests/22/threads': [
      list(
        forgePayload('azure-devops/system-thread'),
        written('first'),
        written(marked('gone'), { isDeleted: true }),
        written(marked('said by Azure'), { commentType: 'system' }),
        { ...thread, isDeleted: true, comments: null },
      ),
      list(thread, written(marked('old'))),
      list(written(marked('new'))),
    ],
    'POST /pullRequests/22/threads': { body: thread },
    'PATCH /pullRequests/22/threads/147/comments/1': { body: { id: 1, content: 'x' } },
  });
  expect(await forge.putComment(22, preview('old'), call)).toBe('written');
  expect(await forge.putComment(22, preview('new'), call)).toBe('written');
  expect(await forge.putComment(22, preview('new'), call)).toBe('same');
  expect(sent()).toEqual([
    { comments: [{ parentCommentId: 0, content: marked('old'), commentType: 'text' }], status: 'closed' },
    { content: marked('new') },
  ]);
});

test('a comment of somebody else is left as it is', async () => {
  const { forge, server } = await open({
    'GET /pullRequests/22/threads': list(written(marked('fake'))),
    'PATCH /pullRequests/22/threads/147/comments/1': { status: 403, body: { message: 'You may only edit your own.' } },
    'POST /pullRequests/22/threads': { body: thread },
  });
  expect(await forge.putComment(22, preview('real'), call)).toBe('written');
  expect(server.asked.at(-1)).toMatchObject({ method: 'POST' });
});

test('exactly the given labels are set, in whatever case they are there', async () => {
  const label = forgePayload('azure-devops/label');
  const { forge, server } = await open({
    'GET /pullRequests/22/labels': list(
      label,
      { ...label, id: 'a1', name: 'Risky' },
      { ...label, id: 'b2', name: 'theirs' },
    ),
    'POST /pullRequests/22/labels': { body: label },
    'DELETE /pullRequests/22/labels/a1': { status: 200 },
  });
  await forge.setLabels(22, { present: ['Ready', 'new'], among: ['Ready', 'new', 'risky'] }, call);
  expect(server.lines().slice(1)).toEqual([
    `POST ${repository}/pullRequests/22/labels`,
    `DELETE ${repository}/pullRequests/22/labels/a1`,
  ]);
  expect(server.asked[1]?.body).toEqual({ name: 'new' });
});

test('votes are reviews; who has not voted, and groups, said nothing', async () => {
  const { value } = forgePayload('azure-devops/reviewers') as { value: readonly object[] };
  const { forge } = await open({
    'GET /pullRequests/22/reviewers': list(
      ...value,
      { vote: 5, uniqueName: 'b@x' },
      { vote: -5, uniqueName: 'c@x' },
      { vote: -10, displayName: 'D' },
      { vote: 0, uniqueName: 'e@x' },
      { vote: 10, displayName: '[Fiber]\\Team', isContainer: true },
    ),
  });
  expect(await forge.reviews(22, call)).toEqual([
    { reviewer: 'fabrikamfiber16@hotmail.com', state: 'approved' },
    { reviewer: 'b@x', state: 'approved' },
    { reviewer: 'c@x', state: 'changes-requested' },
    { reviewer: 'D', state: 'changes-requested' },
  ]);
});

test('the files of the newest push are listed, page after page, a move with both paths', async () => {
  const changes = '/pullRequests/22/iterations/2/changes?%24compareTo=0&%24top=2000&%24skip=';
  const { forge } = await open({
    'GET /pullRequests/22/iterations': { body: forgePayload('azure-devops/iterations') },
    [`GET ${changes}0`]: { body: { ...forgePayload('azure-devops/iteration-changes'), nextSkip: 2000, nextTop: 2000 } },
    [`GET ${changes}2000`]: {
      body: {
        changeEntries: [
          { changeType: 'rename', originalPath: '/a/old.yaml', item: { path: '/a/new.yaml' } },
          { changeType: 'add', item: { path: '/a', isFolder: true } },
        ],
        nextSkip: 0,
        nextTop: 0,
      },
    },
  });
  expect(await forge.changedFiles(22, call)).toEqual(['new_feature.cpp', 'new_feature.h', 'a/old.yaml', 'a/new.yaml']);
});

// https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits: answers may ask for a pause though they are given.
test('a pause that is asked for with an answer is made before the next call', async () => {
  const { forge, clock } = await open({
    'GET /pullrequests/22': [
      {
        body: pullRequest,
        headers: { 'retry-after': '12', 'x-ratelimit-resource': 'test', 'x-ratelimit-delay': '3.5' },
      },
      { status: 429, headers: { 'retry-after': '20' } },
      { status: 503, headers: { 'retry-after': '4' } },
      { body: pullRequest },
    ],
  });
  await forge.pullRequest(22, call);
  expect(clock.waits).toEqual([]);
  await forge.pullRequest(22, call);
  expect(clock.waits.slice(0, 2)).toEqual([12_000, 20_000]);
  expect(clock.waits.slice(2).reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(4000);
});

test('a page to sign in is no answer', async () => {
  const page = { status: 203, headers: { 'content-type': 'text/html' }, body: '<html>Sign in' };
  const { forge } = await open({ [`POST /commits/${head}/statuses`]: page });
  await expect(forge.setCommitStatus(head, waiting, call)).rejects.toMatchObject({ code: 'forge.auth-failed' });
});

const entra = 'eyJ0eXAi.eyJhdWQi.c2ln-_';

test.each<[string, ForgeCredentials, string]>([
  [
    'a personal access token beside a name',
    { kind: 'basic', username: 'me', password: sensitive('pat') },
    `Basic ${btoa(':pat')}`,
  ],
  ['a token of Microsoft Entra', { kind: 'token', token: sensitive(entra) }, `Bearer ${entra}`],
])('%s is carried as it has to be', async (_, credentials, header) => {
  const { forge, server } = await open({ 'GET /pullrequests/22': { body: pullRequest } }, credentials);
  await forge.pullRequest(22, call);
  expect(server.asked[0]?.headers.authorization).toBe(header);
});

test('pages for people', async () => {
  const { forge } = await open({});
  const page = 'https://dev.azure.com/fabrikam/My%20Fiber/_git/web';
  expect(forge.links.commit(head)).toBe(`${page}/commit/${head}`);
  expect(forge.links.file(head, 'apps/a b.yaml')).toBe(`${page}?path=%2Fapps%2Fa%20b.yaml&version=GC${head}`);
  expect(forge.links.file(head, 'a', 3)).toContain('&line=3&lineEnd=4&');
  expect(forge.links.compare('main', head)).toBe(`${page}/branchCompare?baseVersion=GBmain&targetVersion=GC${head}`);
  expect(forge.links.pullRequest(12)).toBe(`${page}/pullrequest/12`);
  expect(forge.codeOwnerFiles).toEqual([]);
});
