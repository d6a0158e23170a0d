import { plumbError, type PlumbError, type Problem } from '../../errors.ts';
import { groupOf, type KubeObject } from '../../object.ts';
import { compileCel, type CelExpression } from '../cel/compile.ts';
import { describeFault } from '../cel/fault.ts';
import { celSubject } from '../cel/subject.ts';
import { healthOf } from '../health-of.ts';
import { unknown, type Health, type HealthStatus } from '../health.ts';

/** A rule that somebody wrote for objects of one kind, in CEL. */
export interface UserRule {
  /** API group, empty for the core group. */
  readonly group?: string;
  /** `*` for all kinds of the group. */
  readonly kind: string;
  /** Each is asked in this order, and the first that holds decides. */
  readonly suspended?: string;
  readonly degraded?: string;
  readonly progressing?: string;
  readonly healthy?: string;
  /** Why, as an expression that gives a text. */
  readonly message?: string;
  /** Where none holds; where it is left out, what is built in for the kind decides. */
  readonly otherwise?: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Unknown';
}

/** Rules that were found to be right, by group and kind. */
export interface HealthRules {
  /** The health of an object; undefined where no rule is for its kind, or none holds. */
  judge(object: KubeObject): Health | undefined;
  /** Whether there is a rule for a kind. */
  covers(group: string, kind: string): boolean;
}

/** What becomes of rules: those that are right, and what is wrong with the others. */
export interface CompiledRules {
  readonly rules: HealthRules;
  readonly problems: readonly Problem[];
}

const questions = [
  ['suspended', 'Suspended'],
  ['degraded', 'Degraded'],
  ['progressing', 'Progressing'],
  ['healthy', 'Healthy'],
] as const satisfies readonly (readonly [keyof UserRule, HealthStatus])[];

interface Compiled {
  readonly questions: readonly (readonly [expression: CelExpression, status: HealthStatus, field: string])[];
  readonly message: CelExpression | undefined;
  readonly otherwise: UserRule['otherwise'];
  /** What is wrong with it: then nothing is known of its objects. */
  readonly problem: Problem | undefined;
}

function compileRule(rule: UserRule, field: string): { compiled: Compiled; problems: Problem[] } {
  const problems: Problem[] = [];
  const compile = (name: string, source: string | undefined, type: 'bool' | 'string'): CelExpression | undefined => {
    if (source === undefined) return undefined;
    const made = compileCel(source, type);
    if (typeof made === 'function') return made;
    problems.push({
      code: 'health.rule-invalid',
      message: describeFault(source, made),
      where: { field: `${field}.${name}` },
    });
    return undefined;
  };
  const asked = questions.flatMap(([name, status]) => {
    const expression = compile(name, rule[name], 'bool');
    return expression === undefined ? [] : [[expression, status, `${field}.${name}`] as const];
  });
  const message = compile('message', rule.message, 'string');
  if (questions.every(([name]) => rule[name] === undefined) && rule.otherwise === undefined) {
    const text = 'it has to say at least one of suspended, degraded, progressing, healthy and otherwise';
    problems.push({ code: 'health.rule-invalid', message: text, where: { field } });
  }
  return { compiled: { questions: asked, message, otherwise: rule.otherwise, problem: problems[0] }, problems };
}

function judgeBy({ questions: asked, message, otherwise, problem }: Compiled, object: KubeObject): Health | undefined {
  if (problem !== undefined) return unknown(`the rule for it is not right: ${problem.message}`);
  const subject = celSubject(object);
  const say = (status: HealthStatus): Health => {
    const told = message?.(subject);
    return {
      status,
      message: told?.kind === 'value' ? String(told.value) : status === 'Healthy' ? '' : `a rule calls it ${status}`,
    };
  };
  for (const [expression, status, field] of asked) {
    const outcome = expression(subject);
    if (outcome.kind === 'fault') return unknown(`${field}: ${outcome.message}`);
    if (outcome.kind === 'value' && outcome.value === true) return say(status);
  }
  return otherwise === undefined ? undefined : say(otherwise);
}

/**
 * Makes rules of what somebody wrote. What is wrong with a rule is told, and of its objects nothing is known then:
 * the other rules count all the same.
 *
 * @param field where the rules stand: `spec.health.rules`
 */
export function compileUserRules(written: readonly UserRule[], field: string): CompiledRules {
  const byKind = new Map<string, Compiled[]>();
  const problems: Problem[] = [];
  for (const [index, rule] of written.entries()) {
    const { compiled, problems: found } = compileRule(rule, `${field}[${index}]`);
    problems.push(...found);
    const key = `${rule.group ?? ''}/${rule.kind}`;
    byKind.set(key, [...(byKind.get(key) ?? []), compiled]);
  }
  const rulesOf = (group: string, kind: string): readonly Compiled[] => [
    ...(byKind.get(`${group}/${kind}`) ?? []),
    ...(byKind.get(`${group}/*`) ?? []),
  ];
  return {
    problems,
    rules: {
      covers: (group, kind) => rulesOf(group, kind).length > 0,
      judge(object) {
        if (byKind.size === 0) return undefined;
        for (const compiled of rulesOf(groupOf(object.apiVersion), object.kind)) {
          const health = judgeBy(compiled, object);
          if (health !== undefined) return health;
        }
        return undefined;
      },
    },
  };
}

/**
 * Tells the health of objects by the rules of an Application, then by those of the installation, and where none holds by what
 * is built in; what is wrong with them is left to others.
 */
export function createJudge(
  written: readonly UserRule[] | undefined,
  installation?: HealthRules,
): (object: KubeObject) => Health {
  const rules = written === undefined ? undefined : compileUserRules(written, 'spec.health.rules').rules;
  return (object) => healthOf(object, rules, installation);
}

const statuses: readonly string[] = ['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Unknown'];
const fields = new Set<string>(['group', 'kind', 'message', 'otherwise', ...questions.map(([name]) => name)]);

/**
 * Reads the rules of a file: a list of them, by itself or under `rules`, or an Application with `spec.health.rules`.
 *
 * @throws PlumbError `health.rule-invalid`, with all that is wrong
 */
export function parseUserRules(value: unknown): { readonly rules: readonly UserRule[]; readonly field: string } {
  const [list, field] = listIn(value);
  if (!Array.isArray(list)) throw invalid('there is no list of rules', field);
  for (const [index, rule] of list.entries()) {
    const at = `${field}[${index}]`;
    if (rule === null || typeof rule !== 'object') throw invalid('a rule has fields', at);
    for (const [name, content] of Object.entries(rule)) {
      if (!fields.has(name)) throw invalid('there is no such field', `${at}.${name}`);
      if (typeof content !== 'string') throw invalid('it has to be a text', `${at}.${name}`);
    }
    if (typeof rule.kind !== 'string' || rule.kind === '') throw invalid('kind is missing', at);
    if (rule.otherwise !== undefined && !statuses.includes(rule.otherwise)) {
      throw invalid(`it has to be one of ${statuses.join(', ')}`, `${at}.otherwise`);
    }
  }
  return { rules: list as readonly UserRule[], field };
}

function listIn(value: unknown): readonly [list: unknown, field: string] {
  if (Array.isArray(value)) return [value, 'rules'];
  const object = (value ?? {}) as {
    readonly rules?: unknown;
    readonly spec?: { readonly health?: { readonly rules?: unknown } };
  };
  if (object.rules !== undefined) return [object.rules, 'rules'];
  return [object.spec?.health?.rules, 'spec.health.rules'];
}

function invalid(message: string, field: string): PlumbError {
  return plumbError('health.rule-invalid', message, { where: { field } });
}
