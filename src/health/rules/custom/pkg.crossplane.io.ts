import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const crossplanePackage: DataRule = {
  conditions: [
    { type: 'Installed', status: 'False', reasons: ['InactivePackageRevision'], health: 'Suspended' },
    { type: 'Installed', status: 'False', reasons: ['UnpackingPackage', 'Unpacking'], health: 'Progressing' },
    { type: 'Installed', status: 'False', health: 'Degraded' },
    { type: 'Healthy', status: 'False', health: 'Degraded' },
    { type: 'Healthy', status: 'True', health: 'Healthy' },
    { type: 'Healthy', health: 'Progressing' },
  ],
  ...unseen,
};

/** Crossplane: packages. */
export const pkgCrossplaneIoRules: GroupRules = {
  Configuration: crossplanePackage,
  Function: crossplanePackage,
  Provider: crossplanePackage,
};
