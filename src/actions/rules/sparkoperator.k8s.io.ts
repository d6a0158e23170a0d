import type { GroupActions } from '../action.ts';
import { switching } from '../shared.ts';

/** The operator for Spark. */
export const sparkActions: GroupActions = {
  ScheduledSparkApplication: switching(
    ['suspend', 'Start no more applications; those that run go on'],
    ['resume', 'Start applications again as the schedule says'],
    'suspend',
  ),
};
