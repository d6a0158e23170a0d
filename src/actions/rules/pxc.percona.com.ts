import type { GroupActions } from '../action.ts';
import { percona } from '../shared.ts';

/** XtraDB of Percona. */
export const pxcActions: GroupActions = { PerconaXtraDBCluster: percona };
