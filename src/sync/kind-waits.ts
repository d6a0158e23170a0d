import { hasOnly } from './codes.ts';
import type { Problem } from '../errors.ts';
import type { PlannedApply } from './plan.ts';
import type { ApiResource } from './ports.ts';
import type { PreparedObject } from './prepare.ts';
import type { ObjectResult, StepContext, Wait } from './run-types.ts';
import { downApiOf } from './unreachable.ts';

/** Milliseconds until the server is asked again for a kind, where nobody tells that it has come. */
const askAgainMilliseconds = 1_000;

/** What has to come before these: their kinds, where something else than this sync brings them. */
export async function kindWaits(
  desired: readonly PreparedObject[],
  { cluster, toldOfKinds = false, signal }: StepContext,
): Promise<readonly Wait[]> {
  const awaited = desired.filter((one) => one.awaited === true);
  if (awaited.length === 0) return [];
  if (!toldOfKinds) await cluster.discovery.refresh({ signal });
  const waits: Wait[] = [];
  for (const { key, object, resource } of awaited) {
    const served = await servedAs(resource, { cluster, signal });
    const down = downApiOf(resource, cluster.discovery);
    if (served !== undefined && down === undefined) continue;
    waits.push({
      key,
      condition: 'Ready',
      message:
        down === undefined
          ? `the cluster has no kind ${key.kind} in ${object.apiVersion} yet`
          : `the API ${down} does not answer`,
      ...(toldOfKinds ? {} : { retryAfter: askAgainMilliseconds }),
    });
  }
  return waits;
}

/** Why this one cannot be made: it could not be known whether it lives in a namespace, and was taken for the wrong thing. */
export async function misplacement(
  { id, origin, resource, awaited }: PreparedObject,
  context: StepContext,
): Promise<Problem | undefined> {
  if (awaited !== true) return undefined;
  const served = await servedAs(resource, context);
  if (served === undefined || served.namespaced === resource.namespaced) return undefined;
  const message = `its kind has come, and lives in ${served.namespaced ? 'namespaces' : 'no namespace'}: sync again`;
  return { code: 'sync.unknown-kind', message, where: { ...origin, object: id } };
}

/** Objects that were taken for the wrong thing. */
export async function misplaced(todo: readonly PlannedApply[], context: StepContext): Promise<readonly ObjectResult[]> {
  const wrong: ObjectResult[] = [];
  for (const { desired, reason } of todo) {
    const problem = await misplacement(desired, context);
    if (problem === undefined) continue;
    wrong.push({ id: desired.id, key: desired.key, action: 'failed', reason, problems: [problem] });
  }
  return wrong;
}

async function servedAs(
  kind: ApiResource,
  { cluster, signal }: Pick<StepContext, 'cluster' | 'signal'>,
): Promise<ApiResource | undefined> {
  try {
    const { group, version, kind: name } = kind;
    return await cluster.discovery.resource({ group, version, kind: name }, { signal });
  } catch (error) {
    // What is announced and does not answer yet is still to come, too.
    if (hasOnly(error, 'kube.no-such-kind') || hasOnly(error, 'kube.api-unavailable')) return undefined;
    throw error;
  }
}
