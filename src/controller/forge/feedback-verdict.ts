import { createHash } from 'node:crypto';
import { formatProblem, type Problem } from '../../errors.ts';
import type { CommitStatus } from '../../forge/index.ts';
import type { Health } from '../../health/index.ts';
import type { SyncState } from '../status/status.ts';

/** What is to be said of a commit for one Application. */
export interface Verdict {
  readonly state: CommitStatus['state'];
  /** One line. */
  readonly description: string;
}

/** What came of a commit so far; undefined where nothing is to be said of it, as while a person has to ask for the sync. */
export function verdictOf(sync: SyncState, health: Health): Verdict | undefined {
  switch (sync.state) {
    case 'waiting':
      return undefined;
    case 'held':
    case 'syncing':
      return { state: 'pending', description: sync.message };
    case 'failed':
      return { state: 'failure', description: `${sync.reason}: ${firstOf(sync.problems)}` };
    case 'out-of-sync':
      return sync.reason === 'PruneBlocked'
        ? { state: 'pending', description: `waits for the approval of a prune: ${sync.message}` }
        : undefined;
    case 'synced':
      return healthVerdict(sync.message, health);
  }
}

function healthVerdict(message: string, { status, message: why }: Health): Verdict {
  const described = `${message}; ${status}${why === '' ? '' : `: ${why}`}`;
  if (status === 'Healthy' || status === 'Suspended') return { state: 'success', description: `${message}; ${status}` };
  return { state: status === 'Degraded' ? 'failure' : 'pending', description: described };
}

/** What is to be said of a commit that is not accepted. */
export function refusalVerdict(problems: readonly Problem[]): Verdict {
  return { state: 'failure', description: `not accepted: ${firstOf(problems)}` };
}

function firstOf([first, ...others]: readonly Problem[]): string {
  if (first === undefined) return 'for no known reason';
  return others.length === 0 ? formatProblem(first) : `${formatProblem(first)} and ${others.length} more`;
}

const longestContext = 100;

/** `plumbline/team-a/web`: at most 100 characters, and another one for another Application. */
export function contextOf(prefix: string, application: string): string {
  const whole = `${prefix}/${application}`;
  if (whole.length <= longestContext) return whole;
  const tail = createHash('sha256').update(whole).digest('hex').slice(0, 8);
  return `${whole.slice(0, longestContext - tail.length - 1)}~${tail}`;
}
