import type { GroupRules } from '../../rule.ts';
import { elastic } from '../shared.ts';

/** Elastic Cloud on Kubernetes: APM. */
export const apmK8sElasticCoRules: GroupRules = {
  ApmServer: elastic,
};
