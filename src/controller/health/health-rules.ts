import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../../errors.ts';
import { compileUserRules, type Health, healthOf, type HealthRules, type UserRule } from '../../health/index.ts';
import type { KubeObject } from '../../object.ts';
import { applySetOf, ownerOfSet } from '../../sync/index.ts';

/** The rules of health that Applications bring along, and those of the installation behind them. */
export interface RuleBook {
  /**
   * Takes the rules that an Application has now.
   *
   * @returns whether objects of a kind have to be judged anew for it; undefined where nothing has changed
   */
  update(applySet: string, written: readonly UserRule[]): ((group: string, kind: string) => boolean) | undefined;
  forget(applySet: string): void;
  /** What is wrong with the rules of an Application. */
  problemsOf(applySet: string): readonly Problem[];
  /** The health of a live object, by the rules of the Application that it belongs to, as a member or as a hook. */
  judge(object: KubeObject): Health;
  /** The health of what the objects of an Application have made, which says itself of nobody whose it is. */
  judgeFor(applySet: string): (object: KubeObject) => Health;
}

interface Entry {
  readonly written: readonly UserRule[];
  readonly rules: HealthRules;
  readonly problems: readonly Problem[];
}

/** The rules of the installation, which may change. */
export interface InstallationRules {
  /** Those that hold now. */
  readonly current: () => HealthRules;
  /** Calls back when there are others, until the signal. */
  readonly onChange: (listener: () => void, signal: AbortSignal) => void;
}

/** A book without rules of Applications; `installation` holds for all of them. */
export function createRuleBook(installation: Pick<InstallationRules, 'current'> | undefined): RuleBook {
  const byApplySet = new Map<string, Entry>();
  const first = installation?.current();
  /** The rules of the installation by which the objects of an Application were last judged. */
  const judgedBy = new Map<string, HealthRules | undefined>();
  return {
    update(applySet, written) {
      const known = byApplySet.get(applySet);
      const before = judgedBy.has(applySet) ? judgedBy.get(applySet) : first;
      const now = installation?.current();
      judgedBy.set(applySet, now);
      const isSame = isDeepStrictEqual(known?.written ?? [], written);
      if (isSame && now === before) return undefined;
      const { rules, problems } =
        isSame && known !== undefined ? known : compileUserRules(written, 'spec.health.rules');
      if (written.length === 0) byApplySet.delete(applySet);
      else byApplySet.set(applySet, { written, rules, problems });
      const changed = [...(isSame ? [] : [rules, known?.rules]), ...(now === before ? [] : [now, before])];
      return (group, kind) => changed.some((each) => each?.covers(group, kind) === true);
    },
    forget(applySet) {
      byApplySet.delete(applySet);
      judgedBy.delete(applySet);
    },
    problemsOf: (applySet) => byApplySet.get(applySet)?.problems ?? [],
    judge(object) {
      const applySet = applySetOf(object);
      const own = applySet === undefined ? undefined : byApplySet.get(ownerOfSet(applySet))?.rules;
      return healthOf(object, own, installation?.current());
    },
    judgeFor: (applySet) => (object) => healthOf(object, byApplySet.get(applySet)?.rules, installation?.current()),
  };
}
