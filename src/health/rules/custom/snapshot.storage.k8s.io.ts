import type { ExpressionRule, GroupRules } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

const snapshot: readonly ExpressionRule[] = [
  { when: 'status.readyToUse == true', health: 'Healthy' },
  { when: 'has(status.error)', health: 'Degraded', message: 'status.error.message', says: 'it could not be taken' },
];

/** Snapshots of volumes. */
export const snapshotStorageK8sIoRules: GroupRules = {
  VolumeSnapshot: { expressions: snapshot, ...unseen },
  VolumeSnapshotClass: present,
  VolumeSnapshotContent: { expressions: snapshot, ...unseen },
};
