import { type Application, type ApplicationStatus, type ConditionInput, nextConditions } from '../../api/index.ts';
import { formatProblem, hintFor, type Problem } from '../../errors.ts';
import type { Health } from '../../health/index.ts';
import type { Settled } from '../application/application-state.ts';
import { describeChange } from '../drift/drift-changes.ts';

/** Problems named in a condition; the rest is counted. */
const shownProblems = 20;

/** Is the cluster as Git says, and if not, why not. */
export type SyncState =
  | { readonly state: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly state: 'syncing'; readonly message: string }
  /** A sync is to begin, and has to wait for other Applications. */
  | { readonly state: 'held'; readonly reason: string; readonly message: string }
  | { readonly state: 'synced'; readonly reason: 'Synced' | 'RolledBack'; readonly message: string }
  | { readonly state: 'out-of-sync'; readonly reason: string; readonly message: string }
  | {
      readonly state: 'failed';
      readonly reason: string;
      readonly problems: readonly Problem[];
      readonly retry: boolean;
    };

/** What a status is made of. */
export interface StatusInput {
  readonly application: Application;
  /** The conditions as they were last written. */
  readonly previous: ApplicationStatus['conditions'];
  readonly sync: SyncState;
  readonly health: Health;
  /** Objects that are not as Git says; missing where nobody could look, so that what was said last stands. */
  readonly drifted?: readonly string[];
  /** How many they are, who it was, how often it was put back, and who fights for it. */
  readonly drift: NonNullable<ApplicationStatus['drift']>;
  /** What is worth saying besides. */
  readonly notes: readonly string[];
  readonly warnings: readonly Problem[];
  /** The fields that only a finished sync moves, and whether another has begun since. */
  readonly settled: Settled;
  /** The last drift that was to become a commit. */
  readonly capture?: ApplicationStatus['capture'];
  /** A sync with hooks that is under way. */
  readonly operation?: ApplicationStatus['operation'];
  readonly retry?: ApplicationStatus['retry'];
  readonly stopped?: ApplicationStatus['stopped'];
  readonly window?: ApplicationStatus['window'];
  /** The last request that was answered. */
  readonly request?: ApplicationStatus['request'];
  /** Deletions that wait for approval. */
  readonly approval?: ApplicationStatus['approval'];
  /** The phases in which hooks run at its deletion. */
  readonly deleteHooks: NonNullable<ApplicationStatus['deleteHooks']>;
  /** The rollback that holds it. */
  readonly hold?: ApplicationStatus['hold'];
  readonly handledRequest: string | undefined;
  readonly handledSyncRequest: string | undefined;
  readonly now: Date;
}

/** Problems as the lines of a condition's message, with what to do about the first. */
export function describeProblems(problems: readonly Problem[]): string {
  const lines = problems.slice(0, shownProblems).map(formatProblem);
  if (problems.length > shownProblems) lines.push(`and ${problems.length - shownProblems} more`);
  const [first] = problems;
  if (first !== undefined) lines.push(hintFor(first));
  return lines.join('\n');
}

function syncedCondition(sync: SyncState, drifted: readonly string[]): ConditionInput {
  const type = 'Synced';
  switch (sync.state) {
    case 'waiting':
      return { type, status: 'Unknown', reason: sync.reason, message: sync.message };
    case 'syncing':
      return { type, status: 'False', reason: 'Syncing', message: sync.message };
    case 'synced':
      return drifted.length === 0
        ? { type, status: 'True', reason: sync.reason, message: sync.message }
        : { type, status: 'False', reason: 'Drifted', message: `${drifted.length} objects are not as Git says` };
    case 'held':
    case 'out-of-sync':
      return { type, status: 'False', reason: sync.reason, message: sync.message };
    case 'failed':
      return { type, status: 'False', reason: sync.reason, message: describeProblems(sync.problems) };
  }
}

function driftedCondition({
  drifted,
  drift,
  previous,
}: Pick<StatusInput, 'drifted' | 'drift' | 'previous'>): ConditionInput {
  const type = 'Drifted';
  const last = previous?.find((condition) => condition.type === type);
  if (drifted === undefined && last !== undefined) {
    const { status, reason, message } = last;
    return { type, status, reason, message };
  }
  if (drifted === undefined || drifted.length === 0)
    return { type, status: 'False', reason: 'NoDrift', message: 'every object is as it was synced' };
  const known = new Map(drifted.map((object) => [object, [] as string[]]));
  for (const change of drift.changes ?? []) known.get(change.object)?.push(describeChange(change));
  const lines = [...known]
    .slice(0, shownProblems)
    .map(([object, told]) => (told.length === 0 ? object : told.join('; ')));
  const more = drifted.length > shownProblems ? [`and ${drifted.length - shownProblems} more`] : [];
  return { type, status: 'True', reason: 'Drifted', message: [...lines, ...more].join('\n') };
}

function healthyCondition(health: Health): ConditionInput {
  const status = health.status === 'Healthy' ? 'True' : health.status === 'Unknown' ? 'Unknown' : 'False';
  return { type: 'Healthy', status, reason: health.status, message: health.message };
}

const statusOfOutcome = { Succeeded: 'True', Failed: 'False', Refused: 'False' } as const;

/** What came of what somebody asked for last. */
function requestCondition(request: StatusInput['request']): ConditionInput[] {
  if (request === undefined) return [];
  const { action, by, outcome, message } = request;
  const who = by === undefined ? '' : ` (asked by ${by})`;
  return [
    {
      type: 'SyncRequest',
      status: statusOfOutcome[outcome],
      reason: action === 'Stop' && outcome === 'Succeeded' ? 'Stopped' : outcome,
      message: `${message}${who}`,
    },
  ];
}

/** Ready, Reconciling and Stalled, as kstatus reads them. */
function summary(input: StatusInput, synced: ConditionInput): ConditionInput[] {
  const { sync, health } = input;
  const busy =
    sync.state === 'syncing' ||
    sync.state === 'held' ||
    sync.state === 'waiting' ||
    (sync.state === 'failed' && sync.retry);
  const progressing = sync.state === 'synced' && health.status === 'Progressing';
  const stalled = sync.state === 'failed' && !sync.retry;
  const ready =
    synced.status === 'True' && (health.status === 'Healthy' || health.status === 'Suspended')
      ? { status: 'True' as const, reason: synced.reason, message: synced.message }
      : synced.status === 'True'
        ? { status: 'False' as const, reason: health.status, message: health.message }
        : { status: synced.status, reason: synced.reason, message: synced.message };
  return [
    { type: 'Ready', ...ready, message: withNotes(ready.message, input) },
    {
      type: 'Reconciling',
      status: busy || progressing ? 'True' : 'False',
      reason: busy ? synced.reason : progressing ? 'Progressing' : 'Idle',
      message: busy ? synced.message : progressing ? health.message : 'nothing to do',
    },
    {
      type: 'Stalled',
      status: stalled ? 'True' : 'False',
      reason: stalled ? synced.reason : 'NotStalled',
      message: stalled ? synced.message : 'nothing needs a hand',
    },
  ];
}

function withNotes(message: string, input: StatusInput): string {
  const notes = [
    ...input.notes,
    ...input.warnings.slice(0, shownProblems).map((warning) => `warning: ${formatProblem(warning)}`),
  ];
  return [message, ...notes.filter((note) => note !== message).slice(0, shownProblems)].join('\n');
}

/** The status that says all this; a pure function, so that it can be compared with what was written. */
export function statusOf(input: StatusInput): ApplicationStatus {
  const { application, settled } = input;
  const synced = syncedCondition(input.sync, input.drifted ?? []);
  const generation = application.metadata.generation;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...settled,
    health: input.health.status,
    drift: input.drift,
    ...(input.capture === undefined ? {} : { capture: input.capture }),
    ...(input.operation === undefined ? {} : { operation: input.operation }),
    ...(input.retry === undefined ? {} : { retry: input.retry }),
    ...(input.stopped === undefined ? {} : { stopped: input.stopped }),
    ...(input.window === undefined ? {} : { window: input.window }),
    ...(input.request === undefined ? {} : { request: input.request }),
    ...(input.approval === undefined ? {} : { approval: input.approval }),
    ...(input.deleteHooks.length === 0 ? {} : { deleteHooks: input.deleteHooks }),
    ...(input.hold === undefined ? {} : { hold: input.hold }),
    ...(input.handledRequest === undefined ? {} : { handledRequest: input.handledRequest }),
    ...(input.handledSyncRequest === undefined ? {} : { handledSyncRequest: input.handledSyncRequest }),
    conditions: nextConditions(
      input.previous,
      [
        ...summary(input, synced),
        synced,
        healthyCondition(input.health),
        driftedCondition(input),
        ...requestCondition(input.request),
      ],
      generation,
      input.now,
    ),
  };
}
