import { Type } from 'typebox';
import { commit, commitId, keysOf, maybe, moveOf, pullRequestNumber, readAs, text } from './fields.ts';
import { headerBytes, standardMac } from './headers.ts';
import type { Delivery, PullRequestAction, WebhookEvent, WebhookFormat } from './types.ts';

const project = Type.Object({ git_http_url: maybe(text), git_ssh_url: maybe(text), web_url: maybe(text) });
const named = Type.Object({ object_kind: maybe(text), event_name: maybe(text), project: maybe(project) });
const push = Type.Object({ ref: text, before: maybe(commitId), after: maybe(commitId), project });
const mergeRequest = Type.Object({
  project,
  object_attributes: Type.Object({
    iid: pullRequestNumber,
    action: maybe(text),
    oldrev: maybe(commitId),
    source_branch: text,
    target_branch: text,
    last_commit: maybe(Type.Object({ id: maybe(commitId) })),
  }),
});
const note = Type.Object({
  project,
  user: Type.Object({ username: text }),
  object_attributes: Type.Object({ id: Type.Integer(), note: Type.String(), action: maybe(text) }),
  merge_request: maybe(Type.Object({ iid: pullRequestNumber })),
});

const actions: Readonly<Record<string, PullRequestAction>> = {
  open: 'opened',
  reopen: 'reopened',
  close: 'closed',
  merge: 'merged',
};

/** GitLab. https://docs.gitlab.com/user/project/integrations/webhook_events/ */
export const gitlab: WebhookFormat = {
  kind: 'gitlab',
  tells: (headers) => headers['x-gitlab-event'] !== undefined,
  /** A secret `whsec_…` is a signing token, any other one the secret token, which is sent as it is. */
  proof(request, now) {
    const token = request.headers['x-gitlab-token'];
    return { mac: standardMac(request, now), tokens: token === undefined ? [] : [headerBytes(token)] };
  },
  id: ({ headers }) => headers['idempotency-key'] ?? headers['webhook-id'] ?? headers['x-gitlab-event-uuid'],
  // X-Gitlab-Event-UUID is shared by all events that one event has led to, and tells no replay.
  replay: ({ headers }) => headers['webhook-id'] ?? headers['idempotency-key'],
  read(_request, payload) {
    const { object_kind: kind, event_name: event, project: about } = readAs(named, payload);
    const name = kind ?? event ?? '';
    if (name === 'push' || name === 'tag_push') return readPush(payload);
    if (name === 'merge_request') return readMergeRequest(payload);
    if (name === 'note') return readNote(payload);
    return { repositories: urlsOf(about), events: [{ type: 'other', name }] };
  },
};

function urlsOf(about: Type.Static<typeof project> | null | undefined): string[] {
  return keysOf(about?.git_http_url, about?.git_ssh_url, about?.web_url);
}

function readPush(payload: unknown): Delivery {
  const { ref, before, after, project: about } = readAs(push, payload);
  return { repositories: urlsOf(about), events: [moveOf(ref, before, after)] };
}

function readMergeRequest(payload: unknown): Delivery {
  const { project: about, object_attributes: found } = readAs(mergeRequest, payload);
  // An update without the commit before is one of title, labels, draft or target.
  const updated = found.oldrev === null || found.oldrev === undefined ? 'edited' : 'updated';
  const known = found.action === 'update' ? updated : actions[found.action ?? ''];
  const event: WebhookEvent =
    known === undefined
      ? { type: 'other', name: `merge_request ${found.action ?? ''}` }
      : {
          type: 'pull-request',
          number: found.iid,
          action: known,
          base: { branch: found.target_branch },
          head: { branch: found.source_branch, ...commit('commit', found.last_commit?.id) },
        };
  return { repositories: urlsOf(about), events: [event] };
}

function readNote(payload: unknown): Delivery {
  const { project: about, user, object_attributes: written, merge_request: under } = readAs(note, payload);
  // Versions before 16.11 tell no action, and no edits either.
  const isNew = (written.action ?? 'create') === 'create' && under !== null && under !== undefined;
  const event: WebhookEvent = isNew
    ? {
        type: 'comment',
        pullRequest: under.iid,
        id: String(written.id),
        author: user.username,
        body: written.note,
      }
    : { type: 'other', name: `note ${written.action ?? ''}` };
  return { repositories: urlsOf(about), events: [event] };
}
