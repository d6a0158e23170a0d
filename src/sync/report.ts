import type { AppliedRecord, LastApplied } from './plan.ts';
import { slotOf } from './hooks.ts';
import type { HookResult, ObjectResult, SyncReport, SyncRun } from './run-types.ts';

/** What a run has come to. */
export function reportOf(run: SyncRun, outcome: SyncReport['outcome']): SyncReport {
  const { blocked, approval } = run;
  const results = [...run.results.values()];
  for (const { desired, live, reason } of run.pending) {
    if (run.results.has(desired.id)) continue;
    // In a rehearsal, what could not be rehearsed because its namespace or kind is not there yet.
    const would = live === undefined ? 'created' : 'configured';
    const action = run.input.options.dryRun === true && outcome === 'synced' ? would : 'skipped';
    results.push({ id: desired.id, key: desired.key, action, reason, problems: [] });
  }
  return {
    outcome,
    results,
    problems: [...results.flatMap(({ problems }) => problems), ...run.problems],
    ...(run.input.desired.warnings === undefined ? {} : { warnings: run.input.desired.warnings }),
    blocked,
    hooks: hookResults(run),
    applied: appliedAfter(run),
    ...(approval === undefined ? {} : { approval }),
  };
}

function hookResults(run: SyncRun): readonly HookResult[] {
  return (run.input.desired.hooks ?? []).flatMap((hook) =>
    hook.hook.runs.flatMap(({ phase }): readonly HookResult[] => {
      const outcome = run.hooks.get(slotOf(phase, hook));
      return outcome === undefined ? [] : [{ id: hook.id, phase, outcome }];
    }),
  );
}

/** What is known of each desired object after the run. */
function appliedAfter(run: SyncRun): LastApplied {
  const applied = new Map<string, AppliedRecord>();
  for (const { id, digest } of run.input.desired.objects) {
    const before = run.input.lastApplied.get(id);
    const record = recordAfter(run.results.get(id), digest, before, run.input.options.dryRun === true);
    if (record !== undefined) applied.set(id, record);
  }
  return applied;
}

function recordAfter(
  result: ObjectResult | undefined,
  digest: string,
  before: AppliedRecord | undefined,
  dryRun: boolean,
): AppliedRecord | undefined {
  if (result === undefined) return before;
  // Where it is none that carries our label, no event will tell of it.
  if (result.reason === 'exists' && result.uid === undefined) return { digest, fingerprint: undefined, left: true };
  // What it was left as is not what it is now.
  if (result.reason === 'drift-ignored') return before ?? { digest, fingerprint: undefined };
  if (result.action === 'unchanged') {
    // What was proved without a call tells nothing of the ownership, which is then as it was.
    const ownership = result.ownership ?? (before?.digest === digest ? before.ownership : undefined);
    const after: AppliedRecord = { digest, fingerprint: result.fingerprint, ownership };
    // Of thousands of objects that are as before, nothing is made anew.
    return before !== undefined && isSameRecord(before, after) ? before : after;
  }
  if (result.action === 'drifted') {
    const known: AppliedRecord = before ?? { digest, fingerprint: undefined };
    return result.fingerprint === undefined ? known : { ...known, digest, drifted: result.fingerprint };
  }
  const applied = ['created', 'configured', 'recreated'].includes(result.action);
  return applied && !dryRun ? { digest, fingerprint: result.fingerprint, ownership: result.ownership } : before;
}

function isSameRecord(before: AppliedRecord, after: AppliedRecord): boolean {
  return (
    before.digest === after.digest &&
    before.fingerprint === after.fingerprint &&
    before.ownership === after.ownership &&
    before.drifted === after.drifted &&
    before.left === after.left
  );
}
