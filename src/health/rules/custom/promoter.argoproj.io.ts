import type { ExpressionRule, GroupRules } from '../../rule.ts';
import { unseen, ready } from '../shared.ts';

/** Ready, of the present generation. */
const isReady =
  "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True' && (!has(c.observedGeneration) || !has(metadata.generation) || c.observedGeneration >= metadata.generation))";

const environments: readonly ExpressionRule[] = [
  {
    when: `${isReady} && status.environments.exists(e, e.phase == 'failure')`,
    health: 'Degraded',
    says: 'an environment has failed',
  },
  {
    when: `${isReady} && status.environments.exists(e, e.phase != 'success')`,
    health: 'Progressing',
    says: 'not all environments have succeeded',
  },
];

const transfers: readonly ExpressionRule[] = [
  {
    when: `${isReady} && status.active.dry.sha != status.proposed.dry.sha`,
    health: 'Progressing',
    says: 'a promotion is under way',
  },
  {
    when: `${isReady} && (!has(status.active) || !has(status.active.dry) || !has(status.proposed) || !has(status.proposed.dry))`,
    health: 'Progressing',
    says: 'it is not known yet which commit is active or proposed',
  },
];

/** The commit that the hydrator has processed, where it says so. */
function proposed(environment: string): string {
  return `${environment}.proposed.?note.?drySha.orValue(${environment}.proposed.dry.sha)`;
}

const promotions: readonly ExpressionRule[] = [
  {
    when: `${isReady} && (!has(status.environments) || size(status.environments) == 0)`,
    health: 'Degraded',
    says: 'it has no environments',
  },
  {
    when: `${isReady} && status.environments.exists(e, e.active.dry.sha != e.proposed.dry.sha)`,
    health: 'Progressing',
    says: 'a promotion is under way',
  },
  {
    when: `${isReady} && status.environments.exists(e, ${proposed('e')} != ${proposed('status.environments[0]')})`,
    health: 'Progressing',
    says: 'not all environments have the same commit proposed',
  },
  {
    when: `${isReady} && status.environments.exists(e, !has(e.active) || !has(e.proposed))`,
    health: 'Progressing',
    says: 'it is not known yet which commit is active or proposed',
  },
];

/** GitOps Promoter. */
export const promoterArgoprojIoRules: GroupRules = {
  ArgoCDCommitStatus: {
    fresh: true,
    expressions: [
      {
        when: "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True') && !(has(status.applicationsSelected) && size(status.applicationsSelected) > 0)",
        health: 'Degraded',
        says: 'it selects no Application',
      },
    ],
    conditions: ready.conditions ?? [],
    ...unseen,
  },
  ChangeTransferPolicy: { fresh: true, expressions: transfers, conditions: ready.conditions ?? [], ...unseen },
  ClusterScmProvider: { ...ready, fresh: true },
  CommitStatus: { ...ready, fresh: true },
  GitCommitStatus: { fresh: true, expressions: environments, conditions: ready.conditions ?? [], ...unseen },
  GitRepository: { ...ready, fresh: true },
  PromotionStrategy: { fresh: true, expressions: promotions, conditions: ready.conditions ?? [], ...unseen },
  PullRequest: {
    fresh: true,
    conditions: [
      { type: 'Reconciled', status: 'False', health: 'Degraded' },
      { type: 'Reconciled', status: 'True', health: 'Healthy' },
      ...(ready.conditions ?? []),
    ],
    ...unseen,
  },
  ScmProvider: { ...ready, fresh: true },
  TimedCommitStatus: { fresh: true, expressions: environments, conditions: ready.conditions ?? [], ...unseen },
  WebRequestCommitStatus: { fresh: true, expressions: environments, conditions: ready.conditions ?? [], ...unseen },
};
