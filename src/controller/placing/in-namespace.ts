import { hash } from 'node:crypto';
import type { KubeClient } from '../../kube/index.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../../object.ts';
import { fetchTip, tipAt } from '../../writeback/index.ts';
import { checkRequest, type CheckedChange } from '../changes/check.ts';
import type { ChangeRequest, ChangeResult, SubmitOptions } from '../changes/types.ts';
import type { GitObject, GitObjects } from '../gitops/git-objects.ts';
import { madeName } from '../gitops/made-objects.ts';
import type { GitOpsSettings } from '../gitops/settings.ts';
import { asSeen } from './app-objects.ts';
import { branchesOf } from './branch.ts';
import { openSources, type OpenSources } from './open-sources.ts';
import { planContextOf } from './plan-context.ts';
import { type AppChangeContext, changeApplication } from './submit.ts';
import type { AppObjectChange } from './types.ts';

/** What is done in GitOps namespaces whose folder is rendered, and not laid out by Plumbline. */
export interface RenderedNamespaces extends GitObjects {
  submit(request: ChangeRequest, options: SubmitOptions): Promise<ChangeResult>;
}

/** Changes and reads objects of such namespaces by what the Application that was made for them renders to. */
export function createRenderedNamespaces(
  context: AppChangeContext & { readonly client: KubeClient },
): RenderedNamespaces {
  return {
    async submit(request, options) {
      const checked = await checkRequest(request, context.client.discovery, options.signal);
      const { changes: _changes, ...rest } = request;
      const asked = { ...rest, application: madeName, changes: checked.map(changeOf) };
      const { operation, state, commit, pullRequest, objects, warnings, sync } = await changeApplication(
        asked,
        context,
        options,
      );
      return {
        operation,
        state,
        warnings,
        ...(commit === undefined ? {} : { commit }),
        ...(pullRequest === undefined ? {} : { pullRequest }),
        ...(objects === undefined ? {} : { objects }),
        ...(sync === undefined ? {} : { sync }),
      };
    },
    get: (settings, key, { signal }) =>
      atTip(settings, context, signal, async (now, commit) => {
        const found = renderedIn(now, settings.namespace).find((each) => isSameKey(each.key, key));
        return found === undefined || commit === undefined ? undefined : shown(found, commit);
      }),
    list: (settings, work, { signal }) =>
      atTip(settings, context, signal, async (now, commit) => {
        const all = renderedIn(now, settings.namespace);
        return work({
          commit,
          objects: all.map(({ key, object: { apiVersion, metadata }, path }) => ({
            key,
            apiVersion,
            labels: metadata.labels ?? {},
            path,
          })),
          read: async (some) =>
            some.map(({ key }) => {
              const found = all.find((each) => isSameKey(each.key, key));
              return found === undefined || commit === undefined ? undefined : shown(found, commit);
            }),
        });
      }),
  };
}

/** An object of the namespace as it is rendered, and the file that it comes from. */
interface RenderedIn {
  readonly key: ObjectKey;
  readonly object: KubeObject;
  readonly path: string;
}

const isSameKey = (one: ObjectKey, other: ObjectKey): boolean => formatKey(one) === formatKey(other);

function renderedIn({ sources }: OpenSources, namespace: string): readonly RenderedIn[] {
  return sources
    .flatMap(({ objects }) => objects)
    .map(({ object, origin }) => {
      const bare = keyOf(object);
      const key = { ...bare, namespace: bare.namespace || namespace };
      return { key, object: asSeen(object, key), path: origin.file ?? '' };
    })
    .filter(({ key }) => key.namespace === namespace)
    .toSorted((one, other) => (formatKey(one.key) < formatKey(other.key) ? -1 : 1));
}

function shown({ object, path }: RenderedIn, commit: string): GitObject {
  const content = hash('sha256', JSON.stringify(object), 'hex').slice(0, 40);
  return { object, path, etag: `"${content}-${commit}"` };
}

function changeOf({ change, key, object }: CheckedChange): AppObjectChange {
  const { group, kind, namespace, name } = key;
  const seen = change.ifMatch === undefined ? {} : { ifMatch: change.ifMatch };
  if (change.verb === 'patch' || change.verb === 'delete') return { ...change, name: { group, kind, namespace, name } };
  return { verb: change.verb, object: object ?? change.object, ...seen };
}

async function atTip<T>(
  { namespace, branch }: GitOpsSettings,
  context: AppChangeContext,
  signal: AbortSignal,
  look: (now: OpenSources, commit: string | undefined) => Promise<T>,
): Promise<T> {
  const plan = await planContextOf(namespace, madeName, context, signal);
  const [{ repository, group }] = branchesOf(plan.parts, plan.repositoryOf);
  return context.branches.use(
    repository,
    branch,
    'commit',
    async ({ mirror }) => {
      const { commit, files } = await tipAt(mirror, await fetchTip(mirror, branch, signal));
      return look(await openSources(plan, { group, files }, signal), commit);
    },
    signal,
  );
}
