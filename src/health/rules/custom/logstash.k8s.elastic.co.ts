import type { GroupRules } from '../../rule.ts';
import { elastic } from '../shared.ts';

/** Elastic Cloud on Kubernetes: Logstash. */
export const logstashK8sElasticCoRules: GroupRules = {
  Logstash: elastic,
};
