import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Repository } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import {
  type Delivery,
  receiveWebhook,
  type ReceivedWebhook,
  type RefMove,
  verifySecrets,
  type WebhookEvent,
  type WebhookKind,
  type WebhookRequest,
} from '../../forge/index.ts';
import { createBurst } from '../repository/burst.ts';
import type { RepositoryIndex } from '../repository/repository-index.ts';
import type { WebhookSecrets } from './webhook-secrets.ts';

/** What becomes of a webhook. */
export type WebhookOutcome = {
  readonly kind: WebhookKind | undefined;
  /** As the product calls this delivery. */
  readonly id: string | undefined;
} & (
  | {
      readonly state: 'accepted';
      /** Types of its events. */
      readonly events: readonly string[];
      /** The Repositories that it speaks of, and for which it proved to know a secret. */
      readonly repositories: readonly string[];
      /** To be called once, after the answer. */
      readonly work: () => void;
    }
  /** The same request was accepted before. */
  | { readonly state: 'repeated' }
  /** It proved to know a secret, and cannot be read. */
  | { readonly state: 'unreadable'; readonly problems: readonly [Problem, ...Problem[]] }
  /** It proved nothing; the reason is for the log, and never for the sender. */
  | { readonly state: 'refused'; readonly reason: string }
);

/** What a pull request's webhook means for the Repositories that it speaks of. */
export interface PullRequestNews {
  /** `namespace/name` of each. */
  readonly repositories: readonly string[];
  readonly event: Extract<WebhookEvent, { readonly type: 'pull-request' }>;
}

/** Takes webhooks. */
export interface Webhooks {
  /** Decides what becomes of a request; does nothing more before `work` is called. */
  receive(request: WebhookRequest): WebhookOutcome;
  /** A Repository is there, or has changed. */
  update(id: string, repository: Repository): void;
  delete(id: string): void;
}

/** What webhooks need. */
export interface WebhooksOptions {
  readonly index: RepositoryIndex;
  readonly secrets: WebhookSecrets;
  /** Fetches what the news makes necessary; false where nothing is. */
  readonly fetch: (id: string, moves: readonly RefMove[] | undefined) => boolean;
  readonly onPullRequest: (news: PullRequestNews) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly schedule: (milliseconds: number, callback: () => void) => () => void;
}

/** Requests that are remembered, so that none is accepted twice. */
const remembered = 10_000;
/** How long news waits that comes right after other news of the same Repository, in milliseconds. */
const settleMilliseconds = 2_000;

/** Joins what a request says with whose secret it knows. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { index, secrets } = options;
  const seen = new LRUCache<string, true>({ max: remembered });
  const burst = createBurst({
    milliseconds: settleMilliseconds,
    act: options.fetch,
    schedule: options.schedule,
  });

  const receive = (request: WebhookRequest): WebhookOutcome => {
    const received = receiveWebhook(request, options.now());
    const { kind, id, content } = received;
    const candidates = content.state === 'read' ? [...index.find(content.delivery.repositories)] : [];
    const { installation, allowed } = authorize(received, candidates);
    if (!installation && allowed.length === 0) {
      return { kind, id, state: 'refused', reason: reasonOf(received, candidates) };
    }
    if (content.state === 'unreadable') return { kind, id, state: 'unreadable', problems: content.problems };
    if (isRepeated(received, installation, allowed)) return { kind, id, state: 'repeated' };
    const { delivery } = content;
    return {
      kind,
      id,
      state: 'accepted',
      events: delivery.events.map(({ type }) => type),
      repositories: allowed,
      work: () => workOff(delivery, allowed),
    };
  };

  /** A secret of the installation speaks for every Repository, a Repository's own for that one alone. */
  const authorize = ({ proof }: ReceivedWebhook, candidates: readonly string[]) => {
    const shared = secrets.installation();
    const own = candidates.flatMap((id) => secrets.of(id).map((secret) => ({ id, secret })));
    const results = verifySecrets(proof, [...shared, ...own.map(({ secret }) => secret)]);
    const installation = results.slice(0, shared.length).includes(true);
    const proved = own.filter((_, position) => results[shared.length + position] === true).map(({ id }) => id);
    return { installation, allowed: installation ? candidates : [...new Set(proved)] };
  };

  const isRepeated = ({ replay }: ReceivedWebhook, installation: boolean, allowed: readonly string[]): boolean => {
    if (replay === undefined) return false;
    // By whose secret it was proved, too: nobody can use up what another one will send.
    const who = installation ? 'installation' : allowed.join(' ');
    const key = createHash('sha256').update(`${who} ${replay}`).digest('base64');
    if (seen.has(key)) return true;
    seen.set(key, true);
    return false;
  };

  const reasonOf = ({ kind, content }: ReceivedWebhook, candidates: readonly string[]): string => {
    if (kind === undefined) return 'unknown product';
    if (content.state === 'unreadable') return 'unreadable, and no secret of the installation';
    if (candidates.length === 0) return 'unknown repository, and no secret of the installation';
    const known = secrets.installation().length + candidates.flatMap((id) => secrets.of(id)).length;
    return known === 0 ? 'no secret to compare with' : 'another secret, or none';
  };

  const workOff = ({ events }: Delivery, ids: readonly string[]): void => {
    const moves = events.flatMap((event) => (event.type === 'push' || event.type === 'tag' ? [event] : []));
    const isImage = events.some(({ type }) => type === 'image');
    if (isImage || moves.length > 0) for (const id of ids) burst.add(id, isImage ? undefined : moves);
    for (const event of events) {
      if (event.type === 'pull-request') options.onPullRequest({ repositories: ids, event });
    }
  };

  return {
    receive,
    update(id, { metadata, spec }) {
      index.set(id, spec.url);
      const name = spec.webhook?.secretRef.name;
      secrets.set(id, name === undefined ? undefined : { namespace: metadata.namespace, name });
    },
    delete(id) {
      index.delete(id);
      secrets.set(id, undefined);
      burst.delete(id);
    },
  };
}
