import type { KubeObject } from '../../../object.ts';
import type { Health } from '../../health.ts';
import { conditionsIn, itemsAt } from '../../read.ts';
import { decide, type GroupRules } from '../../rule.ts';
import { worst } from '../attached.ts';

/** Each router that serves a route admits it or not. */
function routeHealth(object: KubeObject): Health {
  const routers = itemsAt(object, 'status.ingress').map((router) => ({
    id: `router ${String(router.routerName)}`,
    health: decide(
      [
        { type: 'Admitted', status: 'False', health: 'Degraded' },
        { type: 'Admitted', status: 'True', health: 'Healthy' },
      ],
      conditionsIn(router),
    ),
  }));
  return worst(undefined, routers);
}

/** OpenShift: routes. */
export const routeOpenshiftIoRules: GroupRules = {
  Route: routeHealth,
};
