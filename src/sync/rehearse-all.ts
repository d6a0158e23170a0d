import type { Problem } from '../errors.ts';
import type { ObjectKey } from '../object.ts';
import { driftDecision, driftPolicyOf, isSameAsBefore } from './drift.ts';
import { hooksIn } from './hooks.ts';
import type { Member } from './member.ts';
import type { PlannedApply } from './plan.ts';
import { recreation } from './recreate.ts';
import { applyOne, changesNothing, wasCreated, type Rehearsal } from './rehearse.ts';
import type { ObjectResult, StepContext, SyncInput, SyncRun } from './run-types.ts';
import { applyOrder } from './order.ts';

/** What is kept of a rehearsal: of thousands of answers no more than is needed. */
type Tried =
  | {
      readonly kind: 'accepted';
      readonly member: Member;
      readonly ownership: string | undefined;
      readonly created: boolean;
    }
  | { readonly kind: 'exists' }
  | { readonly kind: 'recreate' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

type Outcomes = Map<string, Tried>;

/**
 * Lets the server try all that the run would apply, at once. What can be tried only when its namespace or
 * its kind is there is deferred to its own stage.
 *
 * @param refused whether something is refused already, so that nothing will be applied.
 */
export async function rehearseAll(run: SyncRun, context: StepContext, refused: boolean): Promise<SyncRun> {
  const { input, pending } = run;
  const everything = input.options.validation !== 'None' || input.options.dryRun === true;
  const outcomes: Outcomes = new Map();
  const comers = await namespacesToCome(run, context, everything, outcomes);
  const deferred = new Set(
    pending
      .filter(({ desired }) => desired.definedHere || desired.awaited || comers.has(desired.key.namespace))
      .concat(pending.filter(({ desired }) => isLeaving(desired.key, context)))
      .map(({ desired }) => desired.id),
  );
  if (everything) await rehearseAgain(run, context, { outcomes, deferred });
  // What was refused the last time is so again: whatever the rest would come to, nothing is applied.
  if (isRefusedAgain(run, outcomes, refused)) return { ...settled(run, outcomes), deferred, solo: undefined };
  const others = pending.filter((planned) => {
    if (outcomes.has(planned.desired.id) || deferred.has(planned.desired.id)) return false;
    return everything || decisionOn(planned, input) === 'ask';
  });
  const solo = refused || !everything || isLed(run) ? undefined : soloOf(run, others);
  const company = others.filter((planned) => planned !== solo);
  await rehearse(company, run, context, outcomes);
  const failed = [...outcomes.values()].some(({ kind }) => kind === 'refused');
  if (failed && solo !== undefined) await rehearse([solo], run, context, outcomes);
  return { ...settled(run, outcomes), deferred, solo: failed ? undefined : solo?.desired.id };
}

/** Of what has been refused before, nothing else is tried until none of it is any more. */
async function rehearseAgain(
  run: SyncRun,
  context: StepContext,
  { outcomes, deferred }: { readonly outcomes: Outcomes; readonly deferred: ReadonlySet<string> },
): Promise<void> {
  const { refused, options } = run.input;
  // A single object is its own rehearsal.
  if (refused === undefined || options.dryRun === true || run.pending.length === 1) return;
  const again = run.pending.filter(({ desired: { id } }) => refused.has(id) && !deferred.has(id) && !outcomes.has(id));
  const byNamespace = Map.groupBy(again, ({ desired }) => desired.key.namespace);
  await Promise.all([...byNamespace.values()].map((planned) => rehearseIn(planned, run, context, outcomes)));
}

/** One object asks first, for all that are in its namespace: where that is missing, none of them has to. */
async function rehearseIn(
  planned: readonly PlannedApply[],
  run: SyncRun,
  context: StepContext,
  outcomes: Outcomes,
): Promise<void> {
  const [first, ...others] = planned;
  if (first === undefined || first.desired.key.namespace === '') return rehearse(planned, run, context, outcomes);
  await rehearse([first], run, context, outcomes);
  const told = outcomes.get(first.desired.id);
  const problems = told?.kind === 'refused' ? told.problems : [];
  if (!problems.some(({ code }) => code === 'kube.namespace-not-found'))
    return rehearse(others, run, context, outcomes);
  for (const { desired } of others) {
    const { id, origin } = desired;
    const own = problems.map((problem) => ({ ...problem, where: { ...origin, object: id } }));
    outcomes.set(id, { kind: 'refused', problems: own });
  }
}

function isRefusedAgain({ input }: SyncRun, outcomes: Outcomes, refused: boolean): boolean {
  if (input.refused === undefined || input.options.dryRun === true) return false;
  if (refused) return true;
  for (const [id, { kind }] of outcomes) if (kind === 'refused' && input.refused.has(id)) return true;
  return false;
}

/** Whether a hook runs before the first object is applied. */
function isLed({ input }: SyncRun): boolean {
  return hooksIn('PreSync', input).length > 0;
}

/** Whether this is the key of a namespace. */
export function isNamespace(key: ObjectKey): boolean {
  return key.kind === 'Namespace' && key.group === '';
}

/** What the policy says of an object that would be applied. */
export function decisionOn(planned: PlannedApply, input: SyncInput): ReturnType<typeof driftDecision> {
  const { id, digest } = planned.desired;
  const record = input.lastApplied.get(id);
  // What is known of it may be lost in a restart; who is fought is not.
  if (input.held?.has(id) === true && isSameAsBefore(digest, record, input.unmoved === true)) return 'report';
  const policy = driftPolicyOf(planned.desired, input);
  return driftDecision(planned, record, { policy, unmoved: input.unmoved === true });
}

/** Namespaces that are not there yet, or not there any more, and will be there in the course of this run. */
async function namespacesToCome(
  run: SyncRun,
  context: StepContext,
  everything: boolean,
  outcomes: Outcomes,
): Promise<ReadonlySet<string>> {
  const names = new Set(run.newNamespace === undefined ? [] : [run.newNamespace]);
  const namespaces = run.pending.filter(({ desired }) => isNamespace(desired.key));
  const leaving = namespaces.filter(({ desired }) => isLeaving(desired.key, context));
  for (const { desired } of leaving) names.add(desired.key.name);
  if (!everything) return names;
  const others = namespaces.filter((planned) => !leaving.includes(planned));
  await rehearse(others, run, context, outcomes);
  for (const { desired, live } of others) {
    const outcome = outcomes.get(desired.id);
    // Only what is stored has a resourceVersion.
    const comes = outcome?.kind === 'accepted' && outcome.member.resourceVersion === '';
    if (live === undefined && comes) names.add(desired.key.name);
  }
  return names;
}

function isLeaving(key: ObjectKey, context: StepContext): boolean {
  return context.view.find(key)?.deletionTimestamp !== undefined;
}

/**
 * Where the first stage is a single object, its apply is as good as its rehearsal: if it is refused,
 * nothing has been applied yet. So the most frequent syncs of all, one changed object and one that
 * drifted, cost a single call.
 */
function soloOf(run: SyncRun, others: readonly PlannedApply[]): PlannedApply | undefined {
  const { options } = run.input;
  if (options.dryRun === true || options.drift === 'Report' || run.newNamespace !== undefined) return undefined;
  const first = applyOrder(run.pending)[0]?.stages[0];
  const [only] = first ?? [];
  if (first?.length !== 1 || only === undefined || !others.includes(only)) return undefined;
  return decisionOn(only, run.input) === 'apply' ? only : undefined;
}

async function rehearse(
  planned: readonly PlannedApply[],
  run: SyncRun,
  context: StepContext,
  outcomes: Outcomes,
): Promise<void> {
  await Promise.all(
    planned.map(async (one) => {
      const call = { dryRun: true, signal: context.signal };
      const rehearsal = await applyOne(context.cluster, one.desired, run.input.options, call);
      outcomes.set(one.desired.id, await triedOf(one, rehearsal, run, context));
    }),
  );
}

async function triedOf(
  planned: PlannedApply,
  rehearsal: Rehearsal,
  run: SyncRun,
  context: StepContext,
): Promise<Tried> {
  if (rehearsal.kind === 'exists') return rehearsal;
  if (rehearsal.kind === 'refused') {
    const next = await recreation(planned, rehearsal.problems, run.input, context);
    return next.recreate ? { kind: 'recreate' } : { kind: 'refused', problems: next.problems };
  }
  const { member, ownership, result } = rehearsal;
  return { kind: 'accepted', member, ownership, created: wasCreated(planned, result) };
}

/** The run with results for what its rehearsal has settled; the rest is still to be applied. */
function settled(run: SyncRun, outcomes: Outcomes): SyncRun {
  const results = new Map(run.results);
  const pending: PlannedApply[] = [];
  for (const planned of run.pending) {
    const outcome = outcomes.get(planned.desired.id);
    const result = outcome === undefined ? undefined : resultOf(planned, outcome, run.input);
    if (result === undefined) pending.push(outcome?.kind === 'recreate' ? { ...planned, recreate: true } : planned);
    else results.set(planned.desired.id, result);
  }
  return { ...run, pending, results };
}

function resultOf(planned: PlannedApply, outcome: Tried, input: SyncInput): ObjectResult | undefined {
  const { id, key } = planned.desired;
  const { reason } = planned;
  if (outcome.kind === 'refused') return { id, key, action: 'failed', reason, problems: outcome.problems };
  if (outcome.kind === 'exists') return { id, key, action: 'unchanged', reason: 'exists', problems: [] };
  if (outcome.kind === 'recreate') {
    const kept = decisionOn(planned, input) === 'ask';
    if (!kept && input.options.dryRun !== true) return undefined;
    const { live } = planned;
    return { id, key, action: kept ? 'drifted' : 'recreated', reason, problems: [], fingerprint: live?.fingerprint };
  }
  const { ownership } = outcome;
  const { uid, resourceVersion, fingerprint } = outcome.member;
  if (changesNothing(planned, outcome, input.options)) {
    return { id, key, action: 'unchanged', reason, problems: [], fingerprint, ownership, uid, resourceVersion };
  }
  if (decisionOn(planned, input) === 'ask') {
    return { id, key, action: 'drifted', reason, problems: [], fingerprint: planned.live?.fingerprint };
  }
  if (input.options.dryRun !== true) return undefined;
  const action = outcome.created ? 'created' : 'configured';
  return { id, key, action, reason, problems: [], fingerprint, ownership, uid, resourceVersion };
}
