import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** The Operator Lifecycle Manager. */
export const operatorsCoreosComRules: GroupRules = {
  ClusterServiceVersion: {
    value: {
      path: 'status.phase',
      values: { Succeeded: 'Healthy', Failed: 'Degraded', '*': 'Progressing' },
      message: 'status.message',
    },
    ...unseen,
  },
  Subscription: {
    expressions: [
      { when: "status.state == 'UpgradeFailed'", health: 'Degraded', says: 'status.state is UpgradeFailed' },
      {
        when: "status.conditions.exists(c, c.type == 'InstallPlanMissing' && (!has(c.reason) || c.reason != 'ReferencedInstallPlanNotFound'))",
        health: 'Degraded',
        says: 'its install plan is missing',
      },
      {
        when: "status.conditions.exists(c, c.type in ['CatalogSourcesUnhealthy', 'InstallPlanFailed', 'ResolutionFailed'] && c.status == 'True')",
        health: 'Degraded',
        says: 'it cannot be resolved or installed',
      },
      {
        when: "spec.installPlanApproval == 'Manual' && has(status.installedCSV) && status.conditions.exists(c, c.type == 'InstallPlanPending' && c.status == 'True' && c.reason == 'RequiresApproval')",
        health: 'Healthy',
        says: 'an upgrade waits for approval',
      },
      {
        when: "status.conditions.exists(c, c.type == 'InstallPlanPending' && c.status == 'True')",
        health: 'Progressing',
        says: 'its install plan is pending',
      },
      {
        when: "status.state in ['', 'UpgradeAvailable', 'UpgradePending']",
        health: 'Progressing',
        message: 'status.state',
        says: 'status.state is empty',
      },
      { when: 'has(status.state) && has(status.conditions)', health: 'Healthy' },
    ],
    ...unseen,
  },
};
