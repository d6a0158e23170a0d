import type { Problem } from '../errors.ts';
import type { Health } from '../health/index.ts';
import type { PreparedObject } from './prepare.ts';
import type { ObjectResult, StepContext, SyncRun, Wait } from './run-types.ts';
import { unreachableMessage } from './unreachable.ts';
import { unseenFor } from './verdict.ts';

/** Whether objects do what is needed of them before something else begins. */
export interface Awaited {
  /** Those that are on their way. */
  readonly waits: readonly Wait[];
  /** Those that have failed. */
  readonly problems: readonly Problem[];
}

/**
 * Looks whether these objects are healthy, at what is known of them without a call. An object that has
 * failed fails the sync, unless that may be a verdict of before its apply: that is waited out.
 */
export function awaitHealth(objects: Iterable<PreparedObject>, run: SyncRun, context: StepContext): Awaited {
  const waits: Wait[] = [];
  const problems: Problem[] = [];
  for (const desired of objects) {
    const health = healthIn(desired, run, context);
    if (health === undefined || isReady(health, desired)) continue;
    const { key } = desired;
    const unseen = health.status === 'Degraded' ? unseenFor(desired, run, context) : undefined;
    if (health.status === 'Degraded' && unseen === undefined) {
      problems.push(unhealthy(desired, health));
    } else {
      const said = health.message === '' ? '' : `: ${health.message}`;
      const message = `it is ${health.status}${said}`;
      waits.push({ key, condition: 'Healthy', message, ...(unseen === undefined ? {} : { retryAfter: unseen }) });
    }
  }
  return { waits, problems };
}

/** That an object has failed. */
export function unhealthy({ id, origin }: PreparedObject, { message }: Health): Problem {
  return { code: 'sync.unhealthy', message: `it is Degraded: ${message}`, where: { ...origin, object: id } };
}

/** What was applied in waves below this one, or for a sync that is to wait for all of them, what is desired in them. */
export function below(wave: number, run: SyncRun): readonly PreparedObject[] {
  const { desired, options } = run.input;
  const all = desired.objects.filter((object) => (object.wave ?? 0) < wave);
  return options.await === 'Applied' ? all.filter(({ id }) => wasApplied(run, id)) : all;
}

/** Whether this run has changed the object. */
export function wasApplied(run: SyncRun, id: string): boolean {
  const action = run.results.get(id)?.action;
  return action === 'created' || action === 'configured' || action === 'recreated';
}

function healthIn({ id, key }: PreparedObject, run: SyncRun, context: StepContext): Health | undefined {
  // Whatever it was when it was seen last.
  const unreachable = unreachableMessage(key, run.input.unreachable);
  if (unreachable !== undefined) return { status: 'Unknown', message: unreachable };
  const live = context.view.find(key, id);
  const result = run.results.get(id);
  // Drift that is only reported may be that the object is gone.
  if (result?.action === 'drifted' && live === undefined) return undefined;
  if (live === undefined && mayBeMissing(result?.reason)) return undefined;
  return live?.health ?? result?.health ?? { status: 'Missing', message: 'it is not there' };
}

/** What is not compared may be missing, or be there without our label. */
function mayBeMissing(reason: ObjectResult['reason'] | undefined): boolean {
  return reason === 'ignored' || reason === 'exists' || reason === 'drift-ignored';
}

function isReady({ status }: Health, { object }: PreparedObject): boolean {
  if (status === 'Healthy') return true;
  if (status !== 'Suspended') return false;
  // What Git wants suspended is as it should be; what has paused by itself is not done yet.
  const spec = object.spec as { readonly suspend?: unknown; readonly paused?: unknown } | undefined;
  return spec?.suspend === true || spec?.paused === true;
}
