import { expect, test } from 'vitest';
import { proveWebhook, standardHeaders } from '../../../test/support/webhooks.ts';
import { sensitive } from '../../sensitive.ts';
import { receiveWebhook } from './receive.ts';
import type { WebhookRequest } from './types.ts';
import { verifySecrets } from './verify.ts';

const now = Date.UTC(2026, 10, 21, 12);
const key = `whsec_${Buffer.from('k'.repeat(32)).toString('base64')}`;
const after = '2'.repeat(40);
const body = Buffer.from(
  JSON.stringify({ repository: 'git@git.example.org:team/app.git', ref: 'refs/heads/main', after }),
);

function isProved(request: WebhookRequest, secret: string): boolean {
  return verifySecrets(receiveWebhook(request, now).proof, [sensitive(secret)])[0] === true;
}

function eventsOf(payload: object): unknown {
  const sent = proveWebhook('generic', {}, Buffer.from(JSON.stringify(payload)), 'secret');
  const { content } = receiveWebhook(sent, now);
  return content.state === 'read' ? content.delivery : content.problems.map(({ where }) => where?.field);
}

test('a push, an image, both, or a repository alone can be told', () => {
  expect(eventsOf({ repository: 'https://git.example.org/team/app', ref: 'refs/heads/main', after })).toEqual({
    repositories: ['git.example.org/team/app'],
    events: [{ type: 'push', ref: 'refs/heads/main', after }],
  });
  expect(eventsOf({ repository: 'https://git.example.org/team/app' })).toEqual({
    repositories: ['git.example.org/team/app'],
    events: [{ type: 'push', ref: '' }],
  });
  expect(eventsOf({ image: 'registry.example.org:5000/team/app:v1' })).toEqual({
    repositories: ['registry.example.org/team/app', 'registry.example.org/team'],
    events: [{ type: 'image', image: 'registry.example.org:5000/team/app', tag: 'v1' }],
  });
  expect(eventsOf({})).toEqual({ repositories: [], events: [] });
  expect(eventsOf({ repository: 7, after: 'x' })).toEqual(['repository', 'after']);
});

test('Standard Webhooks: the signature is over id, time and body', () => {
  const headers = standardHeaders(key, body, 'msg_1', now);
  const webhook = receiveWebhook({ headers, body }, now);
  expect(webhook).toMatchObject({ kind: 'generic', id: 'msg_1', replay: 'generic msg_1' });
  expect(isProved({ headers, body }, key)).toBe(true);
  expect(isProved({ headers: { ...headers, 'webhook-id': 'msg_2' }, body }, key)).toBe(false);
  expect(isProved({ headers: { ...headers, 'webhook-timestamp': String(now / 1000 + 1) }, body }, key)).toBe(false);
  expect(isProved({ headers, body: Buffer.from('{}') }, key)).toBe(false);
});

test('during a rotation of the sender’s there are two signatures, and one of them is enough', () => {
  const headers = standardHeaders(key, body, 'msg_1', now);
  const other = standardHeaders(`whsec_${Buffer.from('o'.repeat(32)).toString('base64')}`, body, 'msg_1', now);
  const both = `${other['webhook-signature']} v2,unknown ${headers['webhook-signature']}`;
  expect(isProved({ headers: { ...headers, 'webhook-signature': both }, body }, key)).toBe(true);
  const many = `${`${other['webhook-signature']} `.repeat(100)}${headers['webhook-signature']}`;
  expect(isProved({ headers: { ...headers, 'webhook-signature': many }, body }, key)).toBe(false);
});

test('a signed time that is more than five minutes away, or none, proves nothing', () => {
  for (const [milliseconds, right] of [
    [0, true],
    [-299_000, true],
    [299_000, true],
    [-301_000, false],
    [301_000, false],
    [-now, false],
  ] as const) {
    expect(isProved({ headers: standardHeaders(key, body, 'msg_1', now + milliseconds), body }, key)).toBe(right);
  }
  const headers = { ...standardHeaders(key, body, 'msg_1', Number.NaN) };
  expect(headers['webhook-timestamp']).toBe('NaN');
  expect(isProved({ headers, body }, key)).toBe(false);
  expect(isProved({ headers: standardHeaders(key, body, '', now), body }, key)).toBe(false);
});

test('GitLab: a signing token signs and is never taken in clear; a secret token is', () => {
  const headers = { 'x-gitlab-event': 'Push Hook' };
  expect(isProved({ headers: { ...headers, ...standardHeaders(key, body, 'msg_1', now) }, body }, key)).toBe(true);
  expect(isProved({ headers: { ...headers, 'x-gitlab-token': key }, body }, key)).toBe(false);
  expect(isProved({ headers: { ...headers, 'x-gitlab-token': 'plain' }, body }, 'plain')).toBe(true);
  const webhook = receiveWebhook({ headers: { ...headers, ...standardHeaders(key, body, 'msg_1', now) }, body }, now);
  expect(webhook.replay).toBe('gitlab msg_1');
});

test('a secret without the prefix is no key of Standard Webhooks, nor is an empty one', () => {
  const headers = standardHeaders('whsec_', body, 'msg_1', now);
  expect(isProved({ headers, body }, 'whsec_')).toBe(false);
  expect(isProved({ headers: standardHeaders(key.slice(6), body, 'msg_1', now), body }, key.slice(6))).toBe(false);
});
