import type { GroupRules } from '../../rule.ts';
import { openshift } from '../shared.ts';

/** OpenShift Data Foundation. */
export const ocsOpenshiftIoRules: GroupRules = {
  StorageCluster: openshift,
};
