import type { ObjectKey } from '../object.ts';
import type { Blocked } from './blocked.ts';
import { isSameAsBefore } from './drift.ts';
import { fingerprintFrom } from './fingerprint.ts';
import { hookSetOf } from './hook.ts';
import { digestBeside } from './ignore/rules.ts';
import type { Member, SyncView } from './member.ts';
import type { PreparedObject, PreparedSet } from './prepare.ts';
import { type ApprovalSet, planPrune, type PruneSettings } from './prune-plan.ts';
import type { SyncOptions } from './run-types.ts';
import { announcesUnreachable, type Unreachable, unreachableMessage } from './unreachable.ts';
import { writeModeOf } from './write-object.ts';

/** What is known of an object since it was last applied. */
export interface AppliedRecord {
  /** `PreparedObject.digest` of what was applied. */
  readonly digest: string;
  /** `fingerprint` of the object as the apply left it; undefined where it is not known. */
  readonly fingerprint: string | undefined;
  /** `ownershipFingerprint` then: for a live object that is read at another version than it is applied at. */
  readonly ownership?: string | undefined;
  /** The fingerprint of a drift that was reported and left as it is. */
  readonly drifted?: string;
  /** It was there, made by somebody else, and is left to them. */
  readonly left?: true;
}

/** The records by id (`formatKey`). */
export type LastApplied = ReadonlyMap<string, AppliedRecord>;

/**
 * Why an object is to be applied. `missing`: it is not there; `changed`: something else is desired than
 * was last applied; `drifted`: the same is desired, and the live object is no longer as it was left;
 * `unproven`: nothing shows that it is as desired.
 */
export type ApplyReason = 'missing' | 'changed' | 'drifted' | 'unproven';

/** An object to be applied. */
export interface PlannedApply {
  readonly desired: PreparedObject;
  readonly live: Member | undefined;
  readonly reason: ApplyReason;
  /** Its change was refused, and it is to be deleted and made anew. */
  readonly recreate?: true;
}

/** An object that is as desired. */
export interface Unchanged {
  readonly desired: PreparedObject;
  readonly live: Member;
}

/** A desired object that is left as it is, because Git says so. */
export interface LeftAlone {
  readonly desired: PreparedObject;
  /** Undefined where it is not there, or belongs to nobody that Plumbline knows. */
  readonly live: Member | undefined;
  /** It is to be ignored; or it is there, and only made where it is missing; or its drift is to be ignored. */
  readonly reason: 'ignored' | 'exists' | 'drift-ignored';
}

/** What a sync would do. */
export interface Plan {
  readonly apply: readonly PlannedApply[];
  readonly unchanged: readonly Unchanged[];
  /** Left out where there is none. */
  readonly leftAlone?: readonly LeftAlone[];
  readonly prune: readonly Member[];
  /** Members that are not desired and whose deletion is already under way. */
  readonly leaving: readonly Member[];
  readonly blocked: readonly Blocked[];
  /** The token that approves the prune that is blocked for want of it. */
  readonly approval?: string;
  /** What needs an approval, given or not. */
  readonly asking?: ApprovalSet;
}

/** What a plan is made from. */
export interface PlanInput {
  readonly desired: PreparedSet;
  /** Id of the ApplySet. */
  readonly applySet: string;
  readonly view: SyncView;
  readonly lastApplied: LastApplied;
  readonly prune: PruneSettings;
  /** How objects are written that do not say it themselves. */
  readonly write?: SyncOptions['write'];
  /** Whether exactly this was synced before: then what differs is drift, also where nothing is known of the object. */
  readonly unmoved?: boolean;
  /** Kinds that cannot be looked at now. */
  readonly unreachable?: Unreachable;
  /** Whether an object of another ApplySet may be taken over. Default: never. */
  readonly mayTake?: (applySet: string, key: ObjectKey) => boolean;
  /** What people call another ApplySet; undefined where it is not known. */
  readonly ownerName?: (applySet: string) => string | undefined;
}

/** Compares what is desired with what is there. Pure: no call is made and nothing is changed. */
export function planSync(input: PlanInput): Plan {
  const apply: PlannedApply[] = [];
  const unchanged: Unchanged[] = [];
  const leftAlone: LeftAlone[] = [];
  const blocked: Blocked[] = [];
  const members = new Map<string, Member>();
  for (const member of input.view.members()) members.set(member.id, member);
  const total = members.size;
  for (const desired of input.desired.objects) {
    const live = members.get(desired.id) ?? input.view.find(desired.key, desired.id);
    members.delete(desired.id);
    const left = reasonToLeave(desired, live, input);
    if (left !== undefined) {
      leftAlone.push({ desired, live, reason: left });
      continue;
    }
    const message = unreachableMessage(desired.key, input.unreachable);
    if (message !== undefined) {
      const reason = reasonToWait(desired, live, input);
      if (reason === undefined) blocked.push({ id: desired.id, key: desired.key, reason: 'unreachable', message });
      else apply.push({ desired, live, reason });
      continue;
    }
    const obstacle = live === undefined ? undefined : obstacleTo(live, input);
    const reason = live?.deletionTimestamp === undefined ? reasonToApply(desired, live, input) : 'missing';
    if (reason !== undefined && obstacle?.reason !== 'claimed' && isDriftIgnored(desired, live, input)) {
      leftAlone.push({ desired, live, reason: 'drift-ignored' });
      continue;
    }
    if (obstacle !== undefined) {
      blocked.push({ id: desired.id, key: desired.key, ...obstacle });
      continue;
    }
    if (reason !== undefined) apply.push({ desired, live, reason });
    else if (live !== undefined) unchanged.push({ desired, live });
  }
  for (const id of input.desired.skipped ?? []) members.delete(id);
  const empty = input.desired.objects.length === 0 && input.prune.allowEmpty !== true;
  const pruning = withoutUnreachable(planPrune([...members.values()], { ...input.prune, total, empty }), input);
  return {
    apply,
    unchanged,
    ...(leftAlone.length === 0 ? {} : { leftAlone }),
    prune: pruning.prune,
    leaving: pruning.leaving,
    blocked: [...blocked, ...pruning.blocked],
    ...(pruning.approval === undefined ? {} : { approval: pruning.approval }),
    ...(pruning.asking === undefined ? {} : { asking: pruning.asking }),
  };
}

/**
 * Why an object that cannot be looked at is to be applied when it can: Git says something else than was applied. Whether it
 * has drifted, or gone, is not known, and is looked at then.
 */
function reasonToWait(desired: PreparedObject, live: Member | undefined, input: PlanInput): ApplyReason | undefined {
  if (isSameAsBefore(desired.digest, input.lastApplied.get(desired.id), input.unmoved === true)) return undefined;
  return reasonToApply(desired, live, input);
}

/** What would be pruned, without what cannot be looked at, and what announces that. */
export function withoutUnreachable<Pruning extends Pick<Plan, 'prune' | 'leaving' | 'blocked'>>(
  pruning: Pruning,
  { unreachable }: Pick<PlanInput, 'unreachable'>,
): Pruning {
  if (unreachable === undefined || unreachable.size === 0) return pruning;
  const whyNot = ({ key }: Member): string | undefined =>
    announcesUnreachable(key, unreachable)
      ? 'the API that it announces does not answer, and may have objects of this set'
      : unreachableMessage(key, unreachable);
  const blocked = [...pruning.prune, ...pruning.leaving].flatMap((member) => {
    const message = whyNot(member);
    return message === undefined ? [] : [{ id: member.id, key: member.key, reason: 'unreachable' as const, message }];
  });
  const isFree = (member: Member): boolean => whyNot(member) === undefined;
  return {
    ...pruning,
    prune: pruning.prune.filter(isFree),
    leaving: pruning.leaving.filter(isFree),
    blocked: [...pruning.blocked, ...blocked],
  };
}

function reasonToLeave(
  desired: PreparedObject,
  live: Member | undefined,
  { lastApplied, applySet }: PlanInput,
): LeftAlone['reason'] | undefined {
  if (desired.yields === true && live?.applySet !== undefined && live.applySet !== applySet) return 'exists';
  if (desired.options?.write === 'Ignore' || live?.ignored === true) return 'ignored';
  if (desired.options?.write !== 'IfNotPresent') return undefined;
  const record = lastApplied.get(desired.id);
  return live !== undefined || (record?.left === true && record.digest === desired.digest) ? 'exists' : undefined;
}

/** Whether the object, or the live one, wants its drift left alone, and it is nothing else that Git says of it now. */
function isDriftIgnored(desired: PreparedObject, live: Member | undefined, input: PlanInput): boolean {
  if (desired.options?.drift !== 'Ignore' && live?.drift !== 'Ignore') return false;
  return isSameAsBefore(desired.digest, input.lastApplied.get(desired.id), input.unmoved === true);
}

function obstacleTo(live: Member, input: PlanInput): Pick<Blocked, 'reason' | 'message'> | undefined {
  const owner = live.applySet;
  const own = owner === input.applySet || owner === hookSetOf(input.applySet);
  if (owner !== undefined && !own && input.mayTake?.(owner, live.key) !== true) {
    return { reason: 'claimed', message: `it belongs to ${input.ownerName?.(owner) ?? `another ApplySet, ${owner}`}` };
  }
  if (live.deletionTimestamp === undefined) return undefined;
  return { reason: 'terminating', message: leavingMessage(live) };
}

/** Why an object whose deletion was asked for is still there. */
export function leavingMessage(live: Member): string {
  const since = live.deletionTimestamp === undefined ? '' : ` since ${live.deletionTimestamp}`;
  const held = live.finalizers.length === 0 ? '' : `, held by ${live.finalizers.join(', ')}`;
  return `it is being deleted${since}${held}`;
}

/**
 * An object is left alone only where that is proved: the live one holds exactly the desired fields, or
 * is still as the last apply of the same left it.
 */
function reasonToApply(desired: PreparedObject, live: Member | undefined, input: PlanInput): ApplyReason | undefined {
  const record = input.lastApplied.get(desired.id);
  if (live === undefined) return isMadeOnce(desired, record) ? 'unproven' : 'missing';
  const known = live.fingerprint;
  if (live.kubectl === true && writeModeOf(desired, input) === 'Override') {
    return record === undefined ? 'unproven' : record.digest === desired.digest ? 'drifted' : 'changed';
  }
  // As the last sync left it: of thousands of objects nearly all are, and none has to be digested to know it.
  if (known !== undefined && record?.fingerprint === known && record.digest === desired.digest) return undefined;
  if (known !== undefined && live.apiVersion === desired.object.apiVersion) {
    if (known === fingerprintFrom(live.uid, digestFor(desired, live))) return undefined;
  }
  if (record === undefined) return 'unproven';
  if (record.digest !== desired.digest) return 'changed';
  if (record.fingerprint === undefined || known === undefined) return 'unproven';
  return record.fingerprint === known || record.ownership === known ? undefined : 'drifted';
}

/** After a start, an object that is left to somebody else looks as one that has gone: only the server can tell. */
function isMadeOnce({ options, digest }: PreparedObject, record: AppliedRecord | undefined): boolean {
  return options?.write === 'IfNotPresent' && record?.digest === digest && record.fingerprint === undefined;
}

/** What is desired apart from what is left to others; whose that is may be told by the live object alone. */
function digestFor({ object, digest, ignored }: PreparedObject, { yielded }: Member): string {
  return yielded === undefined ? digest : digestBeside(object, ignored, yielded);
}
