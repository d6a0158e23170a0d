export { combineHealth, isWorse, type NamedHealth } from './combine.ts';
export { healthOf } from './health-of.ts';
export { type Health, type HealthCheck, type HealthStatus, missing } from './health.ts';
