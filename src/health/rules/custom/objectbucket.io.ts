import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Claims of buckets. */
export const objectbucketIoRules: GroupRules = {
  ObjectBucketClaim: {
    value: { path: 'status.phase', values: { Bound: 'Healthy', Failed: 'Degraded', '*': 'Progressing' } },
    ...unseen,
  },
};
