import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const sail: DataRule = {
  conditions: [
    { type: 'Reconciled', status: 'False', health: 'Degraded' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    {
      type: 'Ready',
      status: 'False',
      reasons: ['IstiodNotReady', 'CNINotReady', 'DaemonSetNotReady', 'NotReady'],
      health: 'Progressing',
    },
    { type: 'Ready', status: 'False', health: 'Degraded' },
    { type: 'Ready', health: 'Progressing' },
  ],
  ...unseen,
};

/** Istio: the Sail operator. */
export const sailoperatorIoRules: GroupRules = {
  Istio: sail,
  IstioCNI: sail,
  IstioRevision: sail,
};
