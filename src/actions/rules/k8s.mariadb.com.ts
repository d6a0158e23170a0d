import type { GroupActions } from '../action.ts';
import { suspending } from '../shared.ts';

/** The operator for MariaDB. */
export const mariadbActions: GroupActions = { MariaDB: suspending };
