import type { GroupRules } from '../../rule.ts';
import { elastic } from '../shared.ts';

/** Elastic Cloud on Kubernetes: Beats. */
export const beatK8sElasticCoRules: GroupRules = {
  Beat: elastic,
};
