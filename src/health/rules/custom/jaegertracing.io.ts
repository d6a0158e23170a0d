import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Jaeger. */
export const jaegertracingIoRules: GroupRules = {
  Jaeger: { value: { path: 'status.phase', values: { Running: 'Healthy', Failed: 'Degraded' } }, ...unseen },
};
