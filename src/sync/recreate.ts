import type { Problem } from '../errors.ts';
import { hasOnly } from './codes.ts';
import { holdsMore } from './holding-kinds.ts';
import type { Member } from './member.ts';
import type { PlannedApply } from './plan.ts';
import { problemsAt } from './rehearse.ts';
import { defaultFieldManager, type StepContext, type SyncInput, type SyncRun } from './run-types.ts';

/**
 * Whether an object whose change was refused is to be deleted and made anew: Git asks for it, it is one of ours,
 * and the server would take it if it were not there. What is wrong in itself is never deleted for.
 *
 * @returns `no` with the problems to tell: those of the refusal, and why it is kept although Git asks
 */
export async function recreation(
  planned: PlannedApply,
  refused: readonly Problem[],
  input: Pick<SyncInput, 'options' | 'applySet'>,
  context: Pick<StepContext, 'cluster' | 'signal'>,
): Promise<{ readonly recreate: true } | { readonly recreate: false; readonly problems: readonly Problem[] }> {
  const no = { recreate: false, problems: refused } as const;
  const { desired, live } = planned;
  const { options, applySet } = input;
  if ((desired.options?.recreate ?? options.recreate) !== true) return no;
  if (live === undefined || live.applySet !== applySet) return no;
  if (!refused.every(({ code }) => code === 'kube.invalid')) return no;
  if (holdsMore(desired.key)) {
    const where = { ...desired.origin, object: desired.id };
    const message = `a ${desired.key.kind} is never deleted to be made anew: what it holds would be gone with it`;
    return { recreate: false, problems: [...refused, { code: 'sync.not-recreated', message, where }] };
  }
  const fieldManager = options.fieldManager ?? defaultFieldManager;
  const { signal } = context;
  try {
    await context.cluster.create(desired.object, { fieldManager, dryRun: true, fieldValidation: 'Strict', signal });
    return { recreate: true };
  } catch (error) {
    signal.throwIfAborted();
    // The server looks at what an object says before it looks whether its name is taken.
    return hasOnly(error, 'kube.already-exists') ? { recreate: true } : no;
  }
}

/** What came of the deletion of an object that is to be made anew: gone, still going, not yet allowed, or not possible. */
export type Cleared = 'gone' | 'deleting' | 'throttled' | readonly Problem[];

/** Deletes the very object that the plan saw; where that was done before, by whomever, there is nothing to do but wait. */
export async function clearFor({ desired, live }: PlannedApply, run: SyncRun, context: StepContext): Promise<Cleared> {
  const there: Member | undefined = context.view.find(desired.key);
  if (live === undefined || there === undefined || there.uid !== live.uid || run.gone.has(live.uid)) return 'gone';
  if (there.deletionTimestamp !== undefined) return 'deleting';
  // It is deleted like any other: what a mistake makes anew everywhere is gone everywhere for a while.
  if (context.deletions?.take() === false) return 'throttled';
  const propagation = desired.options?.propagation ?? run.input.options.propagation ?? 'Background';
  const { signal } = context;
  try {
    const ref = { ...desired.key, apiVersion: desired.object.apiVersion };
    const preconditions = { uid: live.uid };
    const outcome = await context.cluster.delete(ref, { propagation, preconditions, dryRun: false, signal });
    if (outcome.state === 'gone') return 'gone';
    context.observe?.(outcome.object);
    return 'deleting';
  } catch (error) {
    signal.throwIfAborted();
    return hasOnly(error, 'kube.stale') ? 'gone' : problemsAt(desired, error);
  }
}
