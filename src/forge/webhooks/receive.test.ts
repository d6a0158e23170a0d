import { expect, test } from 'vitest';
import {
  kindOf,
  proveWebhook,
  type SentWebhook,
  sentWebhook,
  webhookFixture,
  webhookFixtures,
} from '../../../test/support/webhooks.ts';
import { sensitive } from '../../sensitive.ts';
import { receiveWebhook } from './receive.ts';
import type { Delivery, ReceivedWebhook, WebhookEvent, WebhookKind, WebhookRequest } from './types.ts';
import { verifySecrets } from './verify.ts';

/**
 * The services cannot run here: each fixture has the fields that the named page of the product's documentation
 * lists, with values of our own.
 */
const secret = 'a secret – with ünicode';
const now = Date.UTC(2026, 10, 21, 12);
const a = '1'.repeat(40);
const b = '2'.repeat(40);
const digest = `sha256:${'ab'.repeat(32)}`;

const push: WebhookEvent = { type: 'push', ref: 'refs/heads/main', before: a, after: b };
const tag: WebhookEvent = { type: 'tag', ref: 'refs/tags/v1.2.3', after: b };
const deleted: WebhookEvent = { type: 'push', ref: 'refs/heads/old', before: a };
const updated: WebhookEvent = {
  type: 'pull-request',
  number: 12,
  action: 'updated',
  base: { branch: 'main', commit: a },
  head: { branch: 'more', commit: b },
};
const comment = (id: string, author = 'ada'): WebhookEvent => ({
  type: 'comment',
  pullRequest: 12,
  id,
  author,
  body: '/plumb preview',
});
const image = (name: string): WebhookEvent => ({ type: 'image', image: name, tag: 'v1.2.3', digest });

const expected: Readonly<Record<string, readonly [repository: string | undefined, ...events: WebhookEvent[]]>> = {
  'github-push': ['github.com/example/app', push],
  'github-push-tag': ['github.com/example/app', tag],
  'github-push-delete': ['github.com/example/app', deleted],
  'github-ping': [undefined, { type: 'ping' }],
  'github-pull-request': ['github.com/example/app', updated],
  'github-comment': ['github.com/example/app', comment('99262140')],
  'ghcr-package': ['ghcr.io/example/app', image('ghcr.io/example/app')],
  'ghcr-registry-package': ['ghcr.io/example/app', { type: 'image', image: 'ghcr.io/example/app', digest }],
  'gitlab-push': ['gitlab.com/example/app', push],
  'gitlab-tag': ['gitlab.com/example/app', tag],
  'gitlab-merge-request': ['gitlab.com/example/app', { ...updated, base: { branch: 'main' } }],
  'gitlab-note': ['gitlab.com/example/app', comment('1244')],
  'gitea-push': ['localhost/example/app', push],
  'gitea-create-tag': ['localhost/example/app', tag],
  'gitea-pull-request': ['localhost/example/app', updated],
  'gitea-comment': ['localhost/example/app', comment('51')],
  'forgejo-push': ['localhost/example/app', push],
  'bitbucket-cloud-push': ['bitbucket.org/example/app', push, tag, deleted],
  'bitbucket-cloud-pull-request': [
    'bitbucket.org/example/app',
    {
      ...updated,
      base: { branch: 'main', commit: a.slice(0, 12) },
      head: { branch: 'more', commit: b.slice(0, 12) },
    },
  ],
  'bitbucket-cloud-comment': ['bitbucket.org/example/app', comment('17')],
  'bitbucket-data-center-push': ['bitbucket.example.org/scm/ex/app', push, tag],
  'bitbucket-data-center-pull-request': ['bitbucket.example.org/scm/ex/app', { ...updated, action: 'opened' }],
  'bitbucket-data-center-comment': ['bitbucket.example.org/scm/ex/app', comment('62')],
  'bitbucket-data-center-ping': [undefined, { type: 'ping' }],
  'azure-devops-push': ['dev.azure.com/example/my project/_git/app', push],
  'azure-devops-pull-request': ['dev.azure.com/example/my project/_git/app', updated],
  'azure-devops-comment': ['dev.azure.com/example/my project/_git/app', comment('2', 'Ada')],
  'docker-hub-push': ['docker.io/example/app', { type: 'image', image: 'docker.io/example/app', tag: 'v1.2.3' }],
  'harbor-push': [
    'harbor.example.org/example/app',
    image('harbor.example.org/example/app'),
    { type: 'image', image: 'harbor.example.org/example/app', digest },
  ],
  'harbor-cloud-event': ['harbor.example.org/example/app', image('harbor.example.org/example/app')],
  'harbor-pull': ['harbor.example.org/example/app', { type: 'other', name: 'PULL_ARTIFACT' }],
  'quay-push': [
    'quay.io/example/app',
    { type: 'image', image: 'quay.io/example/app', tag: 'v1.2.3' },
    { type: 'image', image: 'quay.io/example/app', tag: 'latest' },
  ],
};

function received(sent: SentWebhook, kind?: WebhookKind): ReceivedWebhook {
  return receiveWebhook({ ...sent, ...(kind === undefined ? {} : { kind }) }, now);
}

function deliveryOf({ content }: ReceivedWebhook): Delivery {
  if (content.state !== 'read') throw new Error(content.problems[0].message);
  return content.delivery;
}

/** Whether the request shows that its sender knows the secret, beside one that it does not know. */
function isProved(webhook: ReceivedWebhook, known = secret): boolean {
  const [wrong, right] = verifySecrets(webhook.proof, [sensitive('another secret'), sensitive(known)]);
  expect(wrong).toBe(false);
  return right === true;
}

test('every fixture names the page that it comes from, and is expected to say something', () => {
  expect(Object.keys(expected).toSorted()).toEqual(webhookFixtures);
  for (const name of webhookFixtures) expect(webhookFixture(name).source).toMatch(/^https:\/\//);
});

test.each(webhookFixtures)('%s is told, proved and read', (name) => {
  const webhook = received(sentWebhook(name, secret));
  const [repository, ...events] = expected[name] ?? [];
  expect(webhook.kind).toBe(kindOf(name));
  expect(isProved(webhook)).toBe(true);
  const delivery = deliveryOf(webhook);
  expect(delivery.events).toEqual(events);
  if (repository === undefined) expect(delivery.repositories).toEqual([]);
  else expect(delivery.repositories).toContain(repository);
});

test.each(webhookFixtures)('%s is the same where the path names the product', (name) => {
  const sent = sentWebhook(name, secret);
  expect(received(sent, kindOf(name))).toEqual(received(sent));
});

test.each(webhookFixtures)('%s with another secret, none, or half a proof is not proved', (name) => {
  const { headers, body } = webhookFixture(name);
  const raw = Buffer.from(JSON.stringify(body));
  const kind = kindOf(name);
  const wrong = proveWebhook(kind, headers, raw, 'not it');
  expect(isProved(received(wrong, kind))).toBe(false);
  expect(isProved(received({ headers, body: raw }, kind))).toBe(false);
  const right = proveWebhook(kind, headers, raw, secret);
  const halved = Object.fromEntries(
    Object.entries(right.headers).map(([key, value]) => [key, value === headers[key] ? value : value.slice(0, -2)]),
  );
  const half = { ...right, headers: halved, ...(right.pathSecret === undefined ? {} : { pathSecret: 'a secret' }) };
  expect(isProved(received(half, kind))).toBe(false);
  expect(isProved(received(proveWebhook(kind, headers, raw, ''), kind), '')).toBe(false);
});

const signed = webhookFixtures.filter((name) => !/^(gitlab|azure|harbor|docker|quay)/.test(name));

test.each(signed)('%s with one byte changed is not proved', (name) => {
  const sent = sentWebhook(name, secret);
  const body = Buffer.from(sent.body);
  body[body.length - 2] = (body[body.length - 2] ?? 0) ^ 1;
  expect(isProved(received({ ...sent, body }))).toBe(false);
  expect(isProved(received({ ...sent, body: Buffer.concat([sent.body, Buffer.from(' ')]) }))).toBe(false);
});

test.each(webhookFixtures)('%s that is cut off is proved as far as its proof goes, and unreadable', (name) => {
  const { headers, body } = webhookFixture(name);
  const cut = Buffer.from(JSON.stringify(body)).subarray(0, -5);
  const webhook = received(proveWebhook(kindOf(name), headers, cut, secret), kindOf(name));
  expect(isProved(webhook)).toBe(true);
  expect(webhook.content).toMatchObject({ state: 'unreadable', problems: [{ code: 'forge.webhook-invalid' }] });
  expect(JSON.stringify(webhook.content)).not.toContain('example/app');
});

test('an SHA-1 signature, and one of another algorithm under the right name, are none', () => {
  const sent = sentWebhook('github-push', secret);
  const signature = sent.headers['x-hub-signature-256'] ?? '';
  for (const headers of [
    { ...sent.headers, 'x-hub-signature-256': '', 'x-hub-signature': signature },
    { ...sent.headers, 'x-hub-signature-256': signature.replace('sha256=', 'sha512=') },
    { ...sent.headers, 'x-hub-signature-256': `${signature}, ${signature}` },
    { ...sent.headers, 'x-hub-signature-256': signature.slice('sha256='.length) },
  ]) {
    expect(isProved(received({ ...sent, headers }))).toBe(false);
  }
});

test('a form with the payload in it is read: GitHub signs the form, Gitea the payload', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const name of ['github-push', 'gitea-push']) {
    const { headers, body } = webhookFixture(name);
    const json = Buffer.from(JSON.stringify(body));
    const encoded = Buffer.from(new URLSearchParams({ payload: json.toString() }).toString());
    const overForm = proveWebhook(kindOf(name), { ...headers, ...form }, encoded, secret);
    const overJson = {
      headers: { ...proveWebhook(kindOf(name), headers, json, secret).headers, ...form },
      body: encoded,
    };
    const [right, wrong] = name === 'github-push' ? [overForm, overJson] : [overJson, overForm];
    expect(deliveryOf(received(right)).events).toEqual([push]);
    expect([isProved(received(right)), isProved(received(wrong))]).toEqual([true, false]);
  }
});

test.each<[string, object, string]>([
  ['github-pull-request', { action: 'closed' }, 'closed'],
  ['github-pull-request', { action: 'opened' }, 'opened'],
  ['github-pull-request', { action: 'ready_for_review' }, 'edited'],
  ['gitea-pull-request', { action: 'closed' }, 'closed'],
])('%s with %j is %s', (name, change, action) => {
  const { events } = deliveryOf(received(sentWebhook(name, secret, change as Record<string, unknown>)));
  expect(events).toMatchObject([{ type: 'pull-request', action }]);
});

test('what nobody needs to know is known as something else, with its repository', () => {
  const { headers, body } = webhookFixture('github-push');
  const other = proveWebhook(
    'github',
    { ...headers, 'x-github-event': 'star' },
    Buffer.from(JSON.stringify(body)),
    secret,
  );
  expect(deliveryOf(received(other))).toMatchObject({
    repositories: ['github.com/example/app'],
    events: [{ type: 'other', name: 'star' }],
  });
  const assigned = sentWebhook('github-pull-request', secret, { action: 'assigned' });
  expect(deliveryOf(received(assigned)).events).toEqual([{ type: 'other', name: 'pull_request assigned' }]);
});

test('a repository that is known under two URLs is known under both', () => {
  const { repositories } = deliveryOf(received(sentWebhook('bitbucket-data-center-push', secret)));
  expect(repositories).toEqual(['bitbucket.example.org/ex/app', 'bitbucket.example.org/scm/ex/app']);
});

test('a field of the wrong form is told with its place, and with nothing of what it held', () => {
  const sent = sentWebhook('github-push', secret, { ref: { $ne: null }, after: 'my password' });
  const { content } = received(sent);
  expect(content).toMatchObject({
    state: 'unreadable',
    problems: [{ code: 'forge.webhook-invalid', where: { field: 'ref' } }, { where: { field: 'after' } }],
  });
  expect(JSON.stringify(content)).not.toContain('my password');
});

test('keys that stand twice, __proto__ and deep nesting are only JSON', () => {
  const { headers, body } = webhookFixture('github-push');
  const json = JSON.stringify(body);
  const bodies = [
    json.replace('{', '{"ref":"refs/heads/evil","__proto__":{"ref":"refs/heads/evil"},'),
    json.replace('{', `{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`),
    json.replace('{', `{"constructor":{"prototype":{"ref":"x"}},"huge":"${'x'.repeat(1_000_000)}",`),
  ];
  for (const raw of bodies) {
    expect(deliveryOf(received(proveWebhook('github', headers, Buffer.from(raw), secret))).events).toEqual([push]);
  }
  expect(({} as { ref?: string }).ref).toBeUndefined();
});

test('a body that is not UTF-8 is unreadable, and one with a byte order mark is read', () => {
  const { headers, body } = webhookFixture('github-push');
  const latin = proveWebhook('github', headers, Buffer.from(JSON.stringify(body), 'latin1'), secret);
  expect(received(latin).content.state).toBe('unreadable');
  const marked = proveWebhook('github', headers, Buffer.from(`\uFEFF${JSON.stringify(body)}`), secret);
  expect(deliveryOf(received(marked)).events).toEqual([push]);
});

test('what nothing tells is unknown, whatever it holds', () => {
  for (const text of ['{}', '[]', 'null', '7', '', 'nonsense', '{"type":"PUSH_ARTIFACT"}']) {
    const webhook = received({ headers: {}, body: Buffer.from(text) });
    expect(webhook).toMatchObject({ kind: undefined, content: { problems: [{ code: 'forge.webhook-unknown' }] } });
    expect(isProved(webhook)).toBe(false);
  }
});

test('a delivery id is cut and cleaned before it stands anywhere', () => {
  const sent = sentWebhook('github-push', secret);
  const headers = { ...sent.headers, 'x-github-delivery': `x\u001b[2J"${'y'.repeat(1000)}` };
  expect(received({ ...sent, headers }).id).toMatch(/^x\?\?2J\?y{100,194}$/);
});

const key = (request: WebhookRequest): string | undefined => receiveWebhook(request, now).replay;

test('what tells a replay cannot be changed by who does not know the secret', () => {
  for (const name of signed) {
    const sent = sentWebhook(name, secret);
    const renamed = Object.fromEntries(
      Object.entries(sent.headers).map(([header, value]) => [header, /delivery|request/.test(header) ? 'new' : value]),
    );
    expect(key(sent)).toBeDefined();
    expect(key({ ...sent, headers: renamed })).toBe(key(sent));
    expect(key(sentWebhook(name, secret, { another: true }))).not.toBe(key(sent));
  }
});
