import type { GroupRules, ValueRule } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

const velero: ValueRule = {
  path: 'status.phase',
  values: {
    Completed: 'Healthy',
    Failed: 'Degraded',
    PartiallyFailed: 'Degraded',
    FailedValidation: 'Degraded',
    FinalizingPartiallyFailed: 'Degraded',
    WaitingForPluginOperationsPartiallyFailed: 'Degraded',
    '*': 'Progressing',
  },
  message: 'status.failureReason',
};

/** Velero. */
export const veleroIoRules: GroupRules = {
  Backup: { value: velero, ...unseen },
  BackupRepository: {
    value: {
      path: 'status.phase',
      values: { New: 'Progressing', Ready: 'Healthy', NotReady: 'Degraded' },
      message: 'status.message',
    },
    ...unseen,
  },
  BackupStorageLocation: {
    value: {
      path: 'status.phase',
      values: { Available: 'Healthy', Unavailable: 'Degraded' },
      message: 'status.message',
    },
    ...unseen,
  },
  Restore: { value: velero, ...unseen },
  Schedule: {
    suspended: 'spec.paused',
    value: { path: 'status.phase', values: { New: 'Progressing', Enabled: 'Healthy', FailedValidation: 'Degraded' } },
    ...unseen,
  },
  VolumeSnapshotLocation: present,
};
