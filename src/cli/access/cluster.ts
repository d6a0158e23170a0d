import { PlumbError } from '../../errors.ts';
import type { Application } from '../../api/index.ts';
import { createJudge } from '../../health/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import {
  approvePrune,
  askForFetch,
  askForReconcile,
  askForStop,
  askForSync,
  holdAt,
  release,
  requestId,
  setSuspend,
} from '../../requests.ts';
import { eventsOf, eventsScope, inOrder, viewEvent } from '../application/events.ts';
import { kindRef, ownRef } from '../application/kinds.ts';
import { repositoriesOf } from '../application/view.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { scopeOf, watchUntil } from '../watch-until.ts';
import type { OwnName, PlumbAccess } from './types.ts';

/** The API server takes no other than one of the schema. */
function specOf(application: KubeObject): Partial<Application['spec']> | undefined {
  return application.spec as Partial<Application['spec']> | undefined;
}

/** A Plumbline as the API server of its cluster shows it. */
export function clusterPlumb({ client, namespace }: ClusterAccess, now: () => Date): PlumbAccess {
  return {
    namespace,
    async list(kind, where, signal) {
      const objects: KubeObject[] = [];
      const options = where === undefined ? { signal } : { signal, namespace: where };
      for await (const object of client.list(kindRef(kind), options)) objects.push(object);
      return objects;
    },
    get: ({ kind, namespace: where, name }, signal) => client.get(ownRef(kind, where, name), { signal }),
    watch: ({ kind, ...place }, look, signal) =>
      watchUntil({
        client,
        scopes: [scopeOf(ownRef(kind, place.namespace, place.name))],
        project: (object) => object,
        look: ([cache]) => look(cache?.get(place)),
        signal,
      }),
    events: (about, signal) => eventsOf(client, about, signal),
    async followEvents(about, show, signal) {
      const seen = new Set<string>();
      await watchUntil({
        client,
        scopes: [eventsScope(about)],
        project: viewEvent,
        look: ([cache]) => {
          const fresh = inOrder(cache?.values() ?? []).filter(({ uid }) => !seen.has(uid));
          for (const { uid } of fresh) seen.add(uid);
          show(fresh);
          return undefined;
        },
        signal,
      });
    },
    async tree(application, signal, rules) {
      const { buildTree, nameOfScope } = await import('../../sync/index.ts');
      const hidden = new Set<string>();
      const nodes = await buildTree(client, application, {
        judge: createJudge(specOf(application)?.health?.rules, rules),
        onForbidden: (scope) => hidden.add(nameOfScope(scope)),
        signal,
      });
      return [nodes, [...hidden].toSorted()];
    },
    async diff(session, name) {
      const { diffApplication } = await import('../application/diff.ts');
      return diffApplication(session, { client, namespace }, name);
    },
    async owners(session, name) {
      const { ownersOfApplication } = await import('../application/diff.ts');
      return ownersOfApplication(session, { client, namespace }, name);
    },
    async prune(session, name, approval) {
      const { simulateApplicationPrune } = await import('../application/diff.ts');
      return simulateApplicationPrune(session, { client, namespace }, name, approval);
    },
    async approve(application, token, signal) {
      await approvePrune({ client, signal, ...(await userOf(client, signal)) }, application, token);
    },
    async dryRun(session, name, resources) {
      const { dryRunApplication } = await import('../application/diff.ts');
      return dryRunApplication(session, { client, namespace }, name, resources);
    },
    async sync(application, timeout, signal, wish = {}) {
      const request = requestId(now());
      await Promise.all(
        repositoriesOf(application).map(async (name) => {
          const repository = { namespace: application.namespace, name };
          if (!(await askForFetch({ client, signal }, repository, request)) || timeout === 0) return;
          await untilFetched(client, { kind: 'Repository', ...repository }, { request, timeout, signal });
        }),
      );
      await askForSync({ client, signal, ...(await userOf(client, signal)) }, application, request, wish);
      return request;
    },
    async stop(application, signal) {
      const request = requestId(now());
      await askForStop({ client, signal, ...(await userOf(client, signal)) }, application, request);
      return request;
    },
    async reconcile(application, acceptRewind, signal) {
      const request = requestId(now());
      const { namespace: where, name } = application;
      const named = { namespace: where, name, repositories: repositoriesOf(application) };
      await askForReconcile({ client, signal }, named, request, acceptRewind);
      return request;
    },
    async holdAt(application, revision, signal) {
      const request = requestId(now());
      await holdAt({ client, signal, ...(await userOf(client, signal)) }, application, revision, request);
      return request;
    },
    release: (application, signal) => release({ client, signal }, application),
    setSuspend: (application, suspend, signal) => setSuspend({ client, signal }, application, suspend),
  };
}

/** By which name the API server knows whoever asks; an old one does not tell. */
async function userOf(client: KubeClient, signal: AbortSignal): Promise<{ readonly user?: string }> {
  try {
    const answer = await client.request({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      signal,
    });
    const { status } = answer.json() as { readonly status?: { readonly userInfo?: { readonly username?: string } } };
    const user = status?.userInfo?.username;
    return user === undefined || user === '' ? {} : { user };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PlumbError) return {};
    throw error;
  }
}

interface FetchWait {
  readonly request: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Waits until a fetch has ended. What stands in its way is left to what follows to tell: a fetch that fails, say. */
async function untilFetched(
  client: KubeClient,
  { kind, namespace, name }: OwnName,
  { request, timeout, signal }: FetchWait,
): Promise<void> {
  const limit = AbortSignal.timeout(timeout);
  try {
    await watchUntil({
      client,
      scopes: [scopeOf(ownRef(kind, namespace, name))],
      project: (object) => isAnswered(object, request),
      // Gone, or answered.
      look: ([cache]) => ((cache?.get({ namespace, name }) ?? true) ? true : undefined),
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const isNoMatter = error instanceof PlumbError && error.code === 'kube.forbidden';
    if (!limit.aborted && !isNoMatter) throw error;
  }
}

function isAnswered(repository: KubeObject, request: string): boolean {
  const { spec, status } = repository as KubeObject & {
    readonly spec?: { readonly suspend?: boolean };
    readonly status?: {
      readonly handledRequest?: string;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  };
  const hasFailed = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'False');
  return spec?.suspend === true || status?.handledRequest === request || hasFailed === true;
}
