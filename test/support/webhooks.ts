import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebhookKind } from '../../src/forge/index.ts';

const folder = join(import.meta.dirname, '..', '..', 'src', 'forge', 'webhooks', 'fixtures');

/** A payload as a product's documentation describes it. */
export interface WebhookFixture {
  /** Page of the documentation that says so. */
  readonly source: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Names of all fixtures, such as `github-push`. */
export const webhookFixtures: readonly string[] = readdirSync(folder)
  .map((file) => file.replace(/\.json$/, ''))
  .toSorted();

/** The fixture of this name. */
export function webhookFixture(name: string): WebhookFixture {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as WebhookFixture;
}

/** What a product would send. */
export interface SentWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the secret goes that is in no header. */
  readonly pathSecret?: string;
}

/** HMAC-SHA256 in hexadecimal digits. */
export function hexHmac(secret: string, body: string | Buffer): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** The headers of Standard Webhooks, for a secret `whsec_…`. */
export function standardHeaders(
  secret: string,
  body: Buffer,
  id: string,
  milliseconds: number,
): Record<string, string> {
  const time = String(Math.floor(milliseconds / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
}

/** Adds to a request what shows that its sender knows the secret, as the product does it. */
export function proveWebhook(
  kind: WebhookKind,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  secret: string,
): SentWebhook {
  const hex = (): string => hexHmac(secret, body);
  // Node takes a header for bytes, one character each.
  const inHeader = Buffer.from(secret).toString('latin1');
  const proofs: Readonly<Record<WebhookKind, () => { headers?: Record<string, string>; pathSecret?: string }>> = {
    github: () => ({ headers: { 'x-hub-signature-256': `sha256=${hex()}` } }),
    ghcr: () => ({ headers: { 'x-hub-signature-256': `sha256=${hex()}` } }),
    gitlab: () => ({ headers: { 'x-gitlab-token': inHeader } }),
    gitea: () => ({ headers: { 'x-gitea-signature': hex(), 'x-hub-signature-256': `sha256=${hex()}` } }),
    'bitbucket-cloud': () => ({ headers: { 'x-hub-signature': `sha256=${hex()}` } }),
    'bitbucket-data-center': () => ({ headers: { 'x-hub-signature': `sha256=${hex()}` } }),
    'azure-devops': () => ({
      headers: { authorization: `Basic ${Buffer.from(`plumbline:${secret}`).toString('base64')}` },
    }),
    harbor: () => ({ headers: { authorization: inHeader } }),
    'docker-hub': () => ({ pathSecret: secret }),
    quay: () => ({ pathSecret: secret }),
    generic: () => ({ headers: { 'x-signature-256': `sha256=${hex()}` } }),
  };
  const proof = proofs[kind]();
  return {
    headers: { ...headers, ...proof.headers },
    body,
    ...(proof.pathSecret === undefined ? {} : { pathSecret: proof.pathSecret }),
  };
}

/** A fixture as its product would send it. */
export function sentWebhook(name: string, secret: string, change: Readonly<Record<string, unknown>> = {}): SentWebhook {
  const { headers, body } = webhookFixture(name);
  return proveWebhook(kindOf(name), headers, Buffer.from(JSON.stringify({ ...body, ...change })), secret);
}

/** The product of a fixture. */
export function kindOf(name: string): WebhookKind {
  const two = /^(bitbucket-cloud|bitbucket-data-center|azure-devops|docker-hub)-/.exec(name)?.[1];
  const one = two ?? name.split('-')[0];
  return (one === 'forgejo' ? 'gitea' : one) as WebhookKind;
}
