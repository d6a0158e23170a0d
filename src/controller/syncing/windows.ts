import { Cron } from 'croner';
import { type Application, durationMilliseconds } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';

/** One entry of `spec.sync.windows`. */
export type SyncWindow = NonNullable<NonNullable<Application['spec']['sync']>['windows']>[number];

/** What the windows of an Application let happen at one moment. */
export interface WindowVerdict {
  /** Whether a sync may begin by itself. */
  readonly open: boolean;
  /** Whether a sync may begin that a person asks for. */
  readonly manual: boolean;
}

/** The verdict of now, and what becomes of it. */
export interface WindowOutlook extends WindowVerdict {
  /** When a window opens or closes next, milliseconds since 1970; undefined where none ever does. */
  readonly boundary: number | undefined;
  /** When the verdict changes next; undefined where no change is found. */
  readonly changesAt: number | undefined;
}

/** Boundaries that are looked at for the next change: windows that overlap for ever are not followed for ever. */
const mostBoundaries = 200;

interface Parsed {
  readonly window: SyncWindow;
  readonly cron: Cron;
  /** Milliseconds. */
  readonly duration: number;
}

function parseWindow(window: SyncWindow): Parsed {
  const timezone = window.timezone ?? 'UTC';
  const cron = new Cron(window.schedule, { timezone, paused: true, mode: '5-part' });
  // A time zone that there is not shows only when it is used.
  cron.nextRun(new Date(0));
  return { window, cron, duration: durationMilliseconds(window.duration) };
}

/** What is wrong with windows that the API server has taken: it knows neither cron nor time zones. */
export function windowProblems(windows: readonly SyncWindow[]): readonly Problem[] {
  return windows.flatMap((window, index): readonly Problem[] => {
    const where = { field: `spec.sync.windows[${index}]` };
    try {
      const { duration } = parseWindow(window);
      if (duration > 0) return [];
      return [{ code: 'controller.window-invalid', message: 'its duration is nothing', where }];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `the schedule ${window.schedule} in ${window.timezone ?? 'UTC'} cannot be read: ${reason}`;
      return [{ code: 'controller.window-invalid', message, where }];
    }
  });
}

/** When a window that is open now closes, or else when it opens; undefined where it never opens. */
function edgeOf({ cron, duration }: Parsed, now: number): { readonly active: boolean; readonly at?: number } {
  // Open from its start on, for its duration: a start exactly that long ago has just closed.
  const start = cron.nextRun(new Date(now - duration))?.getTime();
  if (start === undefined) return { active: false };
  return start <= now ? { active: true, at: start + duration } : { active: false, at: start };
}

/** After Argo CD: an open Deny wins; where there are Allows, one of them must be open. */
function verdictOf(edges: readonly { readonly window: SyncWindow; readonly active: boolean }[]): WindowVerdict {
  const of = (kind: SyncWindow['kind'], active: boolean) =>
    edges.filter((edge) => edge.window.kind === kind && edge.active === active).map(({ window }) => window);
  const letsPeople = (windows: readonly SyncWindow[]): boolean => windows.every(({ manual }) => manual === true);
  const denying = of('Deny', true);
  if (denying.length > 0) return { open: false, manual: letsPeople(denying) };
  const closed = of('Allow', false);
  if (of('Allow', true).length > 0 || closed.length === 0) return { open: true, manual: true };
  return { open: false, manual: letsPeople(closed) };
}

function lookAt(parsed: readonly Parsed[], now: number): WindowVerdict & { readonly boundary: number | undefined } {
  const edges = parsed.map((each) => ({ window: each.window, ...edgeOf(each, now) }));
  const times = edges.flatMap(({ at }) => at ?? []);
  return { ...verdictOf(edges), boundary: times.length === 0 ? undefined : Math.min(...times) };
}

/** What these windows let happen now, and until when. They must be without problems (`windowProblems`). */
export function windowsAt(windows: readonly SyncWindow[], now: number): WindowOutlook {
  const parsed = windows.map(parseWindow);
  const first = lookAt(parsed, now);
  let { boundary } = first;
  for (let count = 0; boundary !== undefined && count < mostBoundaries; count += 1) {
    const then = lookAt(parsed, boundary);
    if (then.open !== first.open || then.manual !== first.manual) return { ...first, changesAt: boundary };
    ({ boundary } = then);
  }
  return { ...first, changesAt: undefined };
}
