import type { GroupRules } from '../../rule.ts';
import { mariadb } from '../shared.ts';

/** The operator for MariaDB, by its former name. */
export const mariadbMmontesIoRules: GroupRules = {
  MariaDB: mariadb,
};
