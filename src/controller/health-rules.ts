import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../errors.ts';
import { compileUserRules, type Health, healthOf, type HealthRules, type UserRule } from '../health/index.ts';
import type { KubeObject } from '../object.ts';
import { applySetOf } from '../sync/index.ts';

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
  /** The health of a live object, by the rules of the Application that it belongs to. */
  judge(object: KubeObject): Health;
}

interface Entry {
  readonly written: readonly UserRule[];
  readonly rules: HealthRules;
  readonly problems: readonly Problem[];
}

/** A book without rules of Applications; `installation` holds for all of them. */
export function createRuleBook(installation: HealthRules | undefined): RuleBook {
  const byApplySet = new Map<string, Entry>();
  return {
    update(applySet, written) {
      const known = byApplySet.get(applySet);
      if (isDeepStrictEqual(known?.written ?? [], written)) return undefined;
      const { rules, problems } = compileUserRules(written, 'spec.health.rules');
      if (written.length === 0) byApplySet.delete(applySet);
      else byApplySet.set(applySet, { written, rules, problems });
      return (group, kind) => rules.covers(group, kind) || known?.rules.covers(group, kind) === true;
    },
    forget: (applySet) => void byApplySet.delete(applySet),
    problemsOf: (applySet) => byApplySet.get(applySet)?.problems ?? [],
    judge(object) {
      const applySet = applySetOf(object);
      return healthOf(object, applySet === undefined ? undefined : byApplySet.get(applySet)?.rules, installation);
    },
  };
}
