import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../test/support/git-repository.ts';
import { parseApplication, parseRepository, type Repository } from '../../api/index.ts';
import { createEgress } from '../../egress.ts';
import { plumbError } from '../../errors.ts';
import type { CommitStatus, Forge, PullRequest } from '../../forge/index.ts';
import { openRegistryCache } from '../../registry/index.ts';
import { createRenderer, type Renderer } from '../../render/index.ts';
import { createApplications } from '../application/applications.ts';
import { openGitUpstream } from '../repository/git-upstream.ts';
import type { Proposals } from '../forge/proposals.ts';
import type { PullRequestNews } from '../webhooks/webhooks.ts';
import { kindsWithoutCluster } from './known-kinds.ts';
import { createPreviews, type Previews } from './previews.ts';

// Git, the mirror and the renderer are real. The forge is kept in memory: what is tried here is when the controller says
// what to it, and in which order, for which a real one cannot be made to wait or to fail at the right moment. The real
// Gitea is in previews.cluster.test.ts.

let renderer: Renderer;
let folder = '';
beforeAll(async () => {
  renderer = createRenderer({ host: 'wasm', workers: 1 });
  folder = await mkdtemp(join(tmpdir(), 'plumbline-previews-'));
});
afterAll(async () => {
  await renderer.close();
  await rm(folder, { recursive: true, force: true });
});

const config = (value: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { key: ${value} }
`;

/** A forge in memory, which may be held up or made to fail. */
interface MemoryForge extends Forge {
  readonly pulls: Map<number, PullRequest>;
  readonly comments: Map<number, string>;
  readonly statuses: { readonly commit: string; readonly status: CommitStatus }[];
  /** Called before each request; what it throws is its answer. */
  before: (request: string) => Promise<void> | void;
}

function unused(): never {
  throw new Error('previews do not ask for this');
}

function memoryForge(): MemoryForge {
  const forge: MemoryForge = {
    kind: 'Gitea',
    pulls: new Map(),
    comments: new Map(),
    statuses: [],
    before: () => undefined,
    async setCommitStatus(commit, status) {
      await forge.before(`status ${status.state}`);
      forge.statuses.push({ commit, status });
    },
    async commitStatuses(commit) {
      await forge.before('statuses');
      const newest = forge.statuses.filter((each) => each.commit === commit).toReversed();
      return newest.map(({ status }) => status);
    },
    async pullRequests() {
      await forge.before('list');
      return [...forge.pulls.values()].filter(({ state }) => state === 'open');
    },
    async pullRequest(number) {
      await forge.before(`pull request ${number}`);
      const found = forge.pulls.get(number);
      if (found === undefined) throw plumbError('forge.not-found', 'there is none');
      return found;
    },
    async putComment(number, { body, onlyUpdate }) {
      await forge.before(`comment ${number}`);
      if (onlyUpdate === true && !forge.comments.has(number)) return 'same';
      forge.comments.set(number, body);
      return 'written';
    },
    openPullRequest: unused,
    updatePullRequest: unused,
    mergePullRequest: unused,
    closePullRequest: unused,
    setLabels: unused,
    reviews: unused,
    changedFiles: unused,
    codeOwnerFiles: [],
    links: {
      commit: (commit) => `https://forge.example/commit/${commit}`,
      file: (commit, path) => `https://forge.example/file/${commit}/${path}`,
      compare: (base, head) => `https://forge.example/compare/${base}...${head}`,
      pullRequest: (number) => `https://forge.example/pulls/${number}`,
    },
    commentLimit: 65_536,
  };
  return forge;
}

interface Setting {
  readonly origin: TestRepository;
  readonly forge: MemoryForge;
  readonly previews: Previews;
  /** References that were forgotten. */
  readonly forgotten: string[];
  /** What was logged, as `message key`. */
  readonly logged: string[];
  /** Events, as `reason message`. */
  readonly told: readonly string[];
  /** Resolves when this was logged so many times. */
  until(message: string, times?: number): Promise<void>;
  /** A pull request of a fork from a new commit. */
  propose(number: number, files: Readonly<Record<string, string>>, branch?: string): Promise<PullRequest>;
  /** The Application has been rendered. */
  render(): void;
}

/** Forks, so that no API server is asked. */
const pullRequest = (number: number, commit: string): PullRequest => ({
  number,
  title: `Pull request ${number}`,
  body: '',
  state: 'open',
  draft: false,
  author: 'ada',
  head: { branch: `feature-${number}`, commit, fork: true },
  base: { branch: 'main' },
  headRef: `refs/pull/${number}/head`,
  labels: [],
  link: '',
  updatedAt: new Date(0),
});

const repositoryOf = (namespace: string, url: string): Repository =>
  parseRepository({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'apps', namespace, uid: namespace, generation: 1 },
    spec: { url, interval: '1h', forge: { kind: 'Gitea', preview: 'All' } },
  });

async function openSetting({ siblings = [] as readonly string[], isRendered = true } = {}): Promise<Setting> {
  const stop = new AbortController();
  const { signal } = stop;
  const origin = await createTestRepository();
  await origin.commit({ 'web/config.yaml': config('one') });
  const repository = repositoryOf('prod', origin.url);
  const registryCache = openRegistryCache({ directory: join(folder, 'registry'), egress: createEgress() });
  const upstream = await openGitUpstream({
    repository,
    access: { version: '' },
    policy: { verify: undefined, rewind: 'Allow', acceptedRewind: undefined },
    directory: join(folder, 'mirrors'),
    allowFileUrls: true,
    accessFor: async () => ({ version: '' }),
    registryCache,
    signal,
  });
  const wanted = { ref: undefined, chart: undefined };
  const tip = await upstream.fetch(wanted, signal);
  const forgotten: string[] = [];
  const { proposals } = upstream;
  if (proposals === undefined) throw new Error('a Git repository has proposals');
  const watched: Proposals = {
    ...proposals,
    async forget(ref, caller) {
      await proposals.forget(ref, caller);
      forgotten.push(ref);
      note({}, `forgot ${ref}`);
    },
  };
  const applications = createApplications(Date.now);
  const application = parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'prod', uid: 'web', generation: 1 },
    spec: { source: { repositoryRef: { name: 'apps' }, path: 'web' } },
  });
  applications.update(application);
  const state = applications.get('prod/web');
  if (state === undefined) throw new Error('the Application is known');
  const group = 'prod/apps@HEAD';
  const rendered = (): void => {
    state.rendered = {
      state: 'failed',
      inputs: '',
      versions: [{ group, version: tip }],
      problems: [{ code: 'internal', message: 'only that it was rendered counts here' }],
    };
  };
  if (isRendered) rendered();
  const logged: string[] = [];
  const told: string[] = [];
  const waiting: { readonly message: string; readonly times: number; readonly resolve: () => void }[] = [];
  const note = (_fields: object, message: string): void => {
    logged.push(message);
    for (const { message: awaited, times, resolve } of waiting) {
      if (logged.filter((line) => line === awaited).length >= times) resolve();
    }
  };
  const forge = memoryForge();
  const followed = {
    repository,
    revisions: { of: () => ({ state: 'ready', version: tip }) as const, proposals: watched },
  };
  const ids = ['prod/apps', ...siblings];
  const previews = createPreviews({
    applications,
    renderer,
    kinds: kindsWithoutCluster('v1.36.0'),
    compareLive: () => {
      throw new Error('of a fork the API server is not asked');
    },
    sourceOf: async () => ({
      state: 'ready',
      parts: [
        {
          source: { repositoryRef: { name: 'apps' }, path: 'web' },
          origin: upstream.origin(undefined),
          version: tip,
          group,
          url: origin.url,
        },
      ],
    }),
    environment: async () => ({ kubeVersion: 'v1.36.0', apiVersions: [] }),
    seedOf: () => new Uint8Array(32),
    repositories: new Map(
      ids.map((id) => [id, { ...followed, id, repository: repositoryOf(id.split('/')[0] ?? '', origin.url) }]),
    ),
    forgeOf: async () => forge,
    siblingsOf: () => ids,
    log: { info: note, warn: note, error: note, debug: note },
    events: { record: ({ reason, message }) => void told.push(`${reason} ${message}`) },
    random: () => 0,
    signal,
  });
  onTestFinished(async () => {
    stop.abort();
    await previews.ended;
    await upstream.close();
    await registryCache.close();
    await origin.remove();
  });
  return {
    origin,
    forge,
    previews,
    forgotten,
    logged,
    told,
    until(message, times = 1) {
      if (logged.filter((line) => line === message).length >= times) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ message, times, resolve }));
    },
    async propose(number, files, branch = `feature-${number}`) {
      if ((await origin.git('branch', '--list', branch)) === '') await origin.git('branch', branch, 'main');
      const commit = await origin.commit(files, { branch });
      await origin.git('update-ref', `refs/pull/${number}/head`, commit);
      const pull = pullRequest(number, commit);
      forge.pulls.set(number, pull);
      return pull;
    },
    render() {
      rendered();
      previews.rendered('prod/web');
    },
  };
}

const news = (number: number, action: PullRequestNews['event']['action']): PullRequestNews => ({
  repositories: ['prod/apps'],
  event: { type: 'pull-request', number, action, base: { branch: 'main' }, head: { branch: `feature-${number}` } },
});
const said = ({ forge }: Setting): string[] => forge.statuses.map(({ status }) => `${status.context} ${status.state}`);

test('a newer head ends the work on the one before, of which nothing more is told', async () => {
  const setting = await openSetting();
  const { forge, previews } = setting;
  const first = await setting.propose(1, { 'web/config.yaml': config('two') });
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  forge.before = async (request) => {
    // The first preview is about to be told.
    if (request !== 'comment 1' || forge.pulls.get(1)?.head.commit !== first.head.commit) return;
    reached.resolve();
    await held.promise;
    throw plumbError('cancelled', 'whoever asked has gone');
  };
  previews.news(news(1, 'opened'));
  await reached.promise;
  const second = await setting.propose(1, { 'web/config.yaml': config('three') });
  previews.news(news(1, 'updated'));
  held.resolve();
  await setting.until('previewed');
  expect(forge.comments.get(1)).toContain('+  key: three');
  expect(setting.logged).not.toContain('preview failed');
  const of = (commit: string) =>
    forge.statuses.filter((each) => each.commit === commit).map(({ status }) => status.state);
  expect([of(first.head.commit), of(second.head.commit)]).toEqual([['pending'], ['pending', 'success']]);
});

test('the same two trees are compared once, in whatever pull request', async () => {
  const setting = await openSetting();
  await setting.propose(1, { 'web/config.yaml': config('two') });
  await setting.propose(2, { 'web/config.yaml': config('two') });
  setting.previews.news(news(1, 'opened'));
  await setting.until('previewed');
  const { renders, memoryHits } = renderer.stats;
  setting.previews.news(news(2, 'opened'));
  await setting.until('previewed', 2);
  expect([renderer.stats.renders, renderer.stats.memoryHits]).toEqual([renders, memoryHits]);
  const [first = '', second = ''] = [setting.forge.comments.get(1), setting.forge.comments.get(2)];
  const head = (number: number) => setting.forge.pulls.get(number)?.head.commit.slice(0, 12) ?? '';
  expect(second).toBe(first.replaceAll(head(1), head(2)));
});

test('what is closed is forgotten, by a webhook and by the list', async () => {
  const setting = await openSetting();
  const { forge, previews } = setting;
  await setting.propose(1, { 'web/config.yaml': config('two') });
  await setting.propose(2, { 'web/config.yaml': config('three') });
  previews.update('prod/apps');
  await setting.until('previewed', 2);
  previews.news(news(1, 'closed'));
  await setting.until('forgot refs/pull/1/head');
  for (const pull of forge.pulls.values()) forge.pulls.set(pull.number, { ...pull, state: 'merged' });
  previews.update('prod/apps');
  await setting.until('forgot refs/pull/2/head');
  expect(setting.forgotten).toEqual(['refs/pull/1/head', 'refs/pull/2/head']);
  // Both are told of no more.
  expect(said(setting).toSorted()).toEqual(
    [
      'plumbline/preview pending',
      'plumbline/preview pending',
      'plumbline/preview success',
      'plumbline/preview success',
    ].toSorted(),
  );
});

test('a forge that fails is tried again, and told once', async () => {
  const setting = await openSetting();
  const { forge } = setting;
  await setting.propose(1, { 'web/config.yaml': config('two') });
  let failures = 0;
  forge.before = (request) => {
    if (request !== 'comment 1' || failures > 0) return;
    failures += 1;
    throw plumbError('forge.unreachable', 'not now');
  };
  setting.previews.news(news(1, 'opened'));
  await setting.until('preview failed');
  expect(setting.told).toEqual([expect.stringMatching(/^PreviewFailed pull request 1: not now/)]);
  await setting.until('previewed');
  expect(said(setting)).toEqual(['plumbline/preview pending', 'plumbline/preview success']);
  expect([...forge.comments.keys()]).toEqual([1]);
});

test('what cannot be compared at all is told as it is', async () => {
  const setting = await openSetting();
  await setting.origin.git('symbolic-ref', 'HEAD', 'refs/heads/main');
  const tree = await setting.origin.git('rev-parse', 'main^{tree}');
  const alone = await setting.origin.git('commit-tree', '-m', 'alone', tree);
  await setting.origin.git('update-ref', 'refs/pull/1/head', alone);
  setting.forge.pulls.set(1, pullRequest(1, alone));
  setting.previews.news(news(1, 'opened'));
  await setting.until('previewed');
  const [{ status } = { status: undefined }] = setting.forge.statuses.slice(-1);
  expect(status).toMatchObject({ state: 'failure' });
  expect(status?.description).toContain('have no commit in common');
});

test('nothing is rendered for an Application that is about to be', async () => {
  const setting = await openSetting({ isRendered: false });
  await setting.propose(1, { 'web/config.yaml': config('two') });
  const listed = Promise.withResolvers<void>();
  setting.forge.before = (request) => {
    if (request === 'list') listed.resolve();
  };
  setting.previews.update('prod/apps');
  await listed.promise;
  setting.previews.fetched('prod/apps');
  setting.render();
  await setting.until('previewed');
  expect(said(setting)).toEqual(['plumbline/preview pending', 'plumbline/preview success']);
});

test('Repositories that stand for one repository have a status each', async () => {
  const setting = await openSetting({ siblings: ['team-b/apps'] });
  await setting.propose(1, { 'web/config.yaml': config('two') });
  setting.previews.news(news(1, 'opened'));
  await setting.until('previewed');
  expect(said(setting)).toEqual(['plumbline/preview/prod/apps pending', 'plumbline/preview/prod/apps success']);
});

test('nothing is said where nothing that is deployed follows the branch', async () => {
  const setting = await openSetting();
  const pull = await setting.propose(1, { 'web/config.yaml': config('two') });
  setting.forge.pulls.set(1, { ...pull, base: { branch: 'release' } });
  const asked: string[] = [];
  const read = Promise.withResolvers<void>();
  setting.forge.before = (request) => {
    asked.push(request);
    if (request === 'pull request 2') read.resolve();
  };
  setting.previews.news(news(1, 'opened'));
  await setting.propose(2, { 'README.md': 'read' });
  setting.previews.news(news(2, 'opened'));
  await setting.until('previewed');
  // The second one touches nothing: it has a status, and no comment.
  expect(said(setting)).toEqual(['plumbline/preview pending', 'plumbline/preview success']);
  expect([...setting.forge.comments.keys()]).toEqual([]);
  expect(asked.filter((request) => request.includes('1'))).toEqual(['pull request 1']);
});
