import type { GroupRules } from '../../rule.ts';
import { unseen, readySooner } from '../shared.ts';

/** Crossplane before version 0.12: stacks. */
export const stacksCrossplaneIoRules: GroupRules = {
  ClusterStackInstall: {
    conditionsPath: 'status.conditionedStatus.conditions',
    conditions: readySooner.conditions ?? [],
    ...unseen,
  },
};
