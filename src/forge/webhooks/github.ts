import { Type } from 'typebox';
import { commit, commitId, keysOf, maybe, moveOf, pullRequestNumber, readAs, text } from './fields.ts';
import { bodyProof, hexSignature } from './headers.ts';
import type { Delivery, PullRequestAction, WebhookEvent, WebhookFormat, WebhookRequest } from './types.ts';

const repository = Type.Object({ clone_url: maybe(text), ssh_url: maybe(text), html_url: maybe(text) });
const named = Type.Object({ repository: maybe(repository) });
const push = Type.Object({ ref: text, before: maybe(commitId), after: maybe(commitId), repository });
const end = Type.Object({ ref: text, sha: maybe(commitId) });
const pullRequest = Type.Object({
  action: text,
  number: pullRequestNumber,
  pull_request: Type.Object({ merged: maybe(Type.Boolean()), head: end, base: end }),
  repository,
});
const comment = Type.Object({
  action: text,
  issue: Type.Object({ number: pullRequestNumber, pull_request: maybe(Type.Object({})) }),
  comment: Type.Object({ id: Type.Integer(), body: Type.String(), user: Type.Object({ login: text }) }),
  repository,
});

const actions: Readonly<Record<string, PullRequestAction>> = {
  opened: 'opened',
  reopened: 'reopened',
  synchronize: 'updated',
  edited: 'edited',
  labeled: 'edited',
  unlabeled: 'edited',
  ready_for_review: 'edited',
  converted_to_draft: 'edited',
};

/** GitHub and GitHub Enterprise Server. https://docs.github.com/en/webhooks/webhook-events-and-payloads */
export const github: WebhookFormat = {
  kind: 'github',
  tells: (headers) => headers['x-github-event'] !== undefined,
  proof: githubProof,
  id: ({ headers }) => headers['x-github-delivery'],
  // The delivery's id is not signed: who sends it again could choose another.
  replay: ({ headers }) => headers['x-hub-signature-256'],
  read(request, payload) {
    const name = request.headers['x-github-event'] ?? '';
    if (name === 'push') return readPush(payload);
    if (name === 'pull_request') return readPullRequest(payload);
    if (name === 'issue_comment') return readComment(payload);
    const { repository: about } = readAs(named, payload);
    return { repositories: urlsOf(about), events: [name === 'ping' ? { type: 'ping' } : { type: 'other', name }] };
  },
};

/** HMAC of the body in `X-Hub-Signature-256`; the older SHA-1 one beside it is not looked at. */
export function githubProof(request: WebhookRequest) {
  return bodyProof(request, hexSignature(request.headers['x-hub-signature-256'], 'sha256='));
}

function urlsOf(about: Type.Static<typeof repository> | null | undefined): string[] {
  return keysOf(about?.clone_url, about?.ssh_url, about?.html_url);
}

function readPush(payload: unknown): Delivery {
  const { ref, before, after, repository: about } = readAs(push, payload);
  return { repositories: urlsOf(about), events: [moveOf(ref, before, after)] };
}

function readPullRequest(payload: unknown): Delivery {
  const { action, number, pull_request: found, repository: about } = readAs(pullRequest, payload);
  const closed = found.merged === true ? 'merged' : 'closed';
  const known = action === 'closed' ? closed : actions[action];
  const event: WebhookEvent =
    known === undefined
      ? { type: 'other', name: `pull_request ${action}` }
      : {
          type: 'pull-request',
          number,
          action: known,
          base: { branch: found.base.ref, ...commit('commit', found.base.sha) },
          head: { branch: found.head.ref, ...commit('commit', found.head.sha) },
        };
  return { repositories: urlsOf(about), events: [event] };
}

function readComment(payload: unknown): Delivery {
  const { action, issue, comment: written, repository: about } = readAs(comment, payload);
  const isNew = action === 'created' && issue.pull_request !== null && issue.pull_request !== undefined;
  const event: WebhookEvent = isNew
    ? {
        type: 'comment',
        pullRequest: issue.number,
        id: String(written.id),
        author: written.user.login,
        body: written.body,
      }
    : { type: 'other', name: `issue_comment ${action}` };
  return { repositories: urlsOf(about), events: [event] };
}
