import type { KubeObject } from '../../object.ts';
import { degraded, healthy, progressing, type Health } from '../health.ts';
import { conditionOf, sayingOf, textAt } from '../read.ts';
import type { GroupRules } from '../rule.ts';

/** Requests for certificates. */
export const certificatesRules: GroupRules = {
  CertificateSigningRequest: requestHealth,
};

function requestHealth(object: KubeObject): Health {
  const refused = conditionOf(object, 'Denied') ?? conditionOf(object, 'Failed');
  if (refused?.status === 'True') return degraded(sayingOf(refused));
  if (textAt(object, 'status.certificate') !== '') return healthy();
  const approved = conditionOf(object, 'Approved')?.status === 'True';
  return progressing(approved ? 'it is approved and not signed yet' : 'it waits for approval');
}
