import type { GroupActions } from '../action.ts';

/** GitOps Promoter. */
export const promoterActions: GroupActions = {
  PullRequest: [
    {
      name: 'merge',
      does: 'Merge the pull request',
      when: "spec.state == 'open'",
      effect: { kind: 'patch', patch: { spec: { state: 'merged' } }, belongs: 'Cluster' },
    },
  ],
};
