import type { KubeObject } from '../../object.ts';
import { degraded, healthy, progressing, suspended, type Health } from '../health.ts';
import { conditionOf, numberAt, sayingOf, valueAt } from '../read.ts';
import type { GroupRules } from '../rule.ts';

/** Jobs. */
export const batchRules: GroupRules = {
  Job: jobHealth,
  CronJob: {
    suspended: 'spec.suspend',
    expressions: [
      {
        // One that has never succeeded may be of a server that does not write down successes.
        when: '!(has(status.active) && size(status.active) > 0) && status.lastSuccessfulTime < status.lastScheduleTime',
        health: 'Degraded',
        says: 'its last run did not succeed',
      },
    ],
    otherwise: 'Healthy',
  },
};

function jobHealth(object: KubeObject): Health {
  const failed = conditionOf(object, 'Failed');
  if (failed?.status === 'True') return degraded(sayingOf(failed));
  const complete = conditionOf(object, 'Complete');
  if (complete?.status === 'True') return healthy('it has completed');
  if (valueAt(object, 'spec.suspend') === true) return suspended('spec.suspend is true');
  const active = numberAt(object, 'status.active');
  const succeeded = numberAt(object, 'status.succeeded');
  if (valueAt(object, 'status.startTime') === undefined) return progressing('it has not started yet');
  return progressing(`${active} pods are running, ${succeeded} have succeeded`);
}
