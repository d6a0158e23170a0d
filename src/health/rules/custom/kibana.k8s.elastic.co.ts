import type { GroupRules } from '../../rule.ts';
import { elastic } from '../shared.ts';

/** Elastic Cloud on Kubernetes: Kibana. */
export const kibanaK8sElasticCoRules: GroupRules = {
  Kibana: elastic,
};
