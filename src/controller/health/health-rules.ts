import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../../errors.ts';
import { compileUserRules, type Health, healthOf, type HealthRules, type UserRule } from '../../health/index.ts';
import type { KubeObject } from '../../object.ts';
import { applySetOf, ownerOfSet } from '../../sync/index.ts';
import { type InstallationRules, takenRules } from './installation-rules.ts';

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

/** A book without rules of Applications; `installation` holds for all of them. */
export function createRuleBook(installation: Pick<InstallationRules<HealthRules>, 'current'> | undefined): RuleBook {
  const byApplySet = new Map<string, Entry>();
  const ofAll = takenRules(installation);
  return {
    update(applySet, written) {
      const known = byApplySet.get(applySet);
      const others = ofAll.take(applySet);
      const isSame = isDeepStrictEqual(known?.written ?? [], written);
      if (isSame && others.length === 0) return undefined;
      const { rules, problems } =
        isSame && known !== undefined ? known : compileUserRules(written, 'spec.health.rules');
      if (written.length === 0) byApplySet.delete(applySet);
      else byApplySet.set(applySet, { written, rules, problems });
      const changed = [...(isSame ? [] : [rules, known?.rules]), ...others];
      return (group, kind) => changed.some((each) => each?.covers(group, kind) === true);
    },
    forget(applySet) {
      byApplySet.delete(applySet);
      ofAll.forget(applySet);
    },
    problemsOf: (applySet) => byApplySet.get(applySet)?.problems ?? [],
    judge(object) {
      const applySet = applySetOf(object);
      const own = applySet === undefined ? undefined : byApplySet.get(ownerOfSet(applySet))?.rules;
      return healthOf(object, own, ofAll.current());
    },
    judgeFor: (applySet) => (object) => healthOf(object, byApplySet.get(applySet)?.rules, ofAll.current()),
  };
}
