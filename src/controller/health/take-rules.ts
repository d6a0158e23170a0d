import type { ApplicationState } from '../application/application-state.ts';
import type { ReconcileContext } from '../application/context.ts';

/** Rules of health and of what is ignored that have changed are for what is there already, too. */
export async function takeRules(
  state: ApplicationState,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const health = context.ruleBook.update(state.applySet, state.application.spec.health?.rules ?? []);
  const ignore = context.ignoreBook.update(state.applySet, state.application);
  if (health === undefined && ignore === undefined) return;
  const changed = (group: string, kind: string): boolean =>
    health?.(group, kind) === true || ignore?.(group, kind) === true;
  await context.members.judgeAnew(state.applySet, changed, signal);
}
