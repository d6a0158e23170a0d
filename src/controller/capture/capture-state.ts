import type { Application } from '../../api/index.ts';
import { durationMilliseconds, names } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import type { ObjectKey } from '../../object.ts';
import type { DriftedField } from '../../sync/index.ts';
import type { RenderedWell } from '../application/application-state.ts';
import type { Onto } from '../../writeback/index.ts';
import type { WriteMode } from '../repository/branches.ts';

/** How an Application wants drift to become commits. */
export interface CaptureSettings {
  readonly mode: WriteMode;
  /** Milliseconds. */
  readonly quietPeriod: number;
  readonly meanwhile: 'Hold' | 'Revert';
  readonly ignoreManagers: readonly string[];
}

const usualQuietPeriod = '30s';

/** How drift is captured; undefined where it is not, as while an Application is held by a rollback. */
export function captureSettingsOf({ metadata, spec }: Application): CaptureSettings | undefined {
  if (spec.sync?.drift !== 'Capture' || metadata.annotations?.[names.rollbackTo] !== undefined) return undefined;
  const { automated = true, capture = {} } = spec.sync;
  const { mode, quietPeriod = usualQuietPeriod, meanwhile = 'Hold', ignoreManagers = [] } = capture;
  return {
    mode: mode === 'PullRequest' ? 'pullRequest' : 'commit',
    quietPeriod: durationMilliseconds(quietPeriod),
    // Nothing is put back by itself where nothing is synced by itself.
    meanwhile: automated ? meanwhile : 'Hold',
    ignoreManagers,
  };
}

/** What is to be captured of one object. */
export interface CapturedObject {
  readonly id: string;
  readonly key: ObjectKey;
  readonly fields: readonly DriftedField[];
}

/** What was found of drifted objects. */
export interface CollectedDrift {
  readonly objects: readonly CapturedObject[];
  /** What is not captured. */
  readonly left: readonly LeftDrift[];
}

/** A drift that is not captured. */
export interface LeftDrift {
  /** Object or field, and the reason. */
  readonly reason: string;
  /** Whether somebody owns it who would write it again: then it is never put back. */
  readonly isOwned: boolean;
}

/** A capture that was proposed. */
export interface ProposedCapture extends Onto {
  /** Number of the pull request. */
  readonly number: number;
}

/** How far the capture of a drift is. */
export type CaptureStep =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'writing' }
  | { readonly kind: 'committed'; readonly commit: string; readonly pullRequest?: string }
  | {
      readonly kind: 'refused';
      readonly problems: readonly [Problem, ...Problem[]];
      /** Milliseconds since 1970; undefined where trying again makes no sense until something changes. */
      readonly retryAt: number | undefined;
    };

/** A drift that is to become a commit. */
export interface CaptureState {
  /** What Git said when it was first seen. */
  readonly base: RenderedWell;
  /** The objects that drifted. */
  readonly ids: readonly string[];
  /** Which objects drifted, and how they were then: another text, another drift. Empty: it is over. */
  readonly signature: string;
  /** When it was first seen, and when it last changed; milliseconds since 1970. */
  readonly since: number;
  readonly changedAt: number;
  /** What was taken from the cluster already, since the cluster does not keep it. */
  readonly taken: CollectedDrift | undefined;
  readonly step: CaptureStep;
  /** When the step began; milliseconds since 1970. */
  readonly steppedAt: number;
  /** Tries that failed in a row. */
  readonly failures: number;
}

/** The same capture, a step further. */
export function stepped(capture: CaptureState, step: CaptureStep, now: number): CaptureState {
  return { ...capture, step, steppedAt: now };
}

/** Somebody who changes things without end is not waited for longer than so many quiet periods. */
const longestQuiet = 10;

/** When what was seen is captured; milliseconds since 1970. */
export function dueAt({ since, changedAt }: CaptureState, { quietPeriod }: CaptureSettings): number {
  return Math.min(changedAt + quietPeriod, since + longestQuiet * quietPeriod);
}

/** Captures of one Application within `captureWindowMilliseconds` after which a drift is only reported. */
export const captureLimit = 10;
/** See `captureLimit`. */
export const captureWindowMilliseconds = 3_600_000;

/** When another capture may be written; undefined: now. Milliseconds since 1970. */
export function limitedUntil(captures: readonly number[], now: number): number | undefined {
  const recent = captures.filter((at) => at > now - captureWindowMilliseconds);
  const oldest = recent.at(-captureLimit);
  return oldest === undefined ? undefined : oldest + captureWindowMilliseconds;
}

/** Two takings of the same cluster: of a field, what was taken later counts. */
export function joinDrift(earlier: CollectedDrift | undefined, later: CollectedDrift): CollectedDrift {
  if (earlier === undefined) return later;
  const objects = new Map(earlier.objects.map((object) => [object.id, object]));
  for (const object of later.objects) {
    const before = objects.get(object.id);
    const fields = new Map((before?.fields ?? []).map((field) => [JSON.stringify(field.path), field]));
    for (const field of object.fields) fields.set(JSON.stringify(field.path), field);
    objects.set(object.id, { ...object, fields: [...fields.values()] });
  }
  return { objects: [...objects.values()], left: uniqueLeft([...earlier.left, ...later.left]) };
}

function uniqueLeft(left: readonly LeftDrift[]): readonly LeftDrift[] {
  return [...new Map(left.map((each) => [each.reason, each])).values()];
}
