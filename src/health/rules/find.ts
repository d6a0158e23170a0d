import type { HealthRule } from '../rule.ts';
import { customRules } from './custom/index.ts';
import { familyRules } from './families.ts';
import { rules as builtInRules } from './index.ts';

/** Own fields alone: a kind may have any name, `constructor` too. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** `s3.aws.example.io`: `aws.example.io`, `example.io`, `io`. */
function* endingsOf(group: string): Generator<string> {
  for (let dot = group.indexOf('.'); dot >= 0; dot = group.indexOf('.', dot + 1)) yield group.slice(dot + 1);
}

/** The rule of a kind, undefined where only the conventions are known. */
export function findRule(group: string, kind: string): HealthRule | undefined {
  const ofGroup = own(builtInRules, group) ?? own(customRules, group);
  if (ofGroup !== undefined) return own(ofGroup, kind) ?? own(ofGroup, '*');
  for (const ending of endingsOf(group)) {
    const family = own(familyRules, ending);
    if (family !== undefined) return own(family, kind) ?? own(family, '*');
  }
  return undefined;
}
