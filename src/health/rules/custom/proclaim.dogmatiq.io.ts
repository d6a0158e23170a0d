import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Proclaim: services by DNS. */
export const proclaimDogmatiqIoRules: GroupRules = {
  DNSSDServiceInstance: {
    conditions: [
      { type: 'Adopted', status: 'False', health: 'Degraded' },
      { type: 'Advertised', reasons: ['AdvertiseError', 'UnadvertiseError'], health: 'Degraded' },
      { type: 'Discoverable', reasons: ['DiscoveryError'], health: 'Unknown' },
      { type: 'Discoverable', status: 'True', health: 'Healthy' },
      { type: 'Discoverable', health: 'Progressing' },
    ],
    ...unseen,
  },
};
