import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** KubeVirt. */
export const kubevirtIoRules: GroupRules = {
  VirtualMachine: {
    conditions: [
      { type: 'Paused', status: 'True', health: 'Suspended' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
    ],
    expressions: [
      {
        when: "status.printableStatus in ['CrashLoopBackOff', 'ErrImagePull', 'ImagePullBackOff', 'ErrorUnschedulable', 'ErrorPvcNotFound', 'DataVolumeError']",
        health: 'Degraded',
        message: 'status.printableStatus',
      },
      {
        when: "status.conditions.exists(c, c.type == 'Ready' && c.status != 'True') && !(has(status.created) && status.created)",
        health: 'Suspended',
        message: 'status.printableStatus',
        says: 'it is stopped',
      },
    ],
    ...unseen,
  },
  VirtualMachineInstance: {
    expressions: [
      { when: "status.phase == 'Failed'", health: 'Degraded', says: 'status.phase is Failed' },
      { when: "status.phase == 'Unknown'", health: 'Unknown', says: 'status.phase is Unknown' },
      { when: "status.phase == 'Succeeded'", health: 'Suspended', says: 'it was shut down' },
      {
        when: "status.phase in ['Pending', 'Scheduling', 'Scheduled']",
        health: 'Progressing',
        message: 'status.phase',
      },
    ],
    conditions: [
      { type: 'Paused', status: 'True', health: 'Suspended' },
      { type: 'Ready', status: 'True', health: 'Healthy' },
      { type: 'Ready', health: 'Degraded' },
    ],
    ...unseen,
  },
};
