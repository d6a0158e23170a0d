import { isDeepStrictEqual } from 'node:util';
import {
  type ConditionInput,
  group,
  apiVersion,
  names,
  nextConditions,
  type Repository,
  type RepositoryStatus,
  type RepositoryType,
  typeOf,
} from '../../api/index.ts';
import type { Egress } from '../../egress.ts';
import type { ForgeConnections } from '../../forge/index.ts';
import { type Problem, PlumbError } from '../../errors.ts';
import type { History } from '../../git/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { RegistryCache } from '../../registry/index.ts';
import {
  type Acceptance,
  forgetAccepted,
  newAcceptance,
  policyOf,
  reasonOf,
  signatureReason,
  verifiedCondition,
} from './acceptance.ts';
import { useAccess } from '../access/use-access.ts';
import type { Log } from '../log.ts';
import type { Observer } from '../observer.ts';
import type { ReferenceReader, References } from '../access/references.ts';
import type { Templates } from '../access/templates.ts';
import { type Revision, type RevisionEvent, selectorId } from './revision.ts';
import type { RepositoryRevisions } from './revisions.ts';
import { shortRevision } from '../syncing/revisions-of.ts';
import { describeProblems } from '../status/status.ts';
import type { Wanted } from './upstream.ts';
import { webhookCondition } from '../webhooks/webhook-condition.ts';

/** What a Repository is followed with. */
interface Followed {
  readonly url: string;
  readonly type: RepositoryType | undefined;
  readonly interval: string | undefined;
  readonly submodules: boolean;
  readonly credentialHosts: readonly string[] | undefined;
  readonly identity: string | undefined;
  readonly history: History;
}

/** What is remembered of one Repository. */
export interface RepositoryState {
  readonly id: string;
  /** As the watch last showed it. */
  repository: Repository;
  revisions: RepositoryRevisions | undefined;
  /** What `revisions` was begun with; anything else begins anew. */
  followed: Followed | undefined;
  /** What the access was last read for; another one has it read again. */
  accessFor: string | undefined;
  /** Told when something that the access was read from has changed. */
  readonly reader: ReferenceReader;
  /** The version of the access that is used; undefined while there is none. */
  letInBy: string | undefined;
  problems: readonly [Problem, ...Problem[]] | undefined;
  /** A request for a fetch that is under way. */
  pendingRequest: string | undefined;
  handledRequest: string | undefined;
  written: RepositoryStatus | undefined;
  /** What it accepts, and what it has accepted. */
  readonly acceptance: Acceptance;
}

/** What the reconciliation of Repositories may use. */
export interface RepositoryContext {
  readonly client: KubeClient;
  readonly directory: string;
  readonly allowFileUrls: boolean;
  readonly egress: Egress;
  readonly observer?: Observer | undefined;
  readonly templates: Templates;
  readonly connections: ForgeConnections;
  readonly registryCache: RegistryCache;
  readonly fieldManager: string;
  readonly random: () => number;
  readonly now: () => number;
  readonly log: Log;
  /** See `WebhookSecrets`. */
  readonly webhookProblems: (id: string) => readonly Problem[] | undefined;
  readonly onRevision: (event: RevisionEvent) => void;
  /** Looks at the Repository again. */
  readonly requeue: (id: string, milliseconds: number) => void;
}

/** `namespace/name` of a Repository. */
export function repositoryId(repository: Repository): string {
  return `${repository.metadata.namespace}/${repository.metadata.name}`;
}

/** What is known of a Repository that the controller sees for the first time. */
export function newRepositoryState(
  repository: Repository,
  references: References,
  requeue: (id: string) => void,
): RepositoryState {
  const id = repositoryId(repository);
  const state: RepositoryState = {
    id,
    repository,
    revisions: undefined,
    followed: undefined,
    accessFor: undefined,
    letInBy: undefined,
    reader: references.reader(() => {
      state.accessFor = undefined;
      requeue(id);
    }),
    problems: undefined,
    pendingRequest: undefined,
    handledRequest: repository.status?.handledRequest,
    written: withoutAccepted(repository.status),
    acceptance: newAcceptance(
      repository.status,
      references.reader(() => {
        state.acceptance.policyFor = undefined;
        requeue(id);
      }),
    ),
  };
  return state;
}

/** Ends whatever is under way for a Repository that is no more, or that nobody looks after any more. */
export async function closeRepositoryState(state: RepositoryState): Promise<void> {
  state.reader.close();
  state.acceptance.reader.close();
  await state.revisions?.close();
}

/** What was accepted is written by `remember` alone. */
function withoutAccepted(status: RepositoryStatus | undefined): RepositoryStatus | undefined {
  if (status === undefined) return undefined;
  const { accepted: _accepted, ...rest } = status;
  return rest;
}

/** Asks for a fetch now where the annotation has a value that nobody has acted on. Costs nothing otherwise. */
export function acceptFetchRequest(state: RepositoryState): void {
  const request = state.repository.metadata.annotations?.[names.requestedAt];
  if (request === undefined || request === state.handledRequest || request === state.pendingRequest) return;
  state.pendingRequest = request;
  state.revisions?.trigger();
}

/** Follows the Repository as its spec says, and tells in its status what was found. */
export async function reconcileRepository(
  state: RepositoryState,
  context: RepositoryContext,
  signal: AbortSignal,
): Promise<void> {
  const { spec } = state.repository;
  if (spec.suspend === true) {
    await state.revisions?.close();
    state.revisions = undefined;
    state.followed = undefined;
    state.accessFor = undefined;
  } else await follow(state, context, signal);
  await writeStatus(state, context, signal);
}

async function follow(state: RepositoryState, context: RepositoryContext, signal: AbortSignal): Promise<void> {
  const policy = await policyOf(state.acceptance, state.repository, signal);
  if (state.acceptance.policyFor === undefined) context.requeue(state.id, 10_000);
  await forgetAccepted(state.acceptance, state.repository, context, signal);
  await useAccess(state, context, signal);
  state.revisions?.judgeBy(policy);
  const wanted = ownWanted(state.repository);
  if (wanted !== undefined) state.revisions?.of(wanted);
}

/** What a Repository stands for itself; one of charts stands for nothing, its charts do. */
export function ownWanted(repository: Repository): Wanted | undefined {
  return typeOf(repository) === 'Helm' ? undefined : { ref: repository.spec.ref, chart: undefined };
}

/** What is known of the Repository: of its own reference, or of its charts, of which the first that fails counts. */
function revisionOf({ repository, revisions }: RepositoryState): Revision {
  const pending: Revision = { state: 'pending' };
  const wanted = ownWanted(repository);
  if (wanted !== undefined) return revisions?.of(wanted) ?? pending;
  const all = revisions?.all() ?? [];
  return (
    all.find(({ state }) => state === 'failed') ?? all.find(({ state }) => state === 'pending') ?? all.at(0) ?? pending
  );
}

function readyCondition(state: RepositoryState, revision: Revision): ConditionInput {
  const problems = state.problems ?? (revision.state === 'failed' ? revision.problems : undefined);
  if (state.repository.spec.suspend === true) {
    return { type: 'Ready', status: 'Unknown', reason: 'Suspended', message: 'nothing is fetched (spec.suspend)' };
  }
  if (revision.state === 'failed' && revision.refused !== undefined) {
    return { type: 'Ready', status: 'False', reason: reasonOf(revision.problems), message: refusalMessage(revision) };
  }
  if (problems !== undefined) {
    return {
      type: 'Ready',
      status: 'False',
      reason: signatureReason(problems) ?? 'FetchFailed',
      message: describeProblems(problems),
    };
  }
  if (ownWanted(state.repository) === undefined && state.revisions?.all().length === 0) {
    return { type: 'Ready', status: 'Unknown', reason: 'NotUsed', message: 'no Application reads a chart of it' };
  }
  if (revision.state !== 'ready') {
    return { type: 'Ready', status: 'Unknown', reason: 'Fetching', message: 'the first fetch is under way' };
  }
  const { revision: commit, ref, subject } = revision.version;
  const message =
    ownWanted(state.repository) === undefined
      ? `${state.revisions?.all().length} versions of its charts are followed`
      : `${ref} is at ${shortRevision(commit)}: ${subject}`;
  return { type: 'Ready', status: 'True', reason: 'Fetched', message };
}

/** What is refused and why, and where the cluster stays. */
function refusalMessage({ problems, last }: Extract<Revision, { readonly state: 'failed' }>): string {
  const stays = last === undefined ? 'nothing was accepted before' : `what was accepted last stays: ${last.revision}`;
  return `${describeProblems(problems)}\n${stays}`;
}

function statusOf(state: RepositoryState, { now: clock, webhookProblems }: RepositoryContext): RepositoryStatus {
  const now = clock();
  const revision = revisionOf(state);
  const ready = readyCondition(state, revision);
  const generation = state.repository.metadata.generation;
  const { written } = state;
  const wanted = ownWanted(state.repository);
  const version = revision.state === 'ready' && wanted !== undefined ? revision.version : undefined;
  const observed =
    version === undefined
      ? { revision: written?.revision, ref: written?.ref, observedAt: written?.observedAt }
      : {
          revision: version.revision,
          ref: version.ref,
          observedAt:
            written?.observedAt !== undefined && written.revision === version.revision
              ? written.observedAt
              : new Date(now).toISOString(),
        };
  const selector = wanted === undefined ? undefined : selectorId(wanted);
  const verified = verifiedCondition(state.repository, selector, revision, state.acceptance, state.revisions);
  const webhook = webhookCondition(state.repository, webhookProblems(state.id));
  const refused = revision.state === 'failed' && revision.refused !== undefined;
  const conditions: ConditionInput[] = [
    ready,
    {
      type: 'Reconciling',
      status: ready.reason === 'Fetching' || ready.reason === 'FetchFailed' ? 'True' : 'False',
      reason: ready.reason,
      message: ready.message,
    },
    refused
      ? { type: 'Stalled', status: 'True', reason: ready.reason, message: ready.message }
      : { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'nothing needs a hand' },
    ...(verified === undefined ? [] : [verified]),
    ...(webhook === undefined ? [] : [webhook]),
  ];
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...Object.fromEntries(Object.entries(observed).filter(([, value]) => value !== undefined)),
    ...(state.handledRequest === undefined ? {} : { handledRequest: state.handledRequest }),
    conditions: nextConditions(written?.conditions, conditions, generation, new Date(now)),
  };
}

async function writeStatus(state: RepositoryState, context: RepositoryContext, signal: AbortSignal): Promise<void> {
  const status = statusOf(state, context);
  if (isDeepStrictEqual(status, state.written)) return;
  // The first fetch is nearly always over before anybody could read that it is under way.
  if (state.written === undefined && status.revision === undefined && state.problems === undefined) {
    const [ready] = status.conditions ?? [];
    if (ready?.reason === 'Fetching') return;
  }
  const { namespace, name } = state.repository.metadata;
  try {
    await context.client.patch(
      { apiVersion, group, kind: 'Repository', namespace, name },
      { status },
      { type: 'merge', subresource: 'status', fieldManager: context.fieldManager, priority: 'high', signal },
    );
    state.written = status;
  } catch (error) {
    if (error instanceof PlumbError && error.code === 'kube.not-found') return;
    throw error;
  }
}
