import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** SpinKube. */
export const coreSpinkubeDevRules: GroupRules = {
  SpinApp: {
    expressions: [
      {
        when: "status.conditions.exists(c, c.type == 'Available' && c.status == 'True') && status.readyReplicas < spec.replicas",
        health: 'Progressing',
        says: 'not all replicas are ready',
      },
    ],
    conditions: [
      { type: 'Progressing', status: 'False', reasons: ['ProgressDeadlineExceeded'], health: 'Degraded' },
      { type: 'Available', status: 'False', health: 'Degraded' },
      {
        type: 'Progressing',
        status: 'True',
        reasons: ['ReplicaSetUpdated', 'NewReplicaSetCreated', 'FoundNewReplicaSet'],
        health: 'Progressing',
      },
      { type: 'Available', status: 'True', health: 'Healthy' },
    ],
    ...unseen,
  },
};
