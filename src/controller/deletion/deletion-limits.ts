import { createDeletionBudget, type DeletionBudget, joinBudgets } from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { Observer } from '../observer.ts';

/** Deletions of one Application in a minute, where it does not say. */
export const applicationDeletionsPerMinute = 1_000;
/** Deletions of all Applications together in a minute, where the command line does not say. */
export const controllerDeletionsPerMinute = 3_000;

/** How many deletions an Application may begin. */
export type DeletionLimits = (state: ApplicationState) => DeletionBudget;

/** What `createDeletionLimits` needs. */
export interface DeletionLimitsOptions {
  /** Of all Applications together; `controllerDeletionsPerMinute` where left out. */
  readonly deletionsPerMinute?: number;
  readonly observer?: Pick<Observer, 'deletionBegun'>;
  readonly now: () => number;
}

/**
 * The limits of deletions, over all causes: one of each Application, and one of all together. What was deleted before this
 * process began is not known, so each begins with nothing saved up; but for those of Applications that are younger.
 */
export function createDeletionLimits({ deletionsPerMinute, now, observer }: DeletionLimitsOptions): DeletionLimits {
  const startedAt = now();
  const all = createDeletionBudget({ perMinute: deletionsPerMinute ?? controllerDeletionsPerMinute, now, empty: true });
  const counted = (state: ApplicationState, own: DeletionBudget): DeletionBudget => {
    const budget = joinBudgets(own, all);
    if (observer === undefined) return budget;
    const take = (): boolean => {
      const taken = budget.take();
      if (taken) observer.deletionBegun(state);
      return taken;
    };
    return { ...budget, take };
  };
  return (state) => {
    const { spec, metadata } = state.application;
    const limit = spec.sync?.deletionsPerMinute ?? applicationDeletionsPerMinute;
    const known = state.deletions;
    if (known?.perMinute === limit) return counted(state, known);
    // A limit that was changed lets nothing through at once, however often it is changed.
    const isNew = known === undefined && Date.parse(metadata.creationTimestamp ?? '') > startedAt;
    const own = createDeletionBudget({ perMinute: limit, now, empty: !isNew });
    state.deletions = own;
    return counted(state, own);
  };
}
