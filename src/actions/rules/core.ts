import type { GroupActions } from '../action.ts';
import { scale, switching } from '../shared.ts';

/** What has no group of its own. */
export const coreActions: GroupActions = {
  Node: switching(
    ['cordon', 'Place no new pods on it; those that run go on'],
    ['uncordon', 'Place pods on it again'],
    'unschedulable',
  ),
  ReplicationController: [scale],
};
