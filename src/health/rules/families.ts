import type { DataRule, GroupRules, HealthRule } from '../rule.ts';
import { crossplane, present, unseen } from './shared.ts';

/** Configuration of a provider, which has no conditions; where it has, they decide. */
const settings: DataRule = { ...crossplane, otherwise: 'Healthy', message: '' };

const managed: GroupRules = {
  ClusterProviderConfig: settings,
  Composition: present,
  CompositionRevision: settings,
  ControllerConfig: present,
  DeploymentRuntimeConfig: present,
  ProviderConfig: settings,
  ProviderConfigUsage: present,
  '*': crossplane,
};

const connector: HealthRule = {
  conditions: [
    {
      type: 'Ready',
      reasons: ['UpdateFailed', 'DependencyNotFound', 'DependencyInvalid', 'DeleteFailed'],
      health: 'Degraded',
    },
    // It waits for another object that is not ready: that one says what is wrong.
    { type: 'Ready', reasons: ['DependencyNotReady'], health: 'Progressing' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  expressions: [
    { when: 'status.healthy == true', health: 'Healthy' },
    { when: 'status.healthy == false', health: 'Degraded', says: 'status.healthy is false' },
  ],
  ...unseen,
};

const amazon: HealthRule = {
  conditions: [
    { type: 'ACK.Terminal', status: 'True', health: 'Degraded' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', status: 'False', health: 'Progressing' },
    { type: 'ACK.ResourceSynced', status: 'True', health: 'Healthy' },
    { type: 'ACK.Recoverable', status: 'True', health: 'Progressing' },
  ],
  ...unseen,
};

/** The rules of families of API groups, by how their names end: one group for each service of a cloud. */
export const familyRules: Readonly<Record<string, GroupRules>> = {
  'crossplane.io': managed,
  'upbound.io': managed,
  'cnrm.cloud.google.com': { '*': connector },
  'services.k8s.aws': { '*': amazon },
};
