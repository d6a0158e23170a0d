import type { Repository } from '../../api/index.ts';
import type { EventRecorder } from '../../kube/index.ts';
import type { Forge, ForgeConnections, RefMove } from '../../forge/index.ts';
import type { Egress } from '../../egress.ts';
import type { ControllerOptions } from '../controller-options.ts';
import { createFeedback, type Feedback } from './feedback.ts';
import { forgeConnections } from './forge-connections.ts';
import { createForges, type Forges } from './forges.ts';
import type { References } from '../access/references.ts';
import { createRepositoryIndex, type RepositoryIndex } from '../repository/repository-index.ts';
import { schedule } from '../schedule.ts';
import { createTemplates, type Templates } from '../access/templates.ts';
import { noWebhookSecrets, type WebhookSecrets, watchWebhookSecrets } from '../webhooks/webhook-secrets.ts';
import { createWebhooks, type PullRequestNews, type Webhooks } from '../webhooks/webhooks.ts';

/** All that speaks with forges: what they tell, what they are told, and what lets Plumbline in. */
export interface ForgeSide {
  readonly webhooks: Webhooks;
  /** What webhooks are signed with. */
  readonly secrets: WebhookSecrets;
  /** Finds Repositories by what their URL means. */
  readonly index: RepositoryIndex;
  readonly templates: Templates;
  readonly connections: ForgeConnections;
  readonly forges: Forges;
  readonly forgeOf: (id: string, signal: AbortSignal) => Promise<Forge | undefined>;
  readonly feedback: Feedback;
  close(): Promise<void>;
}

/** What the side of the forges is opened with. */
export interface ForgeSideOptions extends Pick<
  ControllerOptions,
  'externalUrl' | 'log' | 'namespace' | 'now' | 'observer' | 'random' | 'schedule' | 'signal' | 'takesWebhooks'
> {
  readonly egress: Egress;
  readonly events: EventRecorder;
  readonly references: References;
  readonly repositoryOf: (id: string) => Repository | undefined;
  /** Fetches what the news makes necessary; false where nothing is. */
  readonly fetch: (id: string, moves: readonly RefMove[] | undefined) => boolean;
  readonly onPullRequest: (news: PullRequestNews) => void;
  /** The Secret of a Repository's webhooks was read. */
  readonly onSecret: (id: string) => void;
}

/** Opens the side of the forges; no forge is asked before it is needed. */
export function openForgeSide(options: ForgeSideOptions): ForgeSide {
  const { egress, events, log, namespace, now, observer, random, references, repositoryOf, signal } = options;
  const index = createRepositoryIndex();
  const secrets =
    options.takesWebhooks === true
      ? watchWebhookSecrets({ references, namespace, log, random, onRead: options.onSecret, signal })
      : noWebhookSecrets;
  const webhooks = createWebhooks({
    index,
    secrets,
    fetch: options.fetch,
    onPullRequest: options.onPullRequest,
    now,
    schedule: options.schedule ?? schedule,
  });
  const templates = createTemplates({
    systemNamespace: namespace,
    onProblem: (template, message) => log.warn({ template }, message),
  });
  const connections = forgeConnections({ egress, now, random, onAsked: observer?.forgeAsked });
  const forges = createForges({ repositoryOf, references, templates, connections });
  const feedback = createFeedback({
    forges,
    repositoryOf,
    ...(options.externalUrl === undefined ? {} : { externalUrl: options.externalUrl.replace(/\/+$/, '') }),
    events,
    log,
    now,
    observer,
    random,
    signal,
  });
  return {
    webhooks,
    secrets,
    index,
    templates,
    connections,
    forges,
    forgeOf: (id, call) => forges.forgeOf(id, call),
    feedback,
    async close() {
      forges.close();
      await connections.close();
    },
  };
}
