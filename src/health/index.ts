export { compileCel } from './cel/compile.ts';
export { ownExpression } from './cel/own-expression.ts';
export { celSubject, type CelSubject } from './cel/subject.ts';
export { compileDependencyCondition, type DependencyCondition } from './cel/dependency.ts';
export { combineHealth, isWorse, type NamedHealth, withReason } from './combine.ts';
export { healthOf } from './health-of.ts';
export { type Health, type HealthCheck, type HealthStatus, missing } from './health.ts';
export {
  compileUserRules,
  createJudge,
  type CompiledRules,
  type HealthRules,
  parseUserRules,
  type UserRule,
} from './user/user-rules.ts';
