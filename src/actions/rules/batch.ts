import type { GroupActions } from '../action.ts';
import { jobAgain, jobOfCronJob } from '../make-job.ts';
import { switching } from '../shared.ts';

const finished = "status.conditions.exists(c, c.status == 'True' && c.type in ['Complete', 'Failed'])";
const ending =
  "has(status.conditions) && status.conditions.exists(c, c.status == 'True' && c.type in ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'])";

/** Jobs. */
export const batchActions: GroupActions = {
  CronJob: [
    {
      name: 'run',
      does: 'Run it now, whatever its schedule says',
      effect: {
        kind: 'create',
        group: 'batch',
        objectKind: 'Job',
        says: 'a Job of `spec.jobTemplate`, which the CronJob owns',
        make: jobOfCronJob,
      },
    },
    ...switching(
      ['suspend', 'Start no more Jobs; those that run go on'],
      ['resume', 'Start Jobs again as the schedule says'],
      'suspend',
    ),
  ],
  Job: [
    {
      name: 'run',
      does: 'Run it again, once it has ended',
      when: finished,
      effect: {
        kind: 'create',
        group: 'batch',
        objectKind: 'Job',
        says: 'a Job with the same pods under another name, which nothing maintains',
        make: jobAgain,
      },
    },
    ...switching(
      ['suspend', 'Stop its pods until it is resumed'],
      ['resume', 'Start its pods again'],
      'suspend',
      `(${ending})`,
    ),
  ],
};
