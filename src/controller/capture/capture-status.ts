import type { ApplicationStatus } from '../../api/index.ts';
import { apiVersion, group } from '../../names.ts';
import type { ApplicationState, RenderedWell } from '../application/application-state.ts';
import type { Turn } from '../application/context.ts';
import { describeProblems } from '../status/status.ts';
import type { CaptureState, CollectedDrift } from './capture-state.ts';
import { summaryOf } from './describe.ts';

/** What is taken from the cluster and put back there is kept in the status up to this length. */
const longestTaken = 100_000;

type CaptureStatus = NonNullable<ApplicationStatus['capture']>;

function cut(text: string): string {
  return text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text;
}

/** What a status says of the last capture. */
export function captureStatusOf({
  capture,
  proposed,
}: Pick<ApplicationState, 'capture' | 'proposed'>): CaptureStatus | undefined {
  if (capture === undefined) return undefined;
  return { ...stateIn(capture), ...(proposed === undefined ? {} : { proposed: { ...proposed } }) };
}

function stateIn(capture: CaptureState): CaptureStatus {
  const { step, taken, steppedAt, ids, base } = capture;
  const at = new Date(steppedAt).toISOString();
  const what = taken === undefined ? ids.join(', ') : summaryOf(taken);
  const kept = taken === undefined ? undefined : keptTaking({ digest: base.desired.digest, taken });
  switch (step.kind) {
    case 'quiet':
      return { state: 'Waiting', at, message: cut(what), ...kept } as const;
    case 'writing':
      return { state: 'Writing', at, message: cut(what), ...kept } as const;
    case 'committed':
      return {
        state: step.pullRequest === undefined ? 'Committed' : 'PullRequestOpen',
        at,
        commit: step.commit,
        ...(step.pullRequest === undefined ? {} : { pullRequest: step.pullRequest }),
        message: cut(what),
      } as const;
    case 'refused':
      return {
        state: 'Refused',
        at,
        message: cut(describeProblems(step.problems)),
        ...(step.retryAt === undefined ? {} : kept),
      } as const;
  }
}

/** What a restart needs to go on: the cluster does not show it any more. */
function keptTaking(kept: KeptTaking): Pick<CaptureStatus, 'taken'> {
  const text = JSON.stringify(kept);
  return text.length > longestTaken ? {} : { taken: text };
}

/** Fields that it may lose again; a merge patch has to say so. */
const cleared = { commit: null, pullRequest: null, taken: null, proposed: null };

/** The capture as a merge patch of a status has it. */
export function capturePatch(capture: CaptureStatus | undefined): object | null {
  return capture === undefined ? null : { ...cleared, ...capture };
}

/** Writes down what was taken before the cluster is put back: from then on it is nowhere else. */
export async function keepTaken({ state, context, signal }: Pick<Turn, 'state' | 'context' | 'signal'>): Promise<void> {
  const { namespace, name } = state.application.metadata;
  await context.client.patch(
    { apiVersion, group, kind: 'Application', namespace, name },
    { status: { capture: capturePatch(captureStatusOf(state)) } },
    { type: 'merge', subresource: 'status', fieldManager: context.fieldManager, priority: 'high', signal },
  );
}

/**
 * What was taken before a restart, as the status has it. Where Git has moved since, it cannot be told any more whether
 * that was about the same fields: then it is refused.
 */
export function takenBefore(text: string, rendered: RenderedWell, now: number): CaptureState | undefined {
  const kept = parseTaken(text);
  if (kept === undefined) return undefined;
  const hasMoved = kept.digest !== rendered.desired.digest;
  const message = `Git has changed since it was taken from the cluster: ${summaryOf(kept.taken)}`;
  return {
    base: rendered,
    ids: kept.taken.objects.map(({ id }) => id),
    signature: 'taken before the start',
    since: now,
    changedAt: now,
    taken: kept.taken,
    step: hasMoved
      ? { kind: 'refused', problems: [{ code: 'controller.capture-refused', message }], retryAt: undefined }
      : { kind: 'quiet' },
    steppedAt: now,
    failures: 0,
  };
}

interface KeptTaking {
  readonly digest: string;
  readonly taken: CollectedDrift;
}

/** Nobody but Plumbline writes it; whatever else stands there is nothing. */
function parseTaken(text: string): KeptTaking | undefined {
  try {
    const kept = JSON.parse(text) as KeptTaking;
    return Array.isArray(kept.taken.objects) && Array.isArray(kept.taken.left) ? kept : undefined;
  } catch {
    return undefined;
  }
}
