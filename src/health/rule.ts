import type { KubeObject } from '../object.ts';
import type { Health, HealthCheck, HealthStatus } from './health.ts';
import { conditionsOf, sayingOf, textAt, valueAt, type Condition } from './read.ts';

/** A condition that decides where it holds. */
export interface ConditionRule {
  readonly type: string;
  /** Any, where left out. */
  readonly status?: 'True' | 'False' | 'Unknown';
  /** Any, where left out; one that ends with `*` stands for all that begin so. */
  readonly reasons?: readonly string[];
  readonly health: HealthStatus;
}

/** A value in the object that decides. */
export interface ValueRule {
  /** `status.phase` */
  readonly path: string;
  /** What each value means; a value that is not named decides nothing. */
  readonly values: Readonly<Record<string, HealthStatus>>;
  /** Where the object says why: `status.message`. */
  readonly message?: string;
}

/**
 * How well objects of one kind do, as data. The rules are asked in the order suspended, conditions,
 * value, otherwise; the first that holds decides.
 */
export interface DataRule {
  /** A field that is true while the object is held on purpose: `spec.suspend`. */
  readonly suspended?: string;
  readonly conditions?: readonly ConditionRule[];
  readonly value?: ValueRule;
  /** Where nothing decides. */
  readonly otherwise: HealthStatus;
  /** Why, where nothing decides. */
  readonly message?: string;
}

/** How well objects of one kind do: data where that can say it, a function where not. */
export type HealthRule = DataRule | HealthCheck;

/** The rules of one API group, by kind. */
export type GroupRules = Readonly<Record<string, HealthRule>>;

/** The health of an object by a rule. */
export function applyRule(rule: HealthRule, object: KubeObject): Health {
  return typeof rule === 'function' ? rule(object) : applyData(rule, object);
}

function applyData(rule: DataRule, object: KubeObject): Health {
  if (rule.suspended !== undefined && valueAt(object, rule.suspended) === true) {
    return { status: 'Suspended', message: `${rule.suspended} is true` };
  }
  const conditions = rule.conditions === undefined ? [] : conditionsOf(object);
  for (const wanted of rule.conditions ?? []) {
    const found = conditions.find((condition) => holds(wanted, condition));
    if (found !== undefined) return { status: wanted.health, message: sayingUnlessWell(wanted.health, found) };
  }
  const value = rule.value === undefined ? '' : textAt(object, rule.value.path);
  const status = rule.value?.values[value];
  if (rule.value !== undefined && status !== undefined) {
    const why = rule.value.message === undefined ? '' : textAt(object, rule.value.message);
    if (status === 'Healthy') return { status, message: why };
    return { status, message: why === '' ? `${rule.value.path} is ${value}` : why };
  }
  return { status: rule.otherwise, message: rule.message ?? '' };
}

function holds(wanted: ConditionRule, condition: Condition): boolean {
  if (condition.type !== wanted.type) return false;
  if (wanted.status !== undefined && condition.status !== wanted.status) return false;
  if (wanted.reasons === undefined) return true;
  return wanted.reasons.some((reason) =>
    reason.endsWith('*') ? condition.reason.startsWith(reason.slice(0, -1)) : condition.reason === reason,
  );
}

function sayingUnlessWell(status: HealthStatus, condition: Condition): string {
  return status === 'Healthy' ? condition.message : sayingOf(condition);
}
