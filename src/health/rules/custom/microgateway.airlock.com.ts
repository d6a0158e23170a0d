import type { KubeObject } from '../../../object.ts';
import { type Health, healthy } from '../../health.ts';
import type { GroupRules } from '../../rule.ts';
import { attachedHealth } from '../attached.ts';

const attached = attachedHealth('status.ancestors', 'ancestorRef');

function airlockHealth(object: KubeObject): Health {
  return object.kind.endsWith('Policy') ? attached(object) : healthy();
}

/** Airlock Microgateway. Policies are accepted by what they attach to. */
export const microgatewayAirlockComRules: GroupRules = {
  '*': airlockHealth,
};
