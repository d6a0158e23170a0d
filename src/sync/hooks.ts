import { hash } from 'node:crypto';
import type { Problem } from '../errors.ts';
import { formatKey } from '../object.ts';
import { clearingOf, fateOfNamespace, healthOfHook, releaseHook } from './hook-calls.ts';
import { holdsMore, isDeletedBy } from './holding-kinds.ts';
import { record, recordBegin } from './hook-record.ts';
import { type HookPhase, hookFinalizer, hookOf, hookSetOf, operationLabel, phaseLabel, runsToEnd } from './hook.ts';
import { memberOf, type Member } from './member.ts';
import { leavingMessage } from './plan.ts';
import type { PreparedHook, PreparedObject, PreparedSet } from './prepare.ts';
import { applyOne, problemsAt } from './rehearse.ts';
import { defaultFieldManager, type StepContext, type SyncInput, type SyncRun, type Wait } from './run-types.ts';
import { applyStages } from './stages.ts';
import { kindWaits, misplacement } from './kind-waits.ts';
import { cutIntoWaves } from './wave.ts';

/** How a hook ended. */
export type HookOutcome = 'Succeeded' | 'Failed';

/** What is to be run, and what of it has been run already. */
export interface HookInput {
  /** Names this one sync among all of the set; a sync that goes on after an interruption has the same. */
  readonly operation: string;
  /** How hooks of this sync ended, by their slot (`slotOf`). */
  readonly done: ReadonlyMap<string, HookOutcome>;
  /** Whether the set was never synced: what runs at an installation runs, and what runs at an upgrade does not. */
  readonly first: boolean;
  /** Replace a hook of an earlier sync that still runs, instead of waiting for its end. */
  readonly replace: boolean;
  /** Why the sync had failed when it was interrupted while it ran its answer to that. */
  readonly failure?: string;
}

/** What became of the hooks of a phase. */
export interface HooksRun {
  readonly run: SyncRun;
  readonly waits: readonly Wait[];
  /** `PostSync, wave 2`. */
  readonly before: string;
}

/** The hooks that run in a phase of this sync. */
export function hooksIn(
  phase: HookPhase,
  { desired, hooks }: Pick<SyncInput, 'desired' | 'hooks'>,
): readonly PreparedHook[] {
  if (hooks === undefined) return [];
  return (desired.hooks ?? []).filter(({ hook }) =>
    hook.runs.some(
      (run) => run.phase === phase && (run.only === undefined || (run.only === 'install') === hooks.first),
    ),
  );
}

const syncPhases: ReadonlySet<HookPhase> = new Set(['PreSync', 'Sync', 'PostSync']);

/** Whether anything runs when the set is synced. */
export function hasSyncHooks({ hooks = [] }: PreparedSet): boolean {
  return hooks.some(({ hook }) => hook.runs.some(({ phase }) => syncPhases.has(phase)));
}

/** In characters that a name may have. */
function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 8);
}

/** What stands for one run of a hook in the record of a sync: short, since it lies in a status. */
export function slotOf(phase: HookPhase, { id, digest, generateName }: PreparedHook): string {
  return shortHash(`${phase} ${id} ${generateName === undefined ? '' : digest}`);
}

/** Runs the hooks of a phase, wave by wave, as far as it goes without waiting; all of them where no wave is named. */
export async function runHooks(
  phase: HookPhase,
  start: SyncRun,
  context: StepContext,
  only?: number,
): Promise<HooksRun> {
  let run = start;
  for (const { wave, items } of cutIntoWaves(hooksIn(phase, run.input), (hook) => hook.wave ?? 0)) {
    if (only !== undefined && wave !== only) continue;
    const before = wave === 0 ? `the end of ${phase}` : `the end of ${phase}, wave ${wave}`;
    const todo = items.filter((hook) => !run.hooks.has(slotOf(phase, hook)));
    if (todo.length === 0) {
      // Of a wave in which one has failed, all have ended now.
      if (!items.some((hook) => run.hooks.get(slotOf(phase, hook)) === 'Failed')) continue;
      return { run: failed(run), waits: [], before };
    }
    run = await recordBegin(phase, run, context);
    const known = run.problems.length;
    const result = await runWave(phase, todo, run, context);
    run = result.run;
    if (run.problems.length > known) return { run, waits: [], before };
    if (result.waits.length > 0) return { run, waits: result.waits, before };
    if (run.failing.length > 0) return { run: failed(run), waits: [], before };
  }
  return { run, waits: [], before: '' };
}

function failed(run: SyncRun): SyncRun {
  // Who goes on after an interruption knows that it has failed, and may not know why.
  const known: readonly Problem[] = [...run.problems, ...run.failing];
  const reason = run.input.hooks?.failure ?? 'a hook has failed';
  return { ...run, problems: known.length > 0 ? known : [{ code: 'sync.hook-failed', message: reason }], failing: [] };
}

interface Looked {
  readonly hook: PreparedHook;
  readonly wait?: Wait;
  readonly problems?: readonly Problem[];
  readonly outcome?: HookOutcome;
  readonly live?: Member;
}

async function runWave(
  phase: HookPhase,
  todo: readonly PreparedHook[],
  start: SyncRun,
  context: StepContext,
): Promise<{ readonly run: SyncRun; readonly waits: readonly Wait[] }> {
  const comers = await comersOf(phase, todo, context);
  const looks: Looked[] = [...comers];
  const there = todo.filter((hook) => !comers.some((comer) => comer.hook === hook));
  for (const stage of applyStages(there, ({ key }) => key)) {
    const looked = await Promise.all(stage.map((hook) => lookAt(phase, hook, start, context)));
    looks.push(...looked);
    const isRefused = looked.some(({ problems }) => problems !== undefined);
    // What is in the way of a hook has to go before those that may need it are made.
    if (isRefused || looked.some(({ wait }) => wait?.condition === 'Deleted')) break;
  }
  const ended = looks.filter(({ outcome }) => outcome !== undefined);
  const problemsOf = (some: readonly Looked[]): readonly Problem[] => some.flatMap((look) => look.problems ?? []);
  const refused = problemsOf(looks.filter(({ outcome }) => outcome === undefined));
  const failing = [...start.failing, ...problemsOf(ended)];
  let run: SyncRun = { ...start, failing, problems: [...start.problems, ...refused] };
  if (ended.length > 0) {
    const done = new Map(run.hooks);
    for (const { hook, outcome } of ended) if (outcome !== undefined) done.set(slotOf(phase, hook), outcome);
    run = { ...run, hooks: done };
    // First it is known, and then let go: nobody runs it again who does not find it any more.
    await record(phase, run, context);
    await Promise.all(ended.flatMap(({ live }) => (live === undefined ? [] : [releaseHook(live, context)])));
  }
  return { run, waits: looks.flatMap(({ wait }) => wait ?? []) };
}

/** Hooks whose kind is still to come, which are waited for; but what answers a failure is not held up by that. */
async function comersOf(
  phase: HookPhase,
  todo: readonly PreparedHook[],
  context: StepContext,
): Promise<readonly Looked[]> {
  const waits = new Map((await kindWaits(todo, context)).map((wait) => [wait.key, wait]));
  return todo.flatMap((hook): readonly Looked[] => {
    const wait = waits.get(hook.key);
    if (wait === undefined) return [];
    if (phase !== 'SyncFail') return [{ hook, wait }];
    const where = { ...hook.origin, object: hook.id };
    return [{ hook, problems: [{ code: 'sync.unknown-kind', message: wait.message, where }] }];
  });
}

/** Makes the hook where this sync has not made it yet, and tells how it does. */
async function lookAt(phase: HookPhase, hook: PreparedHook, run: SyncRun, context: StepContext): Promise<Looked> {
  const { input } = run;
  const named = nameFor(phase, hook, input);
  try {
    const wrong = await misplacement(named, context);
    if (wrong !== undefined) return { hook, problems: [wrong] };
    const live = await find(named, context, input);
    if (live !== undefined && isOf(live, phase, input)) return await judge(hook, live, context);
    if (live !== undefined) {
      const obstacle = await clear(live, named, hook, input, context);
      if (obstacle !== undefined) return { hook, ...obstacle };
    }
    const outcome = await applyOne(context.cluster, made(named, phase, input), input.options, {
      dryRun: false,
      judge: context.judge,
      signal: context.signal,
    });
    if (outcome.kind !== 'accepted') return { hook, problems: outcome.kind === 'refused' ? outcome.problems : [] };
    context.observe?.(outcome.result);
    return await judge(hook, outcome.member, context);
  } catch (error) {
    context.signal.throwIfAborted();
    return { hook, problems: problemsAt(named, error) };
  }
}

/** A hook that gets a name of its own gets the same for the same sync: however often it is made, it is made once. */
export function nameFor(phase: HookPhase, hook: PreparedHook, { hooks }: SyncInput): PreparedObject {
  if (hook.generateName === undefined) return hook;
  const name = `${hook.generateName}${shortHash(`${hooks?.operation} ${slotOf(phase, hook)}`)}`;
  const key = { ...hook.key, name };
  return { ...hook, key, id: formatKey(key), object: { ...hook.object, metadata: { ...hook.object.metadata, name } } };
}

/** The hook as it is written: it says for which sync it was made. */
function made(hook: PreparedObject, phase: HookPhase, { hooks }: SyncInput): PreparedObject {
  const { object } = hook;
  const labels = { ...object.metadata.labels, [operationLabel]: hooks?.operation ?? '', [phaseLabel]: phase };
  const finalizers = runsToEnd(hook.key)
    ? [...(object.metadata.finalizers ?? []), hookFinalizer]
    : object.metadata.finalizers;
  const metadata = { ...object.metadata, labels, ...(finalizers === undefined ? {} : { finalizers }) };
  return { ...hook, object: { ...object, metadata } };
}

function isOf({ hook }: Member, phase: HookPhase, { hooks }: SyncInput): boolean {
  return hook !== undefined && hook.operation === hooks?.operation && hook.phase === phase;
}

/** What the view shows, or where it shows nothing, what the server has: a hook may carry no label of ours. */
async function find(hook: PreparedObject, context: StepContext, input: SyncInput): Promise<Member | undefined> {
  const seen = context.view.find(hook.key);
  if (seen !== undefined) return seen;
  const { cluster, judge: health, signal } = context;
  const object = await cluster.get({ ...hook.key, apiVersion: hook.object.apiVersion }, { signal });
  if (object === undefined) return undefined;
  const member = memberOf(object, input.options.fieldManager ?? defaultFieldManager, health);
  const isHook = member.hook !== undefined || hookOf(object.metadata.annotations) !== undefined;
  return isHook || member.applySet !== undefined ? member : { ...member, applySet: 'nobody' };
}

/** Takes what has the name of the hook out of its way; undefined where nothing is in the way any more. */
async function clear(
  live: Member,
  named: PreparedObject,
  { hook }: PreparedHook,
  input: SyncInput,
  context: StepContext,
): Promise<Omit<Looked, 'hook'> | undefined> {
  const { key, uid, apiVersion } = live;
  // What carries no label of ours is not watched.
  const soon = live.applySet === undefined ? { retryAfter: 300 } : {};
  if (live.applySet !== undefined && ![input.applySet, hookSetOf(input.applySet)].includes(live.applySet)) {
    const owner =
      live.applySet === 'nobody' ? 'nobody, and is no hook' : (input.ownerName?.(live.applySet) ?? live.applySet);
    const message = `an object of the name of the hook is there, and belongs to ${owner}`;
    return { problems: [{ code: 'sync.claimed', message, where: { ...named.origin, object: named.id } }] };
  }
  if (live.deletionTimestamp !== undefined) {
    await releaseHook(live, context);
    return { wait: { key, condition: 'Deleted', message: leavingMessage(live), ...soon } };
  }
  const running = live.hook !== undefined && runsToEnd(key) && live.health.status === 'Progressing';
  if (running && input.hooks?.replace !== true) {
    const message = `the one of an earlier sync still runs (${live.health.message}); \`plumb sync\` replaces it`;
    return { wait: { key, condition: 'Deleted', message } };
  }
  const isReplaced = (runsToEnd(key) && !holdsMore(key)) || isDeletedBy('BeforeHookCreation', hook, key);
  if (!isReplaced) return undefined;
  await releaseHook(live, context);
  const outcome = await context.cluster.delete(
    { ...key, apiVersion },
    { propagation: clearingOf(key), preconditions: { uid }, dryRun: false, signal: context.signal },
  );
  if (outcome.state === 'gone') return undefined;
  const { deletionTimestamp, finalizers = [] } = outcome.object.metadata;
  const message = leavingMessage({ ...live, deletionTimestamp, finalizers });
  return { wait: { key, condition: 'Deleted', message, ...soon } };
}

/** Whether the hook has ended, and how. */
async function judge(hook: PreparedHook, live: Member, context: StepContext): Promise<Looked> {
  const { key } = live;
  const health = await healthOfHook(live, context);
  if (health === undefined || health.status === 'Degraded') {
    const reason = health?.message ?? 'it was deleted before it had ended';
    const message = `${reason}${await fateOfNamespace(live, context)}`;
    return { hook, live, outcome: 'Failed', problems: [failure(hook, live, message)] };
  }
  if (health.status === 'Healthy') return { hook, live, outcome: 'Succeeded' };
  return { hook, live, wait: { key, condition: 'Healthy', message: `it is ${health.status}: ${health.message}` } };
}

function failure({ origin }: PreparedHook, { id }: Member, message: string): Problem {
  return { code: 'sync.hook-failed', message: `the hook has failed: ${message}`, where: { ...origin, object: id } };
}
