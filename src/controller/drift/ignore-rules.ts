import type { Application } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import { keyOf, type KubeObject } from '../../object.ts';
import { applySetOf, compileIgnore, type IgnoreRules, joinIgnore, type ObjectIgnore } from '../../sync/index.ts';
import { type InstallationRules, takenRules } from '../health/installation-rules.ts';

/** What Applications leave to others in their objects, together with what the installation does. */
export interface IgnoreBook {
  /**
   * Takes the rules that an Application has now.
   *
   * @returns whether objects of a kind have to be looked at anew for it; undefined where nothing has changed
   */
  update(applySet: string, application: Application): ((group: string, kind: string) => boolean) | undefined;
  forget(applySet: string): void;
  /** The rules that hold for all Applications now. */
  readonly installation: () => IgnoreRules | undefined;
  /** What is ignored of a live object, by the rules of the Application that it belongs to. */
  ignoredOf(object: KubeObject): ObjectIgnore | undefined;
}

/** The rules for the objects of an Application. */
export interface RulesFor {
  readonly rules: IgnoreRules | undefined;
  /** What is wrong with rules of its own. */
  readonly problems: readonly Problem[];
}

/** The rules of an Application before those of the installation. */
export function ignoreRulesOf({ spec }: Application, installation: IgnoreRules | undefined): RulesFor {
  if (spec.ignore === undefined || spec.ignore.length === 0) return { rules: installation, problems: [] };
  const { rules, problems } = compileIgnore(spec.ignore, 'spec.ignore');
  return { rules: joinIgnore(rules, installation), problems };
}

/** A book without rules of Applications; `installation` holds for all of them. */
export function createIgnoreBook(
  installation: Pick<InstallationRules<IgnoreRules>, 'current'> | undefined,
): IgnoreBook {
  const ofAll = takenRules(installation);
  const byApplySet = new Map<string, IgnoreRules>();
  return {
    update(applySet, application) {
      const others = ofAll.take(applySet);
      const known = byApplySet.get(applySet);
      const written = application.spec.ignore ?? [];
      const isSame = (known?.text ?? '[]') === JSON.stringify(written);
      if (isSame && others.length === 0) return undefined;
      const rules = isSame ? known : compileIgnore(written, 'spec.ignore').rules;
      if (rules === undefined || written.length === 0) byApplySet.delete(applySet);
      else byApplySet.set(applySet, rules);
      const changed = [...(isSame ? [] : [rules, known]), ...others];
      return (group, kind) => changed.some((each) => each?.covers(group, kind) === true);
    },
    forget(applySet) {
      byApplySet.delete(applySet);
      ofAll.forget(applySet);
    },
    installation: ofAll.current,
    ignoredOf(object) {
      const applySet = applySetOf(object);
      const own = applySet === undefined ? undefined : byApplySet.get(applySet);
      return joinIgnore(own, ofAll.current())?.of(keyOf(object));
    },
  };
}
