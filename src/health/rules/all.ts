import type { GroupRules, HealthRule } from '../rule.ts';
import { customRules } from './custom/index.ts';
import { familyRules } from './families.ts';
import { rules } from './index.ts';

/** A rule with the kind that it is for. */
export interface NamedRule {
  /** Of the API group; `*.example.io` for a family, and empty for the core group. */
  readonly group: string;
  /** `*` for all kinds that have no rule of their own. */
  readonly kind: string;
  readonly rule: HealthRule;
}

function* named(group: string, ofGroup: GroupRules): Generator<NamedRule> {
  for (const [kind, rule] of Object.entries(ofGroup)) yield { group, kind, rule };
}

/** Every rule that there is, the built-in groups first. */
export function* allRules(): Generator<NamedRule> {
  for (const [group, ofGroup] of Object.entries(rules)) yield* named(group, ofGroup);
  for (const [group, ofGroup] of Object.entries(customRules)) yield* named(group, ofGroup);
  for (const [ending, ofGroup] of Object.entries(familyRules)) yield* named(`*.${ending}`, ofGroup);
}
