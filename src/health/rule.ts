import type { KubeObject } from '../object.ts';
import { ownExpression } from './cel/own-expression.ts';
import { celSubject, type CelSubject } from './cel/subject.ts';
import { unknown, type Health, type HealthCheck, type HealthStatus } from './health.ts';
import { conditionsAt, isOfGeneration, sayingOf, textAt, valueAt, type Condition } from './read.ts';

/** A condition that decides where it holds. */
export interface ConditionRule {
  readonly type: string;
  /** Any, where left out. */
  readonly status?: 'True' | 'False' | 'Unknown';
  /** Any, where left out; one that ends with `*` stands for all that begin so. */
  readonly reasons?: readonly string[];
  readonly health: HealthStatus;
}

/** An expression over the object that decides where it is true. */
export interface ExpressionRule {
  /** CEL, over `object`, `metadata`, `spec` and `status`. Where it reads a field that is not there, it does not hold. */
  readonly when: string;
  readonly health: HealthStatus;
  /** Why: a path in the object, or a sentence where there is nothing at the path. */
  readonly message?: string;
  /** The sentence. */
  readonly says?: string;
}

/** A value in the object that decides. */
export interface ValueRule {
  /** `status.phase` */
  readonly path: string;
  /** What each value means; `*` stands for all that are not named, and without it those decide nothing. */
  readonly values: Readonly<Record<string, HealthStatus>>;
  /** Where the object says why: `status.message`. */
  readonly message?: string;
}

/**
 * How well objects of one kind do, as data. The rules are asked in the order suspended, expressions, conditions,
 * value, otherwise; the first that holds decides.
 */
export interface DataRule {
  /** A field that is true while the object is held on purpose: `spec.suspend`. */
  readonly suspended?: string;
  readonly expressions?: readonly ExpressionRule[];
  readonly conditions?: readonly ConditionRule[];
  /** Where the conditions are, where not at `status.conditions`. */
  readonly conditionsPath?: string;
  /** A condition that speaks of an older generation decides nothing. */
  readonly fresh?: true;
  readonly value?: ValueRule;
  /** Where nothing decides. */
  readonly otherwise: HealthStatus;
  /** Why, where nothing decides. */
  readonly message?: string;
}

/** How well objects of one kind do: data where that can say it, a function where not. */
export type HealthRule = DataRule | HealthCheck;

/** The rules of one API group, by kind; `*` stands for all kinds that are not named. */
export type GroupRules = Readonly<Record<string, HealthRule>>;

/** The health of an object by a rule. */
export function applyRule(rule: HealthRule, object: KubeObject): Health {
  return typeof rule === 'function' ? rule(object) : applyData(rule, object);
}

function applyData(rule: DataRule, object: KubeObject): Health {
  if (rule.suspended !== undefined && valueAt(object, rule.suspended) === true) {
    return { status: 'Suspended', message: `${rule.suspended} is true` };
  }
  return (
    byExpressions(rule.expressions, object) ??
    byConditions(rule, object) ??
    byValue(rule.value, object) ?? { status: rule.otherwise, message: rule.message ?? '' }
  );
}

function byExpressions(expressions: DataRule['expressions'], object: KubeObject): Health | undefined {
  let subject: CelSubject | undefined;
  for (const { when, health, message, says } of expressions ?? []) {
    subject ??= celSubject(object);
    const outcome = ownExpression(when)(subject);
    if (outcome.kind === 'fault') return unknown(`${when}: ${outcome.message}`);
    if (outcome.kind === 'absent' || outcome.value !== true) continue;
    const told = message === undefined ? '' : textAt(object, message);
    return { status: health, message: told || (says ?? (health === 'Healthy' ? '' : when)) };
  }
  return undefined;
}

function byConditions(rule: DataRule, object: KubeObject): Health | undefined {
  if (rule.conditions === undefined) return undefined;
  const all = conditionsAt(object, rule.conditionsPath ?? 'status.conditions');
  const conditions = rule.fresh === true ? all.filter((condition) => isOfGeneration(condition, object)) : all;
  return decide(rule.conditions, conditions);
}

/** What the first rule says that holds for one of the conditions. */
export function decide(rules: readonly ConditionRule[], conditions: readonly Condition[]): Health | undefined {
  for (const wanted of rules) {
    const found = conditions.find((condition) => holds(wanted, condition));
    if (found !== undefined) return { status: wanted.health, message: sayingUnlessWell(wanted.health, found) };
  }
  return undefined;
}

function byValue(rule: ValueRule | undefined, object: KubeObject): Health | undefined {
  if (rule === undefined) return undefined;
  const value = textAt(object, rule.path);
  const named = Object.hasOwn(rule.values, value) ? rule.values[value] : undefined;
  const status = named ?? (value === '' ? undefined : rule.values['*']);
  if (status === undefined) return undefined;
  const why = rule.message === undefined ? '' : textAt(object, rule.message);
  if (status === 'Healthy') return { status, message: why };
  return { status, message: why === '' ? `${rule.path} is ${value}` : why };
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
