export { combineHealth, isWorse, type NamedHealth } from './combine.ts';
export { healthOf } from './health-of.ts';
export type { Health, HealthCheck, HealthStatus } from './health.ts';
