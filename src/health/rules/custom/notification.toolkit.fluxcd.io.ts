import type { GroupRules } from '../../rule.ts';
import { flux, present } from '../shared.ts';

/** Flux: notifications. Of these only Receivers have a status in the newer versions. */
export const notificationToolkitFluxcdIoRules: GroupRules = {
  Alert: present,
  Provider: present,
  Receiver: flux,
};
