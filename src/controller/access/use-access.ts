import { isDeepStrictEqual } from 'node:util';
import { type Problem, problemsOf } from '../../errors.ts';
import { remember } from '../repository/acceptance.ts';
import { atUrl, readAccess, type RepositoryAccess } from './credentials.ts';
import { historyFor } from '../application/policy.ts';
import { lookOnce } from './references.ts';
import type { RepositoryContext, RepositoryState } from '../repository/repositories.ts';
import { followRepository } from '../repository/revisions.ts';

/**
 * Reads how the Repository is let in, where that was not read yet or has changed, and follows it so. What fails is
 * remembered in the state and thrown by nobody but an abort.
 */
export async function useAccess(
  state: RepositoryState,
  context: RepositoryContext,
  signal: AbortSignal,
): Promise<void> {
  const { url, type, interval, secretRef, proxy, submodules, credentialHosts } = state.repository.spec;
  const accessFor = JSON.stringify([
    url,
    type,
    interval,
    secretRef,
    proxy,
    submodules,
    credentialHosts,
    historyFor(state.repository),
  ]);
  if (state.accessFor !== accessFor) {
    // Before it is read: what changes meanwhile has it read once more.
    state.accessFor = accessFor;
    try {
      const access = await state.reader.round((look) => readAccess({ ...context, look }, state.repository), signal);
      await letIn(state, access, context, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      await shutOut(state, problemsOf(error), context);
    }
  }
}

/** Goes on in the mirror that there is where only the credentials are others; begins anew where more is. */
async function letIn(
  state: RepositoryState,
  access: RepositoryAccess,
  context: RepositoryContext,
  signal: AbortSignal,
): Promise<void> {
  const { url, type, interval, submodules = false, credentialHosts } = state.repository.spec;
  const history = historyFor(state.repository);
  const wanted = { url, type, interval, submodules, credentialHosts, identity: access.identity, history };
  const before = state.letInBy;
  state.problems = undefined;
  state.letInBy = access.version;
  if (state.revisions !== undefined && isDeepStrictEqual(state.followed, wanted)) {
    // What changed may have been another template.
    if (before !== access.version) state.revisions.reconnect(access);
    return;
  }
  await state.revisions?.close();
  state.followed = wanted;
  state.revisions = followRepository({
    repository: state.repository,
    access,
    directory: context.directory,
    allowFileUrls: context.allowFileUrls,
    egress: context.egress,
    observer: context.observer,
    registryCache: context.registryCache,
    accessFor: (submodule) =>
      readAccess({ ...context, look: lookOnce(context.client, signal) }, atUrl(state.repository, submodule)),
    policy: state.acceptance.policy,
    acceptedOf: (selector) => state.acceptance.accepted.get(selector),
    onAccepted: (accepted) => {
      const follows = (selector: string) => state.revisions?.follows(selector) === true;
      return remember(state.acceptance, accepted, state.repository, follows, context, signal);
    },
    random: context.random,
    onRevision: context.onRevision,
    onFetched: () => {
      state.handledRequest = state.pendingRequest ?? state.handledRequest;
      state.pendingRequest = undefined;
      context.requeue(state.id, 0);
    },
    signal,
  });
}

/** Without credentials nothing is fetched, and what was fetched stays; it is tried again when the Secret is another one. */
async function shutOut(
  state: RepositoryState,
  problems: readonly [Problem, ...Problem[]],
  context: RepositoryContext,
): Promise<void> {
  const { url, type, interval } = state.repository.spec;
  const { followed } = state;
  state.letInBy = undefined;
  if (followed?.url === url && followed.type === type && followed.interval === interval)
    state.revisions?.withdraw(problems);
  else {
    await state.revisions?.close();
    state.revisions = undefined;
    state.followed = undefined;
    state.problems = problems;
  }
  if (state.reader.isTold && problems.every(({ code }) => code.startsWith('controller.secret-'))) return;
  state.accessFor = undefined;
  context.requeue(state.id, 10_000);
}
