import type { ExpressionRule, GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const grafanaConditions: readonly ExpressionRule[] = [
  {
    when: "status.conditions.exists(c, c.status == 'False')",
    health: 'Degraded',
    says: 'one of its conditions is False',
  },
  {
    when: "status.conditions.exists(c, c.type == 'NoMatchingInstance' && c.status == 'True')",
    health: 'Degraded',
    says: 'no Grafana matches its selector',
  },
  { when: "status.conditions.exists(c, c.status == 'True')", health: 'Healthy' },
];

/** Grafana Operator. */
export const grafanaIntegreatlyOrgRules: GroupRules = {
  Grafana: {
    expressions: [
      {
        when: "status.stageStatus == 'failed'",
        health: 'Degraded',
        message: 'status.lastMessage',
        says: 'a stage has failed',
      },
      { when: "status.stage == 'complete' && status.stageStatus == 'success'", health: 'Healthy' },
      {
        when: 'has(status.stage)',
        health: 'Progressing',
        message: 'status.lastMessage',
        says: 'not all stages are done',
      },
    ],
    ...unseen,
  },
  GrafanaDashboard: { expressions: grafanaConditions, ...unseen },
  GrafanaDatasource: {
    expressions: [
      { when: 'status.NoMatchingInstances == true', health: 'Degraded', says: 'no Grafana matches its selector' },
      ...grafanaConditions,
      { when: "has(status.uid) && status.uid != ''", health: 'Healthy' },
    ],
    ...unseen,
  },
  GrafanaFolder: { expressions: grafanaConditions, ...unseen },
};
