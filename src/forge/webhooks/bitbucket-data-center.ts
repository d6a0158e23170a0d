import { Type } from 'typebox';
import { branchName, commit, commitId, keysOf, maybe, moveOf, pullRequestNumber, readAs, text } from './fields.ts';
import { bodyProof, hexSignature } from './headers.ts';
import type { Delivery, PullRequestAction, WebhookEvent, WebhookFormat } from './types.ts';

const links = maybe(Type.Array(Type.Object({ href: maybe(text) }), { maxItems: 20 }));
const repository = Type.Object({ links: maybe(Type.Object({ clone: links, self: links })) });
const named = Type.Object({ repository: maybe(repository) });
const push = Type.Object({
  changes: Type.Array(Type.Object({ refId: text, fromHash: maybe(commitId), toHash: maybe(commitId) }), {
    maxItems: 1000,
  }),
  repository,
});
const end = Type.Object({ id: text, latestCommit: maybe(commitId), repository: maybe(repository) });
const found = Type.Object({
  id: pullRequestNumber,
  fromRef: end,
  toRef: end,
  links: maybe(Type.Object({ self: links })),
});
const pullRequest = Type.Object({ pullRequest: found });
const comment = Type.Object({
  actor: maybe(Type.Object({ name: maybe(text) })),
  pullRequest: found,
  comment: Type.Object({ id: Type.Integer(), text: Type.String() }),
});

const actions: Readonly<Record<string, PullRequestAction>> = {
  'pr:opened': 'opened',
  'pr:reopened': 'reopened',
  'pr:from_ref_updated': 'updated',
  'pr:to_ref_updated': 'updated',
  'pr:modified': 'edited',
  'pr:merged': 'merged',
  'pr:declined': 'closed',
  'pr:deleted': 'closed',
};

/** Bitbucket Data Center and Server. https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html */
export const bitbucketDataCenter: WebhookFormat = {
  kind: 'bitbucket-data-center',
  tells: (headers) => headers['x-event-key'] !== undefined,
  proof: (request) => bodyProof(request, hexSignature(request.headers['x-hub-signature'], 'sha256=')),
  id: ({ headers }) => headers['x-request-id'],
  replay: ({ headers }) => headers['x-hub-signature'],
  read({ headers }, payload) {
    const name = headers['x-event-key'] ?? '';
    if (name === 'repo:refs_changed') return readPush(payload);
    const action = actions[name];
    if (action !== undefined) return readPullRequest(payload, action);
    if (name === 'pr:comment:added') return readComment(payload);
    const event: WebhookEvent = name === 'diagnostics:ping' ? { type: 'ping' } : { type: 'other', name };
    return { repositories: urlsOf(readAs(named, payload).repository), events: [event] };
  },
};

/** The URLs to clone from; older versions tell only the page, from whose path they follow. */
function urlsOf(about: Type.Static<typeof repository> | null | undefined, page?: string | null): string[] {
  const clone = about?.links?.clone?.map(({ href }) => href) ?? [];
  const pages = [page, ...(about?.links?.self?.map(({ href }) => href) ?? [])].map((href) => {
    const [, base, project, name] = /^(.*)\/(?:projects|users)\/([^/]+)\/repos\/([^/]+)/.exec(href ?? '') ?? [];
    const owner = href?.includes('/users/') === true ? `~${project}` : project;
    return base === undefined ? undefined : `${base}/scm/${owner}/${name}`;
  });
  return keysOf(...clone, ...pages);
}

function readPush(payload: unknown): Delivery {
  const { changes, repository: about } = readAs(push, payload);
  return {
    repositories: urlsOf(about),
    events: changes.map(({ refId, fromHash, toHash }) => moveOf(refId, fromHash, toHash)),
  };
}

function urlsOfPullRequest({ toRef, links: pages }: Type.Static<typeof found>): string[] {
  return urlsOf(toRef.repository, pages?.self?.[0]?.href);
}

function readPullRequest(payload: unknown, action: PullRequestAction): Delivery {
  const { pullRequest: one } = readAs(pullRequest, payload);
  const event: WebhookEvent = {
    type: 'pull-request',
    number: one.id,
    action,
    base: { branch: branchName(one.toRef.id), ...commit('commit', one.toRef.latestCommit) },
    head: { branch: branchName(one.fromRef.id), ...commit('commit', one.fromRef.latestCommit) },
  };
  return { repositories: urlsOfPullRequest(one), events: [event] };
}

function readComment(payload: unknown): Delivery {
  const { actor, pullRequest: one, comment: written } = readAs(comment, payload);
  const event: WebhookEvent = {
    type: 'comment',
    pullRequest: one.id,
    id: String(written.id),
    author: actor?.name ?? '',
    body: written.text,
  };
  return { repositories: urlsOfPullRequest(one), events: [event] };
}
