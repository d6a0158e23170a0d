import type { Action, PatchTemplate } from './action.ts';

/** What is written into an annotation at once, and stays in the cluster. */
export function annotating(name: string, does: string, annotation: string, more: Partial<Action> = {}): Action {
  const patch: PatchTemplate = { metadata: { annotations: { [annotation]: { fill: 'now' } } } };
  return { name, does, ...more, effect: { kind: 'patch', patch, belongs: 'Cluster' } };
}

/** `kubectl rollout restart`: new pods, by an annotation of their template. */
export const restartPods: Action = {
  name: 'restart',
  does: 'Replace all pods, as the update strategy has it',
  effect: {
    kind: 'patch',
    patch: {
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': { fill: 'now' } } } } },
    },
    belongs: 'Cluster',
  },
};

/** How many pods there are to be. */
export const scale: Action = {
  name: 'scale',
  does: 'Set the number of replicas',
  parameters: {
    replicas: {
      type: 'integer',
      description: 'How many replicas there are to be.',
      minimum: 0,
      maximum: 2_147_483_647,
    },
  },
  effect: {
    kind: 'patch',
    subresource: 'scale',
    patch: { spec: { replicas: { fill: 'value:replicas' } } },
    belongs: 'Git',
  },
};

/** Two actions that set a field of the spec and set it back. */
export function switching(
  [off, offDoes]: readonly [name: string, does: string],
  [on, onDoes]: readonly [name: string, does: string],
  field: string,
  unless?: string,
): readonly Action[] {
  const patch = (value: boolean): PatchTemplate => ({ spec: { [field]: value } });
  const is = `spec.${field} == true`;
  const either = unless === undefined ? is : `(has(spec.${field}) && ${is}) || ${unless}`;
  return [
    { name: off, does: offDoes, unless: either, effect: { kind: 'patch', patch: patch(true), belongs: 'Git' } },
    {
      name: on,
      does: onDoes,
      when: is,
      ...(unless === undefined ? {} : { unless }),
      effect: { kind: 'patch', patch: patch(false), belongs: 'Git' },
    },
  ];
}

/** Two actions that set an annotation and take it away. */
export function switchingAnnotation(
  [off, offDoes]: readonly [name: string, does: string],
  [on, onDoes]: readonly [name: string, does: string],
  annotation: string,
  value: string,
): readonly Action[] {
  const is = `metadata.annotations['${annotation}'] == '${value}'`;
  const patch = (to: string | null): PatchTemplate => ({ metadata: { annotations: { [annotation]: to } } });
  return [
    { name: off, does: offDoes, unless: is, effect: { kind: 'patch', patch: patch(value), belongs: 'Git' } },
    { name: on, does: onDoes, when: is, effect: { kind: 'patch', patch: patch(null), belongs: 'Git' } },
  ];
}

/** What reconciles: it can be held and let go. */
export const suspending = switching(
  ['suspend', 'Have its controller leave it as it is'],
  ['resume', 'Have its controller go on with it'],
  'suspend',
);

/** The toolkits of Flux. */
export const flux: readonly Action[] = [
  annotating('reconcile', 'Have Flux look at it now', 'reconcile.fluxcd.io/requestedAt', {
    unless: 'spec.suspend == true',
  }),
  ...suspending,
];

/** What Crossplane manages: paused by an annotation. */
export const crossplane = switchingAnnotation(
  ['pause', 'Have Crossplane leave it as it is'],
  ['resume', 'Have Crossplane go on with it'],
  'crossplane.io/paused',
  'true',
);

/** The databases of Percona. */
export const percona = switching(
  ['pause', 'Shut the database down, and keep its data'],
  ['resume', 'Start the database again'],
  'pause',
);
