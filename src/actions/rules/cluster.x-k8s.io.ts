import type { JsonObject } from '../../object.ts';
import type { Action, ActionInput, GroupActions } from '../action.ts';
import { scale, switching } from '../shared.ts';

const pausing = switching(
  ['pause', 'Have its controllers leave it as it is'],
  ['resume', 'Have its controllers go on with it'],
  'paused',
);

/** Machines that are older than this moment are replaced; the field moved with the version v1beta2. */
function rolledOut({ object, now }: ActionInput): JsonObject {
  const at = now.toISOString();
  return { spec: object.apiVersion.endsWith('/v1beta2') ? { rollout: { after: at } } : { rolloutAfter: at } };
}

const replaceMachines: Action = {
  name: 'restart',
  does: 'Replace all machines, one after the other',
  effect: {
    kind: 'patch',
    patch: { says: '`spec.rollout.after`, before v1beta2 `spec.rolloutAfter`', make: rolledOut },
    belongs: 'Cluster',
  },
};

/** Cluster API. */
export const clusterApiActions: GroupActions = {
  Cluster: pausing,
  MachineDeployment: [replaceMachines, scale, ...pausing],
  MachinePool: [scale],
  MachineSet: [{ ...scale, unless: 'metadata.ownerReferences.exists(owner, owner.controller == true)' }],
};

/** The control planes of Cluster API. */
export const controlPlaneActions: GroupActions = { KubeadmControlPlane: [replaceMachines, scale] };
