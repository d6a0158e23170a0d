import { expect, test } from 'vitest';
import { proveWebhook, sentWebhook, type SentWebhook } from '../../../test/support/webhooks.ts';
import type { Repository } from '../../api/index.ts';
import type { RefMove } from '../../forge/index.ts';
import { type Sensitive, sensitive } from '../../sensitive.ts';
import { createRepositoryIndex } from '../repository/repository-index.ts';
import { createWebhooks, type PullRequestNews, type WebhookOutcome } from './webhooks.ts';

interface Setting {
  /** Repositories by `namespace/name`: URL, and what is in their Secret. */
  readonly repositories?: Readonly<Record<string, readonly [url: string, ...secrets: string[]]>>;
  readonly installation?: readonly string[];
}

const secretsOf = (texts: readonly string[]): readonly Sensitive[] => texts.map((text) => sensitive(text));

function open({ repositories = {}, installation = [] }: Setting) {
  const fetched: string[] = [];
  const pullRequests: PullRequestNews[] = [];
  const index = createRepositoryIndex();
  const webhooks = createWebhooks({
    index,
    secrets: {
      installation: () => secretsOf(installation),
      of: (id) => secretsOf(repositories[id]?.slice(1) ?? []),
      problems: () => undefined,
      set: () => {},
      settled: Promise.resolve(),
    },
    fetch: (id, moves: readonly RefMove[] | undefined) => {
      fetched.push(`${id} ${moves?.map(({ ref }) => ref).join(' ') ?? 'all'}`);
      return true;
    },
    onPullRequest: (news) => pullRequests.push(news),
    now: () => 0,
    schedule: () => () => {},
  });
  for (const [id, [url]] of Object.entries(repositories)) {
    const [namespace = '', name = ''] = id.split('/');
    webhooks.update(id, { metadata: { namespace, name }, spec: { url } } as Repository);
  }
  const send = (sent: SentWebhook): WebhookOutcome => {
    const outcome = webhooks.receive(sent);
    if (outcome.state === 'accepted') outcome.work();
    return outcome;
  };
  return { webhooks, send, fetched, pullRequests };
}

const app = 'https://github.com/example/app';

test('the secret of a Repository lets it be fetched, and no other one of the same URL', () => {
  const { send, fetched } = open({
    repositories: { 'a/app': [app, 'ours'], 'b/app': ['git@github.com:example/app.git', 'theirs'], 'c/app': [app] },
  });
  expect(send(sentWebhook('github-push', 'ours'))).toMatchObject({
    state: 'accepted',
    kind: 'github',
    events: ['push'],
    repositories: ['a/app'],
  });
  expect(fetched).toEqual(['a/app refs/heads/main']);
});

test('the secret of the installation speaks for all of them, and for those that nobody watches without a fetch', () => {
  const { send, fetched } = open({
    repositories: { 'a/app': [app, 'ours'], 'b/app': [app] },
    installation: ['first', 'second'],
  });
  expect(send(sentWebhook('github-push', 'second'))).toMatchObject({
    state: 'accepted',
    repositories: ['a/app', 'b/app'],
  });
  expect(fetched).toEqual(['a/app refs/heads/main', 'b/app refs/heads/main']);
  expect(send(sentWebhook('gitlab-push', 'first'))).toMatchObject({ state: 'accepted', repositories: [] });
  expect(fetched).toHaveLength(2);
});

test('both secrets of a rotation are right, and neither is told apart', () => {
  const { send } = open({ repositories: { 'a/app': [app, 'new', 'old'] } });
  expect(send(sentWebhook('github-push', 'new')).state).toBe('accepted');
  expect(send(sentWebhook('github-push', 'old', { again: 1 })).state).toBe('accepted');
});

test('no Repository, no secret, another secret and no proof are refused alike, each with its reason for the log', () => {
  const { send, fetched } = open({
    repositories: { 'a/app': [app, 'ours'], 'b/bare': ['https://gitlab.com/example/app'] },
  });
  const reasons = [
    sentWebhook('gitea-push', 'ours'),
    sentWebhook('gitlab-push', ''),
    sentWebhook('github-push', 'guess'),
    { ...sentWebhook('github-push', 'ours'), headers: { 'x-github-event': 'push' } },
    { headers: {}, body: Buffer.from('{}') },
    proveWebhook('github', { 'x-github-event': 'push' }, Buffer.from('{'), 'ours'),
  ].map((sent) => {
    const outcome = send(sent);
    expect(outcome.state).toBe('refused');
    return outcome.state === 'refused' ? outcome.reason : '';
  });
  expect(reasons).toEqual([
    'unknown repository, and no secret of the installation',
    'no secret to compare with',
    'another secret, or none',
    'another secret, or none',
    'unknown product',
    'unreadable, and no secret of the installation',
  ]);
  expect(fetched).toEqual([]);
});

test('what cannot be read is explained to who knows the secret of the installation', () => {
  const { send } = open({ installation: ['shared'] });
  const broken = proveWebhook('github', { 'x-github-event': 'push' }, Buffer.from('{"ref":1}'), 'shared');
  expect(send(broken)).toMatchObject({ state: 'unreadable', problems: [{ code: 'forge.webhook-invalid' }, {}] });
});

test('the same request is accepted once, by whatever name the sender calls it', () => {
  const { send, fetched } = open({ repositories: { 'a/app': [app, 'ours'], 'b/app': [app, 'theirs'] } });
  const sent = sentWebhook('github-push', 'ours');
  expect(send(sent).state).toBe('accepted');
  expect(send(sent).state).toBe('repeated');
  expect(send({ ...sent, headers: { ...sent.headers, 'x-github-delivery': 'another' } }).state).toBe('repeated');
  expect(fetched).toEqual(['a/app refs/heads/main']);
  // What one has sent does not use up what another one sends.
  expect(send(sentWebhook('github-push', 'theirs')).state).toBe('accepted');
});

test('a request that was refused is not remembered', () => {
  const { webhooks, send } = open({ repositories: { 'a/app': [app, 'ours'] } });
  const sent = sentWebhook('github-push', 'ours');
  webhooks.delete('a/app');
  expect(send(sent).state).toBe('refused');
  webhooks.update('a/app', { metadata: { namespace: 'a', name: 'app' }, spec: { url: app } } as Repository);
  expect(send(sent).state).toBe('accepted');
});

test('a pull request is handed on with the Repositories that it concerns, and fetches nothing', () => {
  const { send, fetched, pullRequests } = open({ repositories: { 'a/app': [app, 'ours'], 'b/app': [app] } });
  expect(send(sentWebhook('github-pull-request', 'ours')).state).toBe('accepted');
  expect(pullRequests).toMatchObject([{ repositories: ['a/app'], event: { number: 12, action: 'updated' } }]);
  expect(fetched).toEqual([]);
});

test('nothing is done before the work is called for', () => {
  const { webhooks, fetched } = open({ repositories: { 'a/app': [app, 'ours'] } });
  const outcome = webhooks.receive(sentWebhook('github-push', 'ours'));
  expect(fetched).toEqual([]);
  if (outcome.state === 'accepted') outcome.work();
  expect(fetched).toHaveLength(1);
});

test('all that one push has moved is looked at together', () => {
  const { send, fetched } = open({ repositories: { 'a/app': ['https://bitbucket.org/example/app', 'ours'] } });
  expect(send(sentWebhook('bitbucket-cloud-push', 'ours'))).toMatchObject({ events: ['push', 'tag', 'push'] });
  expect(fetched).toEqual(['a/app refs/heads/main refs/tags/v1.2.3 refs/heads/old']);
});

test('an image reaches the Repository of its own, and the one in which it is one chart of several', () => {
  const { send, fetched } = open({
    repositories: {
      'a/oci': ['oci://quay.io/example/app', 'ours'],
      'a/charts': ['oci://quay.io/example', 'ours'],
      'a/other': ['oci://quay.io/example/other', 'ours'],
    },
  });
  const { pathSecret } = sentWebhook('quay-push', 'ours');
  expect(pathSecret).toBe('ours');
  expect(send(sentWebhook('quay-push', 'ours'))).toMatchObject({ state: 'accepted', events: ['image', 'image'] });
  expect(fetched).toEqual(['a/oci all', 'a/charts all']);
});

test('a chart that was pushed reaches the repository of charts above it, and not one of its neighbours', () => {
  const { send, fetched } = open({
    repositories: { 'a/charts': ['oci://quay.io/example', 'ours'], 'a/other': ['oci://quay.io/example/other', 'ours'] },
  });
  expect(send(sentWebhook('quay-push', 'ours'))).toMatchObject({ state: 'accepted' });
  expect(fetched).toEqual(['a/charts all']);
});

test('many secrets of many Repositories of one URL are all tried', () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, number) => [`n${number}/app`, [app, `secret ${number}`] as const]),
  );
  const { send } = open({ repositories: many });
  expect(send(sentWebhook('github-push', 'secret 29'))).toMatchObject({ repositories: ['n29/app'] });
});
