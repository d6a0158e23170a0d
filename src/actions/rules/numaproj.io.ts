import type { Action, GroupActions, PatchTemplate } from '../action.ts';

/** A kind whose messages can be held. */
interface Held {
  /** Where the object that is run stands: `spec`. */
  readonly path: string;
  /** Puts a part of its spec there. */
  readonly within: (spec: PatchTemplate) => PatchTemplate;
  /** How it is resumed, beside the phase: at once as it was, or from few processors on. */
  readonly fast?: PatchTemplate;
  readonly slow: PatchTemplate;
}

/** What Numaplane has made is changed where Numaplane takes it from, until it is given up. */
const numaplanes =
  "has(metadata.ownerReferences) && metadata.ownerReferences.exists(o, o.kind.endsWith('Rollout')) && !(has(metadata.labels) && 'numaplane.numaproj.io/upgrade-state' in metadata.labels && metadata.labels['numaplane.numaproj.io/upgrade-state'] == 'recyclable-expired')";

function phases({ path, within, fast, slow }: Held): readonly Action[] {
  const paused = `${path}.lifecycle.desiredPhase == 'Paused'`;
  const isPaused = `(has(${path}.lifecycle) && has(${path}.lifecycle.desiredPhase) && ${paused})`;
  const to = (phase: string, more: PatchTemplate = {}): Action['effect'] => ({
    kind: 'patch',
    patch: merged(within({ lifecycle: { desiredPhase: phase } }), more),
    belongs: 'Git',
  });
  const resume = (name: string, does: string, more?: PatchTemplate): Action => ({
    name,
    does,
    when: paused,
    unless: numaplanes,
    effect: to('Running', more),
  });
  return [
    {
      name: 'pause',
      does: 'Process no more messages',
      unless: `${isPaused} || (${numaplanes})`,
      effect: to('Paused'),
    },
    resume('resume', 'Process messages again'),
    ...(fast === undefined
      ? []
      : [resume('resume-fast', 'Process messages again, with as many processors as before', fast)]),
    resume('resume-slow', 'Process messages again, with few processors at first', slow),
  ];
}

/** Two patches of different fields as one. */
function merged(one: PatchTemplate, other: PatchTemplate): PatchTemplate {
  const fields = Object.entries(other).map(([name, value]) => {
    const before = one[name];
    return [name, before === undefined ? value : merged(before as PatchTemplate, value as PatchTemplate)] as const;
  });
  return { ...one, ...Object.fromEntries(fields) };
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

const strategy = (how: 'fast' | 'slow'): PatchTemplate => ({
  metadata: { annotations: { 'numaflow.numaproj.io/resume-strategy': how } },
});

const fastResume = (is: boolean): PatchTemplate => ({ spec: { strategy: { pauseResume: { fastResume: is } } } });

/** Numaflow. */
export const numaflowActions: GroupActions = {
  InterStepBufferService: [promote],
  MonoVertex: [...phases({ path: 'spec', within: (spec) => ({ spec }), slow: { spec: { replicas: null } } }), promote],
  Pipeline: [
    ...phases({ path: 'spec', within: (spec) => ({ spec }), fast: strategy('fast'), slow: strategy('slow') }),
    promote,
  ],
};

/** Numaplane. */
export const numaplaneActions: GroupActions = {
  MonoVertexRollout: phases({
    path: 'spec.monoVertex.spec',
    within: (spec) => ({ spec: { monoVertex: { spec } } }),
    fast: fastResume(true),
    slow: fastResume(false),
  }),
  PipelineRollout: phases({
    path: 'spec.pipeline.spec',
    within: (spec) => ({ spec: { pipeline: { spec } } }),
    fast: fastResume(true),
    slow: fastResume(false),
  }),
};
