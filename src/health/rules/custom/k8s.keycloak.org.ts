import type { DataRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const keycloak: DataRule = {
  conditions: [
    { type: 'HasErrors', status: 'True', health: 'Degraded' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  ...unseen,
};

/** Keycloak. */
export const k8sKeycloakOrgRules: GroupRules = {
  Keycloak: keycloak,
  KeycloakRealmImport: {
    conditions: [
      { type: 'HasErrors', status: 'True', health: 'Degraded' },
      { type: 'Done', status: 'True', health: 'Healthy' },
      { type: 'Started', status: 'True', health: 'Progressing' },
    ],
    ...unseen,
  },
};
