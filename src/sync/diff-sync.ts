import type { Problem } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { diffObject, type ObjectDiff } from './diff.ts';
import type { Blocked } from './blocked.ts';
import type { Plan, PlannedApply } from './plan.ts';
import type { PreparedObject } from './prepare.ts';
import { recreation } from './recreate.ts';
import { applyOne, problemsAt, type Rehearsal } from './rehearse.ts';
import type { StepContext, SyncInput } from './run-types.ts';
import { applyOrder, deletionOrder } from './order.ts';
import { isNamespace } from './rehearse-all.ts';
import { planOf } from './validate.ts';

/** What a sync would change, field by field. */
export interface SyncDiff {
  /** Only objects that differ, in the order in which they would be dealt with. */
  readonly diffs: readonly ObjectDiff[];
  /** What the server would refuse. */
  readonly problems: readonly Problem[];
  /** What would not be done, and why. */
  readonly blocked: readonly Blocked[];
  /** The token that approves the prune that is blocked for want of it. */
  readonly approval?: string;
}

/** Compares what is desired with the cluster and changes nothing. Costs two calls for each object that is not proved equal. */
export async function diffSync(
  input: SyncInput,
  context: Pick<StepContext, 'view' | 'cluster' | 'signal'>,
): Promise<SyncDiff> {
  const plan = planOf(input, context.view);
  const problems: Problem[] = [];
  const toApply = applyOrder(plan.apply).flatMap(({ stages }) => stages.flat());
  const toPrune = deletionOrder(plan.prune).flat();
  const toCome = await namespacesToCome(plan, input, context);
  const applied = await Promise.all(toApply.map((planned) => diffPlanned(planned, input, context, toCome, problems)));
  const pruned = await Promise.all(
    toPrune.map(async ({ key, apiVersion }) => {
      const live = await context.cluster.get({ ...key, apiVersion }, { signal: context.signal });
      return live === undefined ? undefined : diffObject({ desired: undefined, live, rehearsed: undefined });
    }),
  );
  const diffs = [...applied, ...pruned].filter((diff) => diff !== undefined && diff.change !== 'none');
  return {
    diffs: diffs as readonly ObjectDiff[],
    problems,
    blocked: plan.blocked,
    ...(plan.approval === undefined ? {} : { approval: plan.approval }),
  };
}

async function diffPlanned(
  planned: PlannedApply,
  input: SyncInput,
  context: Pick<StepContext, 'cluster' | 'signal'>,
  toCome: ReadonlySet<string>,
  problems: Problem[],
): Promise<ObjectDiff | undefined> {
  const { desired, live: known } = planned;
  const { object } = desired;
  // Its kind or its namespace is still to come: there is nothing that the server could compare.
  if (known === undefined && (desired.definedHere || desired.awaited || toCome.has(desired.key.namespace)))
    return diffObject({ desired: object, live: undefined, rehearsed: undefined });
  const { signal } = context;
  try {
    const { rehearsal, live } = await rehearsedOn(desired, input, context);
    if (rehearsal.kind === 'accepted') return diffObject({ desired: object, live, rehearsed: rehearsal.result });
    if (rehearsal.kind === 'refused') {
      const next = await recreation(planned, rehearsal.problems, input, context);
      if (next.recreate) return diffObject({ desired: object, live, rehearsed: undefined, recreated: true });
      problems.push(...next.problems);
    }
  } catch (error) {
    signal.throwIfAborted();
    problems.push(...problemsAt(desired, error));
  }
  return undefined;
}

/** Controllers write at any time: so often both are asked for anew until they are of one state of the object. */
const attempts = 5;

/** The rehearsal, and the very object that it was made on: what somebody writes between the two would look like a difference. */
async function rehearsedOn(
  desired: PreparedObject,
  { options }: SyncInput,
  { cluster, signal }: Pick<StepContext, 'cluster' | 'signal'>,
): Promise<{ readonly rehearsal: Rehearsal; readonly live: KubeObject | undefined }> {
  const ref = { ...desired.key, apiVersion: desired.object.apiVersion };
  for (let count = 1; ; count++) {
    const [rehearsal, live] = await Promise.all([
      applyOne(cluster, desired, options, { dryRun: true, signal }),
      cluster.get(ref, { signal }),
    ]);
    // A rehearsal has the version of what it was made on.
    const version = rehearsal.kind === 'accepted' ? (rehearsal.result.metadata.resourceVersion ?? '') : '';
    const same = version === '' || version === live?.metadata.resourceVersion;
    if (same || count === attempts) return { rehearsal, live };
  }
}

/** Namespaces that the sync itself would create. */
async function namespacesToCome(
  plan: Plan,
  input: SyncInput,
  context: Pick<StepContext, 'cluster' | 'signal'>,
): Promise<ReadonlySet<string>> {
  const names = plan.apply.filter(({ desired, live }) => isNamespace(desired.key) && live === undefined);
  const candidates = new Set(names.map(({ desired }) => desired.key.name));
  const wanted = input.options.createNamespace;
  if (wanted !== undefined && plan.apply.some(({ desired }) => desired.key.namespace === wanted))
    candidates.add(wanted);
  const missing = await Promise.all(
    [...candidates].map(async (name) => {
      const ref = { group: '', kind: 'Namespace', namespace: '', name, apiVersion: 'v1' };
      return (await context.cluster.get(ref, { signal: context.signal })) === undefined ? name : undefined;
    }),
  );
  return new Set(missing.filter((name) => name !== undefined));
}
