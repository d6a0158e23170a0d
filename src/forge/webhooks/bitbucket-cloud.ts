import { Type } from 'typebox';
import { commit, commitId, keysOf, maybe, moveOf, pullRequestNumber, readAs, text } from './fields.ts';
import { bodyProof, hexSignature } from './headers.ts';
import type { Delivery, PullRequestAction, WebhookEvent, WebhookFormat } from './types.ts';

const repository = Type.Object({
  full_name: maybe(text),
  links: maybe(Type.Object({ html: maybe(Type.Object({ href: maybe(text) })) })),
});
const named = Type.Object({ repository: maybe(repository) });
const side = maybe(Type.Object({ type: text, name: text, target: maybe(Type.Object({ hash: maybe(commitId) })) }));
const push = Type.Object({
  push: Type.Object({ changes: Type.Array(Type.Object({ old: side, new: side }), { maxItems: 1000 }) }),
  repository,
});
const end = Type.Object({
  branch: Type.Object({ name: text }),
  commit: maybe(Type.Object({ hash: maybe(commitId) })),
});
const pullRequest = Type.Object({
  pullrequest: Type.Object({ id: pullRequestNumber, source: end, destination: end }),
  repository,
});
const comment = Type.Object({
  actor: maybe(Type.Object({ nickname: maybe(text), display_name: maybe(text) })),
  pullrequest: Type.Object({ id: pullRequestNumber }),
  comment: Type.Object({ id: Type.Integer(), content: Type.Object({ raw: Type.String() }) }),
  repository,
});

const actions: Readonly<Record<string, PullRequestAction>> = {
  'pullrequest:created': 'opened',
  'pullrequest:updated': 'updated',
  'pullrequest:fulfilled': 'merged',
  'pullrequest:rejected': 'closed',
};

/** Bitbucket Cloud. https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/ */
export const bitbucketCloud: WebhookFormat = {
  kind: 'bitbucket-cloud',
  tells: (headers) =>
    headers['x-hook-uuid'] !== undefined || /^(repo:push$|pullrequest:)/.test(headers['x-event-key'] ?? ''),
  proof: (request) => bodyProof(request, hexSignature(request.headers['x-hub-signature'], 'sha256=')),
  id: ({ headers }) => headers['x-request-uuid'],
  replay: ({ headers }) => headers['x-hub-signature'],
  read({ headers }, payload) {
    const name = headers['x-event-key'] ?? '';
    if (name === 'repo:push') return readPush(payload);
    const action = actions[name];
    if (action !== undefined) return readPullRequest(payload, action);
    if (name === 'pullrequest:comment_created') return readComment(payload);
    return { repositories: urlsOf(readAs(named, payload).repository), events: [{ type: 'other', name }] };
  },
};

/** It tells pages and no URLs to clone from; both have the same path. */
function urlsOf(about: Type.Static<typeof repository> | null | undefined): string[] {
  const name = about?.full_name;
  return keysOf(about?.links?.html?.href, name ? `https://bitbucket.org/${name}` : undefined);
}

function readPush(payload: unknown): Delivery {
  const { push: pushed, repository: about } = readAs(push, payload);
  const events = pushed.changes.flatMap(({ old, new: now }) => {
    const either = now ?? old;
    if (either === null || either === undefined) return [];
    const ref = `${either.type === 'tag' ? 'refs/tags/' : 'refs/heads/'}${either.name}`;
    return [moveOf(ref, old?.target?.hash, now?.target?.hash)];
  });
  return { repositories: urlsOf(about), events };
}

function readPullRequest(payload: unknown, action: PullRequestAction): Delivery {
  const { pullrequest: found, repository: about } = readAs(pullRequest, payload);
  const event: WebhookEvent = {
    type: 'pull-request',
    number: found.id,
    action,
    base: { branch: found.destination.branch.name, ...commit('commit', found.destination.commit?.hash) },
    head: { branch: found.source.branch.name, ...commit('commit', found.source.commit?.hash) },
  };
  return { repositories: urlsOf(about), events: [event] };
}

function readComment(payload: unknown): Delivery {
  const { actor, pullrequest: under, comment: written, repository: about } = readAs(comment, payload);
  const event: WebhookEvent = {
    type: 'comment',
    pullRequest: under.id,
    id: String(written.id),
    author: actor?.nickname ?? actor?.display_name ?? '',
    body: written.content.raw,
  };
  return { repositories: urlsOf(about), events: [event] };
}
