import type { GroupActions } from '../action.ts';
import { percona } from '../shared.ts';

/** MongoDB of Percona. */
export const psmdbActions: GroupActions = { PerconaServerMongoDB: percona };
