import type { Action, GroupActions } from '../action.ts';
import { switchingAnnotation } from '../shared.ts';

const paused = 'autoscaling.keda.sh/paused';
const pausedAt = 'autoscaling.keda.sh/paused-replicas';

const pausing = switchingAnnotation(['pause', 'Scale no more'], ['resume', 'Scale again'], paused, 'true');

const scaledObject: readonly Action[] = [
  ...pausing.filter(({ name }) => name === 'pause'),
  {
    name: 'pause-at',
    does: 'Scale no more, and hold it at a number of replicas',
    parameters: { replicas: { type: 'integer', description: 'How many replicas it is held at.', minimum: 0 } },
    unless: `metadata.annotations['${paused}'] == 'true'`,
    effect: {
      kind: 'patch',
      patch: { metadata: { annotations: { [pausedAt]: { fill: 'value:replicas', as: 'text' } } } },
      belongs: 'Git',
    },
  },
  {
    name: 'resume',
    does: 'Scale again',
    when: `('${paused}' in metadata.annotations && metadata.annotations['${paused}'] == 'true') || '${pausedAt}' in metadata.annotations`,
    effect: {
      kind: 'patch',
      patch: { metadata: { annotations: { [paused]: null, [pausedAt]: null } } },
      belongs: 'Git',
    },
  },
];

/** KEDA. */
export const kedaActions: GroupActions = {
  ScaledObject: scaledObject,
  ScaledJob: pausing,
};
