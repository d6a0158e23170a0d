import type { Action, GroupActions } from '../action.ts';

const held = "spec.stopPolicy in ['Hold', 'HoldAndDrain']";

const stopping = (policy: 'Hold' | 'HoldAndDrain' | 'None'): Action['effect'] => ({
  kind: 'patch',
  patch: { spec: { stopPolicy: policy } },
  belongs: 'Git',
});

const queue: readonly Action[] = [
  { name: 'pause', does: 'Admit no more workloads; those that run go on', unless: held, effect: stopping('Hold') },
  {
    name: 'drain',
    does: 'Admit no more workloads, and evict those that run',
    unless: "spec.stopPolicy == 'HoldAndDrain'",
    effect: stopping('HoldAndDrain'),
  },
  { name: 'resume', does: 'Admit workloads again', when: held, effect: stopping('None') },
];

/** Kueue. */
export const kueueActions: GroupActions = { ClusterQueue: queue, LocalQueue: queue };
