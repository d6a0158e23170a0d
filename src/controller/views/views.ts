import type { Application, Repository } from '../../api/index.ts';
import type { ObjectKey } from '../../object.ts';
import { diffSync, dryRunSync, ownersSync, simulatePrune } from '../../sync/index.ts';
import { isAnySelected } from '../../sync-request.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { Applications } from '../application/applications.ts';
import { withApproval } from '../deletion/approval.ts';
import { clientFor } from '../application/client-for.ts';
import type { ReconcileContext } from '../application/context.ts';
import { planFor, syncInputOf } from '../application/decide.ts';
import type { RepositoryState } from '../repository/repositories.ts';
import type { Changes } from './changes.ts';
import { measureOf } from './measures.ts';
import { viewObjects } from './objects.ts';
import type { SyncLog } from './sync-log.ts';
import type { Views } from './types.ts';

/** What is looked at. */
export interface ViewsInput {
  readonly applications: Applications;
  readonly repositories: ReadonlyMap<string, RepositoryState>;
  readonly context: Pick<ReconcileContext, 'client' | 'members' | 'fieldManager' | 'ownerName' | 'ruleBook'>;
  readonly log: SyncLog;
  readonly changes: Changes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const idOf = (namespace: string, name: string): string => `${namespace}/${name}`;

/** The Application with the newest status, which is the one that was written last. */
function shownApplication({ application, written }: ApplicationState): Application {
  const { status: _old, ...rest } = application;
  return written === undefined ? rest : { ...rest, status: written };
}

function shownRepository({ repository }: RepositoryState): Repository {
  return repository;
}

/** What a controller knows, for those who only look. */
export function createViews({ applications, repositories, context, log, changes, now }: ViewsInput): Views {
  const planOf = (state: ApplicationState) => {
    const { rendered } = state;
    const view = context.members.view(state.applySet);
    return rendered?.state === 'ok' ? { rendered, view, plan: planFor({ state, rendered, view, context }) } : undefined;
  };
  return {
    *applications() {
      for (const state of applications.values()) yield shownApplication(state);
    },
    application(namespace, name) {
      const state = applications.get(idOf(namespace, name));
      return state === undefined ? undefined : shownApplication(state);
    },
    *measures() {
      const at = now();
      for (const state of applications.values()) yield measureOf(state, at);
    },
    *repositories() {
      for (const state of repositories.values()) yield shownRepository(state);
    },
    repository(namespace, name) {
      const state = repositories.get(idOf(namespace, name));
      return state === undefined ? undefined : shownRepository(state);
    },
    objects(namespace, name) {
      const state = applications.get(idOf(namespace, name));
      if (state === undefined) return undefined;
      const view = context.members.view(state.applySet);
      return viewObjects({ state, view, plan: planOf(state)?.plan, discovery: context.client.discovery });
    },
    judge(namespace, name) {
      const state = applications.get(idOf(namespace, name));
      return state === undefined ? undefined : context.ruleBook.judgeFor(state.applySet);
    },
    async diff(namespace, name, signal) {
      const state = applications.get(idOf(namespace, name));
      if (state === undefined) return undefined;
      const { rendered } = state;
      if (rendered === undefined) return { diffs: [], problems: [], blocked: [] };
      if (rendered.state === 'failed') return { diffs: [], problems: rendered.problems, blocked: [] };
      // As a sync asked for by hand would do it: with the rights of the Application.
      const cluster = clientFor(state.application, context.client);
      const input = syncInputOf(state, rendered, 'manual', context);
      return diffSync(input, { view: context.members.view(state.applySet), cluster, signal });
    },
    async owners(namespace, name, signal) {
      const state = applications.get(idOf(namespace, name));
      if (state === undefined) return undefined;
      const { rendered } = state;
      if (rendered?.state !== 'ok') return { owners: [], problems: rendered?.problems ?? [] };
      const cluster = clientFor(state.application, context.client);
      return ownersSync(syncInputOf(state, rendered, 'manual', context), { cluster, signal });
    },
    async prune(namespace, name, approval, signal) {
      const state = applications.get(idOf(namespace, name));
      if (state === undefined) return undefined;
      const { rendered } = state;
      if (rendered === undefined) return { deletions: [], problems: [], unseen: [] };
      if (rendered.state === 'failed') return { deletions: [], problems: rendered.problems, unseen: [] };
      const cluster = clientFor(state.application, context.client);
      const input = withApproval(syncInputOf(state, rendered, 'manual', context), approval);
      return simulatePrune(input, { view: context.members.view(state.applySet), cluster, signal });
    },
    async dryRun(namespace, name, resources, signal) {
      const state = applications.get(idOf(namespace, name));
      if (state === undefined) return undefined;
      const { rendered } = state;
      if (rendered?.state !== 'ok') return { results: [], problems: rendered?.problems ?? [], blocked: [] };
      const cluster = clientFor(state.application, context.client);
      const input = syncInputOf(state, rendered, 'manual', context);
      const select = resources === undefined ? {} : { select: (key: ObjectKey) => isAnySelected(resources, key) };
      return dryRunSync({ ...input, ...select }, { view: context.members.view(state.applySet), cluster, signal });
    },
    logs: (about) => log.of(about),
    changes,
  };
}
