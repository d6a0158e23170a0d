import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Keiko: IAM roles. */
export const iammanagerKeikoprojIoRules: GroupRules = {
  Iamrole: {
    value: {
      path: 'status.state',
      values: {
        Ready: 'Healthy',
        Error: 'Degraded',
        RolesMaxLimitReached: 'Degraded',
        PolicyNotAllowed: 'Degraded',
        RoleNameNotAvailable: 'Degraded',
        '*': 'Progressing',
      },
      message: 'status.errorDescription',
    },
    ...unseen,
  },
};
