export type { Health, HealthCheck, HealthStatus } from './health.ts';
