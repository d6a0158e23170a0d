import { healthOf, type Health } from '../health/index.ts';
import type { ObjectKey } from '../object.ts';
import { hasOnly } from './codes.ts';
import { hookFinalizer } from './hook.ts';
import type { Member } from './member.ts';
import type { StepContext } from './run-types.ts';

/** How a hook does; undefined where somebody deleted it while it ran. A Pod has ended when its containers have. */
export async function healthOfHook(
  live: Member,
  { cluster, judge = healthOf, signal }: StepContext,
): Promise<Health | undefined> {
  const leaving = live.deletionTimestamp !== undefined;
  const pod = live.key.kind === 'Pod' && live.key.group === '';
  if (!leaving && !(pod && live.health.status === 'Healthy')) return live.health;
  const object = await cluster.get({ ...live.key, apiVersion: live.apiVersion }, { signal });
  if (object === undefined || object.metadata.uid !== live.uid) return undefined;
  const { deletionTimestamp: _deletion, ...metadata } = object.metadata;
  const health = judge({ ...object, metadata });
  const spec = object.spec as { readonly restartPolicy?: unknown } | undefined;
  const status = object.status as { readonly phase?: unknown } | undefined;
  if (pod && health.status === 'Healthy' && status?.phase === 'Running' && spec?.restartPolicy !== 'Always') {
    return leaving ? undefined : { status: 'Progressing', message: 'its containers run' };
  }
  return leaving && health.status === 'Progressing' ? undefined : health;
}

/**
 * What stands behind the failure of a hook whose namespace is going: whichever of its pods and itself is deleted first, it has
 * failed for that. Empty where the namespace stays, or may not be looked at.
 */
export async function fateOfNamespace(
  { key }: Pick<Member, 'key'>,
  { cluster, signal }: Pick<StepContext, 'cluster' | 'signal'>,
): Promise<string> {
  const { namespace: name } = key;
  if (name === '') return '';
  try {
    const ref = { group: '', kind: 'Namespace', apiVersion: 'v1', namespace: '', name };
    const namespace = await cluster.get(ref, { signal });
    const stays = namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
    return stays ? '' : `; its namespace ${name} is being deleted`;
  } catch {
    // That it has failed is known without it.
    signal.throwIfAborted();
    return '';
  }
}

/** Lets a hook go: an apply without the finalizer takes ours away and no other. */
export async function releaseHook(live: Member, context: StepContext): Promise<void> {
  if (!live.finalizers.includes(hookFinalizer)) return;
  const { key, uid, apiVersion } = live;
  const { cluster, signal } = context;
  try {
    const object = await cluster.get({ ...key, apiVersion }, { signal });
    if (object === undefined || object.metadata.uid !== uid) return;
    const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== hookFinalizer);
    const { resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, finalizers } };
    const released = await cluster.patch({ ...key, apiVersion }, patch, { type: 'merge', signal });
    context.observe?.(released);
  } catch (error) {
    signal.throwIfAborted();
    if (hasOnly(error, 'kube.not-found')) return;
    // Somebody wrote it meanwhile: once more with what is there now.
    if (hasOnly(error, 'kube.stale')) return releaseHook(live, context);
    throw error;
  }
}

/**
 * Deletes a hook with what it has made, and does not wait for it.
 * @param propagation `Foreground`: it stays until what it has made is gone, so that it can be waited for
 */
export async function deleteHook(
  live: Member,
  { cluster, signal, observe }: StepContext,
  propagation: 'Background' | 'Foreground' = 'Background',
): Promise<void> {
  const { key, uid, apiVersion } = live;
  try {
    const outcome = await cluster.delete(
      { ...key, apiVersion },
      { propagation, preconditions: { uid }, dryRun: false, signal },
    );
    if (outcome.state === 'deleting') observe?.(outcome.object);
  } catch (error) {
    signal.throwIfAborted();
    // Gone, or another of its name: nothing of ours is left there.
    if (!hasOnly(error, 'kube.not-found') && !hasOnly(error, 'kube.stale')) throw error;
  }
}

/** Kinds of which nothing in Kubernetes makes objects of its own. */
const ownNothing: ReadonlySet<string> = new Set([
  '/ConfigMap',
  '/LimitRange',
  '/ResourceQuota',
  '/Secret',
  '/ServiceAccount',
  'networking.k8s.io/NetworkPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
]);

/**
 * How a hook is deleted that the next of its name takes the place of. What it has made (the Pods of a Job) goes before
 * it, so that the two never run side by side; but that takes the garbage collector of Kubernetes, which may be behind by
 * a minute, so it is not asked where there is nothing to collect.
 */
export function clearingOf({ group, kind }: Pick<ObjectKey, 'group' | 'kind'>): 'Foreground' | 'Background' {
  return ownNothing.has(`${group}/${kind}`) ? 'Background' : 'Foreground';
}
