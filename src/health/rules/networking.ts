import type { KubeObject } from '../../object.ts';
import { healthy, type Health } from '../health.ts';
import { itemsAt } from '../read.ts';
import type { GroupRules } from '../rule.ts';

/** Ingresses and the like. */
export const networkingRules: GroupRules = {
  Ingress: ingressHealth,
};

/** Many ingress controllers never write the address, so waiting for one would wait for ever. */
function ingressHealth(object: KubeObject): Health {
  return healthy(
    itemsAt(object, 'status.loadBalancer.ingress').length > 0 ? '' : 'no controller has given it an address',
  );
}
