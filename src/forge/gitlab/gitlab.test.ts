import { expect, test } from 'vitest';
import {
  forgePayload,
  openForgeWire,
  wireToken,
  type ForgeWire,
  type WireAnswer,
} from '../../../test/support/forge-wire.ts';
import { openForgeServer, testConnections } from '../../../test/support/forge-server.ts';
import { sensitive } from '../../sensitive.ts';
import { openForge } from '../index.ts';

// GitLab cannot run here: a server of ours answers as https://docs.gitlab.com/api/ says, with its payloads; each file in
// fixtures/ names its page. What the pages leave out is told where it is used.

const call = { signal: new AbortController().signal };
const project = '/api/v4/projects/team%2Fapps%2Fweb';
const mergeRequest = forgePayload('gitlab/merge-request');
const head = 'e82eb4a098e32c796079ca3915e07487fc4db24c';

function open(answers: Readonly<Record<string, WireAnswer>>): Promise<ForgeWire> {
  return openForgeWire({
    kind: 'GitLab',
    repositoryUrl: 'https://gitlab.example.com/team/apps/web.git',
    apiPath: '/api/v4',
    answers: Object.fromEntries(
      Object.entries(answers).map(([line, answer]) => [
        line.replace(' /', ` ${project}/`).replace(' ~/', ' /api/v4/'),
        answer,
      ]),
    ),
  });
}

test('a merge request is read, in a project within groups, with a bearer token', async () => {
  const { forge, server } = await open({ 'GET /merge_requests/133': { body: mergeRequest } });
  expect(await forge.pullRequest(133, call)).toEqual({
    number: 133,
    title: 'Manual job rules',
    body: 'Rules for jobs that are started by hand',
    state: 'open',
    draft: false,
    author: 'marcel.amirault',
    head: { branch: 'manual-job-rules', commit: head, fork: false },
    base: { branch: 'main' },
    headRef: 'refs/merge-requests/133/head',
    labels: ['ci', 'docs'],
    link: 'https://gitlab.example.com/team/apps/web/-/merge_requests/133',
    updatedAt: new Date('2022-05-14T03:38:31.354Z'),
  });
  expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${wireToken}`);
});

test('forks, drafts and states are told apart', async () => {
  const { forge } = await open({
    'GET /merge_requests/1': {
      body: { ...mergeRequest, source_project_id: 99, title: 'Draft: half done', draft: true },
    },
    'GET /merge_requests/2': { body: { ...mergeRequest, state: 'merged', source_project_id: null } },
    'GET /merge_requests/3': { body: { ...mergeRequest, state: 'closed', description: null } },
    'GET /merge_requests/4': { body: { ...mergeRequest, sha: null } },
  });
  expect(await forge.pullRequest(1, call)).toMatchObject({ title: 'half done', draft: true, head: { fork: true } });
  expect(await forge.pullRequest(2, call)).toMatchObject({ state: 'merged', head: { fork: true } });
  expect(await forge.pullRequest(3, call)).toMatchObject({ state: 'closed', body: '' });
  await expect(forge.pullRequest(4, call)).rejects.toMatchObject({ code: 'forge.answer-invalid' });
});

test('a list is read page after page, wherever GitLab thinks that it lives', async () => {
  const first = '/merge_requests?per_page=100&state=opened&target_branch=main&order_by=created_at&sort=asc';
  const { forge, server } = await open({
    [`GET ${first}`]: {
      body: [mergeRequest],
      headers: {
        link: `<https://inside.example/api/v4/projects/3${first}&page=1>; rel="first", <https://inside.example/api/v4/projects/3${first}&page=2>; rel="next"`,
        'x-next-page': '2',
      },
    },
    [`GET ${first}&page=2`]: { body: [{ ...mergeRequest, iid: 134 }], headers: { 'x-next-page': '' } },
  });
  const found = await forge.pullRequests({ base: 'main' }, call);
  expect(found.map(({ number }) => number)).toEqual([133, 134]);
  expect(server.asked).toHaveLength(2);
});

test('by its branch a merge request of this project is found, not one of a fork', async () => {
  const { forge } = await open({
    'GET /merge_requests?per_page=100&state=all&source_branch=fix&order_by=created_at&sort=asc': {
      body: [mergeRequest, { ...mergeRequest, iid: 7, source_project_id: 4 }],
    },
  });
  expect((await forge.pullRequests({ state: 'all', head: 'fix' }, call)).map(({ number }) => number)).toEqual([133]);
});

test('a merge request is opened as a draft with labels', async () => {
  const { forge, server } = await open({ 'POST /merge_requests': { status: 201, body: mergeRequest } });
  await forge.openPullRequest(
    { title: 'Promote web', body: 'To production.', head: 'promote', base: 'main', draft: true, labels: ['a', 'b'] },
    call,
  );
  expect(server.asked[0]?.body).toEqual({
    source_branch: 'promote',
    target_branch: 'main',
    title: 'Draft: Promote web',
    description: 'To production.',
    labels: 'a,b',
  });
});

test('one that is open already is a conflict', async () => {
  const message = ['Another open merge request already exists for this source branch: !5'];
  const { forge } = await open({ 'POST /merge_requests': { status: 409, body: { message } } });
  const opened = forge.openPullRequest({ title: 't', body: '', head: 'a', base: 'b' }, call);
  await expect(opened).rejects.toMatchObject({ code: 'forge.conflict', message: expect.stringContaining('!5') });
});

test('no line of a text becomes a command to GitLab', async () => {
  const { forge, sent } = await open({
    'POST /merge_requests': { status: 201, body: mergeRequest },
    'GET /merge_requests/133/notes?per_page=100&order_by=created_at&sort=asc': { body: [] },
    'POST /merge_requests/133/notes': { status: 201, body: forgePayload('gitlab/note') },
  });
  await forge.openPullRequest({ title: 't', body: 'one\n/merge\n  /close\na/b', head: 'a', base: 'b' }, call);
  await forge.putComment(133, { mark: 'm', body: '/approve\r\n/label ~x' }, call);
  expect(sent()).toMatchObject([
    { description: 'one\n\\/merge\n  \\/close\na/b' },
    { body: '\\/approve\r\n\\/label ~x\n\n<!-- plumbline: m -->' },
  ]);
});

test('changing the title leaves a draft a draft, and sends only what changes', async () => {
  const { forge, sent } = await open({
    'GET /merge_requests/133': { body: { ...mergeRequest, title: 'Draft: x', draft: true } },
    'PUT /merge_requests/133': { body: mergeRequest },
  });
  await forge.updatePullRequest(133, { title: 'new' }, call);
  await forge.updatePullRequest(133, { base: 'release', body: 'text' }, call);
  await forge.closePullRequest(133, call);
  expect(sent()).toEqual([
    { title: 'Draft: new' },
    { target_branch: 'release', description: 'text' },
    { state_event: 'close' },
  ]);
});

test('exactly the given labels are set', async () => {
  const { forge, sent } = await open({ 'PUT /merge_requests/133': { body: mergeRequest } });
  await forge.setLabels(133, { present: ['ok'], among: ['ok', 'risky', 'broken'] }, call);
  await forge.setLabels(133, { present: [], among: [] }, call);
  expect(sent()).toEqual([{ add_labels: 'ok', remove_labels: 'risky,broken' }]);
});

test('a merge names the head that was looked at', async () => {
  const merged = { ...mergeRequest, state: 'merged', merge_commit_sha: '9999999999999999999999999999999999999999' };
  const { forge, sent } = await open({ 'PUT /merge_requests/133/merge': { body: merged } });
  expect(
    await forge.mergePullRequest(133, { method: 'squash', head, message: 'Promote', deleteBranch: true }, call),
  ).toEqual({ commit: '9999999999999999999999999999999999999999' });
  await forge.mergePullRequest(133, { method: 'merge', head }, call);
  expect(sent()).toEqual([
    { sha: head, squash: true, should_remove_source_branch: true, squash_commit_message: 'Promote' },
    { sha: head, squash: false, should_remove_source_branch: false },
  ]);
});

test('a merge waits while GitLab finds out whether it can be merged', async () => {
  const merged = { ...mergeRequest, state: 'merged', merge_commit_sha: null, squash_commit_sha: null };
  const { forge, server, clock } = await open({
    'PUT /merge_requests/133/merge': [{ status: 405, body: { message: '405 Method Not Allowed' } }, { body: merged }],
    'GET /merge_requests/133': { body: { ...mergeRequest, detailed_merge_status: 'checking' } },
  });
  // A fast forward has no commit of its own.
  expect(await forge.mergePullRequest(133, { method: 'merge', head }, call)).toEqual({ commit: head });
  expect(server.asked).toHaveLength(3);
  expect(clock.waits).toEqual([500]);
});

const refusals: [string, number, Record<string, unknown>, string][] = [
  ['a draft, or one whose pipeline is not done', 405, { detailed_merge_status: 'draft_status' }, 'forge.conflict'],
  ['a conflict', 422, { detailed_merge_status: 'conflict' }, 'forge.conflict'],
  ['a head that has moved', 409, { sha: '1'.repeat(40), detailed_merge_status: 'checking' }, 'forge.conflict'],
  ['somebody who may not merge', 401, {}, 'forge.forbidden'],
];

test.each(refusals)('%s is not merged and not asked for again', async (_, status, now, code) => {
  const { forge, sent } = await open({
    'PUT /merge_requests/133/merge': { status, body: { message: 'no' } },
    'GET /merge_requests/133': { body: { ...mergeRequest, ...now } },
  });
  await expect(forge.mergePullRequest(133, { method: 'merge', head }, call)).rejects.toMatchObject({ code });
  expect(sent()).toHaveLength(1);
});

test('a merge whose answer was lost is found to be done', async () => {
  const merged = { ...mergeRequest, state: 'merged', merge_commit_sha: '8'.repeat(40) };
  const { forge } = await open({
    'PUT /merge_requests/133/merge': ['cut', { status: 405, body: { message: '405 Method Not Allowed' } }],
    'GET /merge_requests/133': { body: merged },
  });
  expect(await forge.mergePullRequest(133, { method: 'merge', head }, call)).toEqual({ commit: '8'.repeat(40) });
});

const rebasing = (method: string): Record<string, WireAnswer> => ({
  'GET ~/projects/team%2Fapps%2Fweb': { body: { ...forgePayload('gitlab/project'), merge_method: method } },
  'PUT /merge_requests/133/merge': { body: { ...mergeRequest, state: 'merged' } },
});

test('a rebase is what the project makes of it, or is refused', async () => {
  const merging = await open(rebasing('merge'));
  await expect(merging.forge.mergePullRequest(133, { method: 'rebase', head }, call)).rejects.toMatchObject({
    code: 'forge.refused',
  });
  expect(merging.sent()).toEqual([]);
  const forward = await open(rebasing('ff'));
  expect(await forward.forge.mergePullRequest(133, { method: 'rebase', head }, call)).toEqual({ commit: head });
});

const pending = { context: 'plumbline/team-a/web', state: 'pending', description: 'Waiting for sync' } as const;

test('a status is set with GitLab’s words', async () => {
  const { forge, sent } = await open({
    [`POST /statuses/${head}`]: { status: 201, body: forgePayload('gitlab/status') },
  });
  await forge.setCommitStatus(head, { ...pending, link: 'https://plumbline.example/a' }, call);
  await forge.setCommitStatus(head, { ...pending, state: 'failure', description: `x\n${'y'.repeat(400)}` }, call);
  expect(sent()).toEqual([
    {
      name: 'plumbline/team-a/web',
      state: 'pending',
      description: 'Waiting for sync',
      target_url: 'https://plumbline.example/a',
    },
    { name: 'plumbline/team-a/web', state: 'failed', description: `x ${'y'.repeat(252)}…` },
  ]);
});

// The words are those of https://gitlab.com/gitlab-org/gitlab-foss/-/issues/25807.
const again = 'Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition via "enqueue")';

test('to be told again that it waits is no error of GitLab’s that counts', async () => {
  const { forge } = await open({ [`POST /statuses/${head}`]: { status: 400, body: { message: again } } });
  await forge.setCommitStatus(head, pending, call);
  await expect(forge.setCommitStatus(head, { ...pending, state: 'success' }, call)).rejects.toMatchObject({
    code: 'forge.refused',
  });
});

test('two writers of one commit’s status do not stop each other', async () => {
  const busy = { status: 409, body: { message: 'Another update to this commit status is in progress' } };
  const { forge, clock } = await open({
    [`POST /statuses/${head}`]: [busy, busy, { status: 201, body: forgePayload('gitlab/status') }],
  });
  await forge.setCommitStatus(head, pending, call);
  expect(clock.waits).toEqual([500, 1000]);
});

test('the status of a commit that only a fork has is set there, on its branch', async () => {
  const unknown = { status: 404, body: { message: '404 References for commit Not Found' } };
  const fork = { ...mergeRequest, source_project_id: 77, source_branch: 'theirs' };
  const find = `GET /repository/commits/${head}/merge_requests?per_page=100&state=opened`;
  const { forge, server } = await open({
    [`POST /statuses/${head}`]: unknown,
    [find]: { body: [{ ...fork, sha: '1'.repeat(40), source_project_id: 6 }, fork] },
    [`POST ~/projects/77/statuses/${head}`]: { status: 201, body: forgePayload('gitlab/status') },
    [`GET /repository/commits/${head}/statuses?per_page=100`]: { body: [forgePayload('gitlab/status')] },
    [`GET ~/projects/77/repository/commits/${head}/statuses?per_page=100`]: {
      body: [{ ...forgePayload('gitlab/status'), id: 92, status: 'success' }],
    },
  });
  await forge.setCommitStatus(head, pending, call);
  expect(server.asked.at(-1)?.body).toMatchObject({ ref: 'theirs', state: 'pending' });
  // It is known from then on, and read from there too.
  const before = server.asked.length;
  await forge.setCommitStatus(head, { ...pending, state: 'success' }, call);
  expect(server.asked).toHaveLength(before + 1);
  expect(await forge.commitStatuses(head, call)).toMatchObject([{ context: 'bundler:audit', state: 'success' }]);

  const nowhere = await open({ [`POST /statuses/${head}`]: unknown, [find]: { body: [mergeRequest] } });
  await expect(nowhere.forge.setCommitStatus(head, pending, call)).rejects.toMatchObject({ code: 'forge.not-found' });
});

test('of the statuses of all pipelines the newest of each name counts', async () => {
  const status = forgePayload('gitlab/status');
  const { forge } = await open({
    [`GET /repository/commits/${head}/statuses?per_page=100`]: {
      body: [
        { ...status, id: 5, status: 'success', description: 'Synced' },
        { ...status, id: 2, status: 'failed' },
        { ...status, id: 3, name: 'lint', status: 'canceled', target_url: null },
        { ...status, id: 4, name: 'unit', status: 'running' },
      ],
    },
  });
  const link = 'https://gitlab.example.com/janedoe/gitlab-foss/builds/91';
  expect(await forge.commitStatuses(head, call)).toEqual([
    { context: 'bundler:audit', state: 'success', description: 'Synced', link },
    { context: 'lint', state: 'failure', description: '' },
    { context: 'unit', state: 'pending', description: '', link },
  ]);
});

const notes = 'GET /merge_requests/133/notes?per_page=100&order_by=created_at&sort=asc';
const marked = (text: string): string => `${text}\n\n<!-- plumbline: preview -->`;

test('the one comment is written, then changed in place, then left alone', async () => {
  const note = forgePayload('gitlab/note');
  const user = { body: forgePayload('gitlab/user') };
  const { forge, server } = await open({
    [notes]: [
      { body: [note] },
      { body: [note, { ...note, id: 302, body: marked('old') }] },
      { body: [{ ...note, id: 302, body: marked('new') }] },
    ],
    'GET ~/user': user,
    'POST /merge_requests/133/notes': { status: 201, body: note },
    'PUT /merge_requests/133/notes/302': { body: note },
  });
  expect(await forge.putComment(133, { mark: 'preview', body: 'old' }, call)).toBe('written');
  expect(await forge.putComment(133, { mark: 'preview', body: 'new' }, call)).toBe('written');
  expect(await forge.putComment(133, { mark: 'preview', body: 'new' }, call)).toBe('same');
  expect(server.asked.filter(({ method }) => method !== 'GET').map(({ method, body }) => [method, body])).toEqual([
    ['POST', { body: marked('old') }],
    ['PUT', { body: marked('new') }],
  ]);
});

test('a mark in somebody else’s comment, or in what GitLab itself says, is none', async () => {
  const note = { ...forgePayload('gitlab/note'), body: marked('looks fine') };
  const { forge, sent } = await open({
    [notes]: {
      body: [
        { ...note, author: { id: 666 } },
        { ...note, id: 303, system: true },
      ],
    },
    'GET ~/user': { body: forgePayload('gitlab/user') },
    'POST /merge_requests/133/notes': { status: 201, body: note },
  });
  expect(await forge.putComment(133, { mark: 'preview', body: 'risky' }, call)).toBe('written');
  expect(sent()).toEqual([{ body: marked('risky') }]);
});

test('approvals and what reviewers said are one list', async () => {
  const reviewer = forgePayload('gitlab/reviewer');
  const said = (username: string, state: string): unknown => ({ ...reviewer, user: { username }, state });
  const { forge } = await open({
    'GET /merge_requests/133/approvals': { body: forgePayload('gitlab/approvals') },
    'GET /merge_requests/133/reviewers?per_page=100': {
      body: [reviewer, said('root', 'reviewed'), said('ann', 'requested_changes'), said('bob', 'unreviewed')],
    },
  });
  expect(await forge.reviews(133, call)).toEqual([
    { reviewer: 'root', state: 'approved' },
    { reviewer: 'kenyatta_oconnell', state: 'commented' },
    { reviewer: 'ann', state: 'changes-requested' },
  ]);
});

test('who approved and then requests changes has requested changes', async () => {
  const { forge } = await open({
    'GET /merge_requests/133/approvals': { body: forgePayload('gitlab/approvals') },
    'GET /merge_requests/133/reviewers?per_page=100': {
      body: [{ ...forgePayload('gitlab/reviewer'), user: { username: 'root' }, state: 'requested_changes' }],
    },
  });
  expect(await forge.reviews(133, call)).toEqual([{ reviewer: 'root', state: 'changes-requested' }]);
});

test('files are listed once they are known, a move with both paths', async () => {
  const diff = forgePayload('gitlab/diff');
  const list = '/merge_requests/133/diffs?per_page=30';
  const { forge, clock } = await open({
    'GET /merge_requests/133': [
      { body: { ...mergeRequest, detailed_merge_status: 'preparing', changes_count: null } },
      { body: mergeRequest },
    ],
    [`GET ${list}`]: {
      body: [diff],
      headers: { link: `<https://gitlab.example.com/api/v4/projects/3${list}&page=2>; rel="next"` },
    },
    [`GET ${list}&page=2`]: { body: [{ ...diff, old_path: 'a/old.yaml', new_path: 'a/new.yaml', renamed_file: true }] },
  });
  expect(await forge.changedFiles(133, call)).toEqual(['README', 'a/old.yaml', 'a/new.yaml']);
  expect(clock.waits).toEqual([500]);
});

test('half a list of files is no list', async () => {
  const { forge } = await open({ 'GET /merge_requests/133': { body: { ...mergeRequest, changes_count: '1000+' } } });
  await expect(forge.changedFiles(133, call)).rejects.toMatchObject({ code: 'forge.refused' });
});

// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/ names the headers.
test('limits are kept to as GitLab tells them', async () => {
  const { forge, clock } = await open({
    'GET /merge_requests/133': [
      {
        status: 429,
        headers: {
          'retry-after': '30',
          'ratelimit-limit': '60',
          'ratelimit-observed': '67',
          'ratelimit-remaining': '0',
          'ratelimit-reset': '1609844400',
          'content-type': 'text/plain',
        },
        body: 'Retry later',
      },
      { status: 502, body: '<html>GitLab is not responding</html>', headers: { 'content-type': 'text/html' } },
      { body: mergeRequest },
    ],
  });
  expect((await forge.pullRequest(133, call)).number).toBe(133);
  expect(clock.waits).toEqual([30_000, 1000]);
});

test('a project that these credentials do not see is not found', async () => {
  const { forge } = await open({
    'GET /merge_requests/1': { status: 404, body: { message: '404 Project Not Found' } },
  });
  await expect(forge.pullRequest(1, call)).rejects.toMatchObject({
    code: 'forge.not-found',
    message: expect.stringContaining('404 Project Not Found'),
  });
});

test('pages for people', async () => {
  const { forge } = await open({});
  const page = 'https://gitlab.example.com/team/apps/web';
  expect(forge.links.commit(head)).toBe(`${page}/-/commit/${head}`);
  expect(forge.links.file(head, 'apps/a b.yaml', 3)).toBe(`${page}/-/blob/${head}/apps/a%20b.yaml#L3`);
  expect(forge.links.compare('main', 'f/x')).toBe(`${page}/-/compare/main...f%2Fx`);
  expect(forge.links.pullRequest(12)).toBe(`${page}/-/merge_requests/12`);
  expect(forge.codeOwnerFiles[0]).toBe('CODEOWNERS');
});

test.each([
  ['https://{host}/git/team/web.git', '/git/api/v4', '/git/api/v4/projects/team%2Fweb/'],
  ['git@gitlab.example.com:git/team/web.git', '/git/api/v4', '/git/api/v4/projects/git%2Fteam%2Fweb/'],
  ['ssh://git@gitlab.example.com:2222/team/web', '/api/v4', '/api/v4/projects/team%2Fweb/'],
])('%s is found at %s', async (repositoryUrl, apiPath, path) => {
  const server = await openForgeServer(() => ({ body: mergeRequest }));
  const forge = openForge({
    kind: 'GitLab',
    repositoryUrl: repositoryUrl.replace('{host}', 'gitlab.example.com'),
    apiUrl: `${server.url}${apiPath}`,
    credentials: { kind: 'basic', username: 'oauth2', password: sensitive('glpat-1') },
    connections: testConnections(),
  });
  await forge.pullRequest(133, call);
  expect(server.lines()).toEqual([`GET ${path}merge_requests/133`]);
  expect(server.asked[0]?.headers.authorization).toBe('Bearer glpat-1');
});
