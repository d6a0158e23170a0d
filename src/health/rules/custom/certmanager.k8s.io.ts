import type { GroupRules } from '../../rule.ts';
import { ready } from '../shared.ts';

/** cert-manager before version 0.11. */
export const certmanagerK8sIoRules: GroupRules = {
  Certificate: ready,
  Issuer: ready,
};
