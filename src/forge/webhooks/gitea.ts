import { Type } from 'typebox';
import { commit, commitId, keysOf, maybe, moveOf, pullRequestNumber, readAs, text } from './fields.ts';
import { hexSignature, isForm } from './headers.ts';
import type { Delivery, PullRequestAction, WebhookEvent, WebhookFormat, WebhookRequest } from './types.ts';

const repository = Type.Object({ clone_url: maybe(text), ssh_url: maybe(text), html_url: maybe(text) });
const named = Type.Object({ repository: maybe(repository) });
const push = Type.Object({ ref: text, before: maybe(commitId), after: maybe(commitId), repository });
/** A branch or tag that was made or deleted, without `refs/…` before its name. */
const reference = Type.Object({ ref: text, ref_type: text, sha: maybe(commitId), repository });
const end = Type.Object({ ref: text, sha: maybe(Type.Union([commitId, Type.Literal('')])) });
const pullRequest = Type.Object({
  action: text,
  number: pullRequestNumber,
  pull_request: Type.Object({ merged: maybe(Type.Boolean()), head: end, base: end }),
  repository,
});
const comment = Type.Object({
  action: text,
  is_pull: maybe(Type.Boolean()),
  issue: Type.Object({ number: pullRequestNumber }),
  comment: Type.Object({ id: Type.Integer(), body: Type.String(), user: Type.Object({ login: text }) }),
  repository,
});

const actions: Readonly<Record<string, PullRequestAction>> = {
  opened: 'opened',
  reopened: 'reopened',
  synchronized: 'updated',
  edited: 'edited',
  label_updated: 'edited',
  label_cleared: 'edited',
};

/** Gitea and Forgejo, which also send GitHub's headers. https://docs.gitea.com/usage/webhooks */
export const gitea: WebhookFormat = {
  kind: 'gitea',
  tells: (headers) => headers['x-gitea-event'] !== undefined || headers['x-forgejo-event'] !== undefined,
  proof: (request) => ({ mac: { message: [signedPart(request)], signatures: signatureOf(request), key: 'text' } }),
  id: ({ headers }) => headers['x-gitea-delivery'] ?? headers['x-forgejo-delivery'],
  replay: (request) => signatureOf(request).map((one) => Buffer.from(one).toString('hex'))[0],
  read({ headers }, payload) {
    const name = headers['x-gitea-event'] ?? headers['x-forgejo-event'] ?? '';
    if (name === 'push') return readPush(payload);
    if (name === 'create' || name === 'delete') return readReference(payload, name);
    if (name === 'pull_request' || name === 'pull_request_sync') return readPullRequest(payload);
    if (name === 'issue_comment' || name === 'pull_request_comment') return readComment(payload);
    return { repositories: urlsOf(readAs(named, payload).repository), events: [{ type: 'other', name }] };
  },
};

/** Where it sends a form, it signs the field and not the form, as GitHub does. */
function signedPart({ headers, body }: WebhookRequest): Uint8Array {
  if (!isForm(headers)) return body;
  return Buffer.from(new URLSearchParams(body.toString()).get('payload') ?? '');
}

function signatureOf({ headers }: WebhookRequest): readonly Uint8Array[] {
  const own = headers['x-forgejo-signature'] ?? headers['x-gitea-signature'];
  return own === undefined ? hexSignature(headers['x-hub-signature-256'], 'sha256=') : hexSignature(own, '');
}

function urlsOf(about: Type.Static<typeof repository> | null | undefined): string[] {
  return keysOf(about?.clone_url, about?.ssh_url, about?.html_url);
}

function readPush(payload: unknown): Delivery {
  const { ref, before, after, repository: about } = readAs(push, payload);
  return { repositories: urlsOf(about), events: [moveOf(ref, before, after)] };
}

function readReference(payload: unknown, name: 'create' | 'delete'): Delivery {
  const { ref, ref_type: kind, sha, repository: about } = readAs(reference, payload);
  const full = `${kind === 'tag' ? 'refs/tags/' : 'refs/heads/'}${ref}`;
  return { repositories: urlsOf(about), events: [moveOf(full, undefined, name === 'create' ? sha : undefined)] };
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
  const { action, is_pull: isPull, issue, comment: written, repository: about } = readAs(comment, payload);
  const event: WebhookEvent =
    action === 'created' && isPull === true
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
