import type { Action, GroupActions, PatchEffect, PatchTemplate } from '../action.ts';

/** A phase at `lifecycle.desiredPhase`, which lies deeper in what Numaplane rolls out. */
function phases(within: (spec: PatchTemplate) => PatchTemplate, path: string): readonly Action[] {
  const to = (phase: string): PatchEffect => ({
    kind: 'patch',
    patch: within({ lifecycle: { desiredPhase: phase } }),
    belongs: 'Git',
  });
  const paused = `${path}.lifecycle.desiredPhase == 'Paused'`;
  return [
    { name: 'pause', does: 'Process no more messages', unless: paused, effect: to('Paused') },
    { name: 'resume', does: 'Process messages again', when: paused, effect: to('Running') },
  ];
}

const promote: Action = {
  name: 'promote',
  does: 'Take the upgrade that is under way, whatever its assessment says',
  when: "metadata.labels['numaplane.numaproj.io/upgrade-state'] in ['in-progress', 'trial']",
  unless: "metadata.labels['numaplane.numaproj.io/force-promote'] == 'true'",
  effect: {
    kind: 'patch',
    patch: { metadata: { labels: { 'numaplane.numaproj.io/force-promote': 'true' } } },
    belongs: 'Cluster',
  },
};

const inSpec = phases((spec) => ({ spec }), 'spec');

/** Numaflow. */
export const numaflowActions: GroupActions = {
  InterStepBufferService: [promote],
  MonoVertex: [...inSpec, promote],
  Pipeline: [...inSpec, promote],
};

/** Numaplane. */
export const numaplaneActions: GroupActions = {
  MonoVertexRollout: phases((spec) => ({ spec: { monoVertex: { spec } } }), 'spec.monoVertex.spec'),
  PipelineRollout: phases((spec) => ({ spec: { pipeline: { spec } } }), 'spec.pipeline.spec'),
};
