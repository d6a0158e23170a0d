import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { branchName, commit, commitId, keysOf, maybe, moveOf, pullRequestNumber, readAs, text } from './fields.ts';
import { authorizationTokens } from './headers.ts';
import type { Delivery, PullRequestAction, WebhookEvent, WebhookFormat } from './types.ts';

const marks = Type.Object({ publisherId: text, eventType: text, id: maybe(text) });
const repository = Type.Object({ remoteUrl: maybe(text), sshUrl: maybe(text), webUrl: maybe(text) });
const named = Type.Object({ eventType: text, resource: maybe(Type.Object({ repository: maybe(repository) })) });
const push = Type.Object({
  resource: Type.Object({
    refUpdates: Type.Array(Type.Object({ name: text, oldObjectId: maybe(commitId), newObjectId: maybe(commitId) }), {
      maxItems: 1000,
    }),
    repository,
  }),
});
const merged = maybe(Type.Object({ commitId: maybe(commitId) }));
const found = Type.Object({
  pullRequestId: pullRequestNumber,
  status: maybe(text),
  sourceRefName: text,
  targetRefName: text,
  lastMergeSourceCommit: merged,
  lastMergeTargetCommit: merged,
  repository,
});
const pullRequest = Type.Object({ resource: found });
const comment = Type.Object({
  resource: Type.Object({
    comment: Type.Object({
      id: Type.Integer(),
      content: maybe(Type.String()),
      author: maybe(Type.Object({ displayName: maybe(text) })),
    }),
    pullRequest: found,
  }),
});

/** Azure DevOps, whose requests no header tells. https://learn.microsoft.com/azure/devops/service-hooks/events */
export const azureDevOps: WebhookFormat = {
  kind: 'azure-devops',
  tells: () => false,
  tellsBody: (payload) => Value.Check(marks, payload),
  /** It signs nothing: the secret is the password of basic authentication. */
  proof: (request) => ({ tokens: authorizationTokens(request) }),
  id: (_request, payload) => (Value.Check(marks, payload) ? (payload.id ?? undefined) : undefined),
  read(_request, payload) {
    const { eventType: name, resource } = readAs(named, payload);
    if (name === 'git.push') return readPush(payload);
    if (/^git\.pullrequest\.(created|updated|merged)$/.test(name)) return readPullRequest(payload, name);
    if (name === 'ms.vss-code.git-pullrequest-comment-event') return readComment(payload);
    return { repositories: urlsOf(resource?.repository), events: [{ type: 'other', name }] };
  },
};

function urlsOf(about: Type.Static<typeof repository> | null | undefined): string[] {
  return keysOf(about?.remoteUrl, about?.sshUrl, about?.webUrl);
}

function readPush(payload: unknown): Delivery {
  const { refUpdates, repository: about } = readAs(push, payload).resource;
  return {
    repositories: urlsOf(about),
    events: refUpdates.map(({ name, oldObjectId, newObjectId }) => moveOf(name, oldObjectId, newObjectId)),
  };
}

/** `merged` is told of each attempt to merge, also of one that only finds out whether that would go. */
function actionOf(name: string, status: string | null | undefined): PullRequestAction {
  if (status === 'completed') return 'merged';
  if (status === 'abandoned') return 'closed';
  return name === 'git.pullrequest.created' ? 'opened' : 'updated';
}

function readPullRequest(payload: unknown, name: string): Delivery {
  const { resource } = readAs(pullRequest, payload);
  const event: WebhookEvent = {
    type: 'pull-request',
    number: resource.pullRequestId,
    action: actionOf(name, resource.status),
    base: {
      branch: branchName(resource.targetRefName),
      ...commit('commit', resource.lastMergeTargetCommit?.commitId),
    },
    head: {
      branch: branchName(resource.sourceRefName),
      ...commit('commit', resource.lastMergeSourceCommit?.commitId),
    },
  };
  return { repositories: urlsOf(resource.repository), events: [event] };
}

function readComment(payload: unknown): Delivery {
  const { comment: written, pullRequest: under } = readAs(comment, payload).resource;
  const event: WebhookEvent = {
    type: 'comment',
    pullRequest: under.pullRequestId,
    id: String(written.id),
    author: written.author?.displayName ?? '',
    body: written.content ?? '',
  };
  return { repositories: urlsOf(under.repository), events: [event] };
}
