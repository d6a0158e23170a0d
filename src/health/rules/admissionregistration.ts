import type { KubeObject } from '../../object.ts';
import { degraded, healthy, type Health } from '../health.ts';
import { itemsAt } from '../read.ts';
import type { GroupRules } from '../rule.ts';

/** Admission: webhooks and bindings are well when they are there; a policy is looked through by the server. */
export const admissionregistrationRules: GroupRules = {
  ValidatingAdmissionPolicy: policyHealth,
};

function policyHealth(object: KubeObject): Health {
  const [first, ...more] = itemsAt(object, 'status.typeChecking.expressionWarnings');
  if (first === undefined) return healthy();
  const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
  return degraded(`${String(first.fieldRef)}: ${String(first.warning).trim()}${rest}`);
}
