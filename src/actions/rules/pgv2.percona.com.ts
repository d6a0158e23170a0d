import type { GroupActions } from '../action.ts';
import { percona } from '../shared.ts';

/** PostgreSQL of Percona. */
export const pgv2Actions: GroupActions = { PerconaPGCluster: percona };
