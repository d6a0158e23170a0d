import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Gardener. */
export const coreGardenerCloudRules: GroupRules = {
  Shoot: {
    expressions: [
      { when: "metadata.labels['shoot.gardener.cloud/status'] == 'healthy'", health: 'Healthy' },
      {
        when: "metadata.labels['shoot.gardener.cloud/status'] == 'unhealthy'",
        health: 'Degraded',
        says: 'Gardener calls it unhealthy',
      },
      {
        when: "metadata.labels['shoot.gardener.cloud/status'] == 'unknown'",
        health: 'Unknown',
        says: 'Gardener does not know how it does',
      },
    ],
    ...unseen,
  },
};
