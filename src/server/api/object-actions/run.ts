import type { FastifyRequest } from 'fastify';
import type { MadeEffect } from '../../../actions/index.ts';
import type { AppChangeResult, ChangeResult } from '../../../controller/index.ts';
import type { KubeObject, ObjectKey } from '../../../object.ts';
import { kubeUser } from '../../auth/kube-user.ts';
import { clientOf, userOf } from '../caller.ts';
import type { ApiContext } from '../context.ts';
import { leading } from '../leading.ts';
import type { Home } from './home.ts';

/** The field manager of what actions change: no sync owns it, so that none takes it back. */
const actionManager = 'plumbline-actions';
/** The field manager by which the webhook of GitOps namespaces knows what is only tried. */
const rehearsing = 'plumbline';

/** An action that may be done, with all that it needs. */
export interface ReadyAction {
  readonly name: string;
  readonly key: ObjectKey;
  readonly live: KubeObject;
  readonly home: Home;
  readonly made: MadeEffect;
  readonly dryRun: boolean;
  readonly message?: string;
  readonly idempotencyKey?: string;
  readonly wait?: 'synced';
}

/** What was made in the cluster. */
export interface ClusterResult {
  readonly state: 'Applied' | 'Tried';
  readonly created?: KubeObject;
  readonly warnings: readonly string[];
}

/** Makes the change where Git has the object: one commit, or one pull request, in the name of the user. */
export async function runInGit(
  context: ApiContext,
  request: FastifyRequest,
  { name, key, home, made, dryRun, message, idempotencyKey, wait }: ReadyAction,
): Promise<AppChangeResult | ChangeResult> {
  const signedIn = userOf(request);
  const user = { ...kubeUser(signedIn), ...(signedIn.email === undefined ? {} : { email: signedIn.email }) };
  const common = {
    user,
    action: name,
    dryRun,
    ...(message === undefined ? {} : { message }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
  const options = { signal: request.ending, ...(wait === undefined ? {} : { wait }) };
  const changes = leading(context.changes);
  const patch = made.kind === 'patch' ? made.patch : {};
  const { namespace, ...object } = key;
  if (home.kind === 'application') {
    return changes.changeApplication(
      {
        ...common,
        namespace: home.namespace,
        application: home.name,
        changes: [{ verb: 'patch', name: key, type: 'merge', patch }],
      },
      options,
    );
  }
  return changes.submit(
    { ...common, namespace, changes: [{ verb: 'patch', name: object, type: 'merge', patch }] },
    options,
  );
}

/**
 * Makes the change in the cluster, as the user. Where Git maintains the namespace it is tried as the user and written by
 * Plumbline, whose writes its own webhook does not take for changes that belong into Git.
 */
export async function runInCluster(
  context: ApiContext,
  request: FastifyRequest,
  { key, live, made, dryRun }: ReadyAction,
): Promise<ClusterResult> {
  const warnings = new Set<string>();
  const options = {
    signal: request.ending,
    onWarning: (text: string): void => void warnings.add(text),
    fieldManager: actionManager,
  };
  const asUser = clientOf(context, request);
  const isGits = key.namespace !== '' && leading(context.gitops).settingsOf(key.namespace) !== undefined;
  const write = async (client: typeof asUser, how: typeof options & { readonly dryRun: boolean }) => {
    if (made.kind === 'create') return client.create(made.object, how);
    const { patch, subresource } = made;
    // What a patch of the status goes on from must not have changed since.
    const { resourceVersion = '' } = live.metadata;
    const whole = subresource === 'status' ? { ...patch, metadata: { resourceVersion } } : patch;
    const below = subresource === undefined ? {} : { subresource };
    return client.patch({ ...key, apiVersion: live.apiVersion }, whole, { type: 'merge', ...below, ...how });
  };
  if (dryRun || isGits) {
    const tried = await write(asUser, { ...options, fieldManager: rehearsing, dryRun: true });
    if (dryRun) return { state: 'Tried', ...createdOf(made, tried), warnings: [...warnings] };
  }
  const written = await write(isGits ? context.client : asUser, { ...options, dryRun: false });
  return { state: 'Applied', ...createdOf(made, written), warnings: [...warnings] };
}

function createdOf({ kind }: MadeEffect, written: KubeObject): { readonly created?: KubeObject } {
  return kind === 'create' ? { created: written } : {};
}
