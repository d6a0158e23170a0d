import type { GroupActions } from '../action.ts';
import { restartPods, scale, switching } from '../shared.ts';

/** Workloads. */
export const appsActions: GroupActions = {
  Deployment: [
    { ...restartPods, unless: 'spec.paused == true' },
    scale,
    ...switching(['pause', 'Roll out nothing until it is resumed'], ['resume', 'Go on with rolling out'], 'paused'),
  ],
  StatefulSet: [restartPods, scale],
  DaemonSet: [restartPods],
  ReplicaSet: [{ ...scale, unless: 'metadata.ownerReferences.exists(owner, owner.controller == true)' }],
};
