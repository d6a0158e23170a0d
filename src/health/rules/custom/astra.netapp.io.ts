import type { GroupRules, ValueRule } from '../../rule.ts';
import { unseen, ready, present } from '../shared.ts';

const state: ValueRule = {
  path: 'status.state',
  values: { Completed: 'Healthy', Running: 'Progressing', Pending: 'Progressing', '*': 'Degraded' },
};

/** NetApp Astra: protection of applications. */
export const astraNetappIoRules: GroupRules = {
  AppVault: {
    value: {
      path: 'status.state',
      values: { available: 'Healthy', Available: 'Healthy', failed: 'Degraded', Failed: 'Degraded' },
    },
    ...unseen,
  },
  Application: ready,
  Backup: { value: state, ...unseen },
  ExecHook: {
    expressions: [
      { when: 'spec.enabled == false', health: 'Suspended', says: 'spec.enabled is false' },
      { when: 'spec.enabled == true', health: 'Healthy' },
    ],
    ...unseen,
  },
  ExecHooksRun: { value: state, ...unseen },
  ResourceBackup: { value: state, ...unseen },
  ResticVolumeBackup: { value: state, ...unseen },
  Schedule: present,
  Snapshot: { value: state, ...unseen },
};
