import type { Json, JsonObject } from '../../object.ts';
import type { ActionInput, GroupActions } from '../action.ts';

/** A condition that has its controller issue the certificate, as `cmctl renew` writes it. */
function issuing({ object, now }: ActionInput): JsonObject {
  const { conditions = [] } = (object['status'] ?? {}) as { readonly conditions?: readonly JsonObject[] };
  const condition: JsonObject = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'Certificate re-issuance manually triggered',
    lastTransitionTime: now.toISOString(),
    ...(object.metadata.generation === undefined ? {} : { observedGeneration: object.metadata.generation }),
  };
  const kept: readonly Json[] = conditions.filter(({ type }) => type !== 'Issuing');
  return { status: { conditions: [...kept, condition] } };
}

/** cert-manager. */
export const certManagerActions: GroupActions = {
  Certificate: [
    {
      name: 'renew',
      does: 'Issue it anew now, however long it is still valid',
      unless: "status.conditions.exists(c, c.type == 'Issuing' && c.status == 'True')",
      effect: {
        kind: 'patch',
        subresource: 'status',
        patch: { says: 'the condition `Issuing`, which its controller acts on', make: issuing },
        belongs: 'Cluster',
      },
    },
  ],
};
