import type { GroupRules } from '../../rule.ts';
import { percona } from '../shared.ts';

/** Percona's operator for Postgres. */
export const pgv2PerconaComRules: GroupRules = {
  PerconaPGCluster: percona,
};
