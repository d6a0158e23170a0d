import type { KubeObject } from '../../../object.ts';
import type { Health } from '../../health.ts';
import { conditionsIn, conditionsOf, isOfGeneration, itemsAt } from '../../read.ts';
import { decide, type ConditionRule, type GroupRules } from '../../rule.ts';
import { attachedHealth, worst } from '../attached.ts';
import { unseen, present } from '../shared.ts';

/** What a part of the status says: the object as a whole, a listener, or what it is attached to. */
const accepted: readonly ConditionRule[] = [
  { type: 'ResolvedRefs', status: 'False', health: 'Degraded' },
  { type: 'Accepted', status: 'False', reasons: ['Pending'], health: 'Progressing' },
  { type: 'Accepted', status: 'False', health: 'Degraded' },
  {
    type: 'Programmed',
    status: 'False',
    reasons: ['Invalid', 'AddressNotAssigned', 'AddressNotUsable', 'NoResources'],
    health: 'Degraded',
  },
  { type: 'Programmed', status: 'False', health: 'Progressing' },
  { type: 'Programmed', status: 'Unknown', health: 'Progressing' },
  { type: 'Programmed', status: 'True', health: 'Healthy' },
  { type: 'Accepted', status: 'True', health: 'Healthy' },
  { type: 'Accepted', health: 'Progressing' },
];

function gatewayHealth(object: KubeObject): Health {
  const whole = decide(
    accepted,
    conditionsOf(object).filter((condition) => isOfGeneration(condition, object)),
  );
  const parts = itemsAt(object, 'status.listeners').map((listener) => ({
    id: `listener ${String(listener.name)}`,
    health: decide(
      accepted,
      conditionsIn(listener).filter((condition) => isOfGeneration(condition, object)),
    ),
  }));
  return worst(whole, parts);
}

/** Gateway API. */
export const gatewayNetworkingK8sIoRules: GroupRules = {
  BackendTLSPolicy: attachedHealth('status.ancestors', 'ancestorRef'),
  GRPCRoute: attachedHealth('status.parents', 'parentRef'),
  Gateway: gatewayHealth,
  GatewayClass: {
    fresh: true,
    conditions: [
      { type: 'Accepted', status: 'True', health: 'Healthy' },
      { type: 'Accepted', status: 'False', reasons: ['Waiting'], health: 'Progressing' },
      { type: 'Accepted', status: 'False', health: 'Degraded' },
      { type: 'Accepted', health: 'Progressing' },
    ],
    ...unseen,
  },
  HTTPRoute: attachedHealth('status.parents', 'parentRef'),
  ReferenceGrant: present,
  TCPRoute: attachedHealth('status.parents', 'parentRef'),
  TLSRoute: attachedHealth('status.parents', 'parentRef'),
  UDPRoute: attachedHealth('status.parents', 'parentRef'),
};
