import { hasOnly } from './codes.ts';
import type { PlannedApply } from './plan.ts';
import type { ApiResource } from './ports.ts';
import type { ObjectResult, StepContext, SyncRun, Wait } from './run-types.ts';

/** Milliseconds until the server is asked again for a kind, where nobody tells that it has come. */
const askAgainMilliseconds = 1_000;

/** The objects of a stage whose kind is still to come, brought by something else than this sync. */
export async function kindWaits(
  stage: readonly PlannedApply[],
  run: SyncRun,
  context: StepContext,
): Promise<readonly Wait[]> {
  const awaited = stage.filter(({ desired }) => desired.awaited === true && !run.results.has(desired.id));
  if (awaited.length === 0) return [];
  const { toldOfKinds = false, signal } = context;
  if (!toldOfKinds) await context.cluster.discovery.refresh({ signal });
  const waits: Wait[] = [];
  for (const { desired } of awaited) {
    if ((await servedAs(desired.resource, context)) !== undefined) continue;
    waits.push({
      key: desired.key,
      condition: 'Ready',
      message: `the cluster has no kind ${desired.key.kind} in ${desired.object.apiVersion} yet`,
      ...(toldOfKinds ? {} : { retryAfter: askAgainMilliseconds }),
    });
  }
  return waits;
}

/** Objects of which it could not be known whether they live in a namespace, and that were taken for the wrong thing. */
export async function misplaced(todo: readonly PlannedApply[], context: StepContext): Promise<readonly ObjectResult[]> {
  const wrong: ObjectResult[] = [];
  for (const { desired, reason } of todo) {
    if (desired.awaited !== true) continue;
    const { id, key, origin, resource } = desired;
    const served = await servedAs(resource, context);
    if (served === undefined || served.namespaced === resource.namespaced) continue;
    const message = `its kind has come, and lives in ${served.namespaced ? 'namespaces' : 'no namespace'}: sync again`;
    const problem = { code: 'sync.unknown-kind', message, where: { ...origin, object: id } } as const;
    wrong.push({ id, key, action: 'failed', reason, problems: [problem] });
  }
  return wrong;
}

async function servedAs(kind: ApiResource, { cluster, signal }: StepContext): Promise<ApiResource | undefined> {
  try {
    const { group, version, kind: name } = kind;
    return await cluster.discovery.resource({ group, version, kind: name }, { signal });
  } catch (error) {
    if (hasOnly(error, 'kube.no-such-kind')) return undefined;
    throw error;
  }
}
