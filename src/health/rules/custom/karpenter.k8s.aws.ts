import type { GroupRules } from '../../rule.ts';
import { ready } from '../shared.ts';

/** Karpenter for AWS. */
export const karpenterK8sAwsRules: GroupRules = {
  EC2NodeClass: ready,
};
