import type { GroupRules } from '../../rule.ts';
import { ready } from '../shared.ts';

/** Kyverno. */
export const kyvernoIoRules: GroupRules = {
  ClusterPolicy: ready,
  Policy: ready,
};
