import type { GroupActions } from '../action.ts';
import { scale } from '../shared.ts';

/** What has no group of its own. */
export const coreActions: GroupActions = {
  ReplicationController: [scale],
};
