import type { GroupRules } from '../../rule.ts';
import { percona } from '../shared.ts';

/** Percona's operator for MySQL. */
export const pxcPerconaComRules: GroupRules = {
  PerconaXtraDBCluster: percona,
};
