import type { GroupActions } from '../action.ts';
import { suspending } from '../shared.ts';

/** Flagger. */
export const flaggerActions: GroupActions = { Canary: suspending };
