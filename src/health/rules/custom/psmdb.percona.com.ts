import type { GroupRules } from '../../rule.ts';
import { percona } from '../shared.ts';

/** Percona's operator for MongoDB. */
export const psmdbPerconaComRules: GroupRules = {
  PerconaServerMongoDB: percona,
};
