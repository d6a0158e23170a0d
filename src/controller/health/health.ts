import { combineHealth, type Health, missing, type NamedHealth, withReason } from '../../health/index.ts';
import {
  type Member,
  type PreparedSet,
  sharedHealth,
  type SyncView,
  type Unreachable,
  unreachableMessage,
} from '../../sync/index.ts';

/**
 * The health of an Application: the worst of its objects, each as the watch last showed it and as far as its annotations let
 * it count, with the reason that is known of the object that is named.
 */
export function healthOf(
  desired: PreparedSet,
  view: SyncView,
  reasonOf: (member: Member) => string | undefined = () => undefined,
  unreachable?: Unreachable,
): Health {
  const members = new Map<string, Member>();
  const named = desired.objects.flatMap(({ id, key, options, object }): NamedHealth[] => {
    const unseen = unreachableMessage(key, unreachable);
    const member = view.find(key, id);
    if (member !== undefined) members.set(id, member);
    // What is not compared may be there without Plumbline's label, or be meant to be missing.
    else if (options?.write === 'IfNotPresent' || options?.write === 'Ignore' || options?.drift === 'Ignore') return [];
    const seen = unseen === undefined ? (member?.health ?? missing) : { status: 'Unknown' as const, message: unseen };
    const health = sharedHealth(object.metadata, seen);
    return health === undefined ? [] : [{ id, health }];
  });
  const whole = combineHealth(named);
  if (whole.status !== 'Degraded' && whole.status !== 'Progressing') return whole;
  // Of the one object that is named: no other is asked about.
  const shown = named.find(({ id, health }) => health.status === whole.status && whole.message.startsWith(`${id}: `));
  const member = shown === undefined ? undefined : members.get(shown.id);
  if (shown === undefined || member === undefined) return whole;
  const reason = reasonOf(member);
  return reason === undefined ? whole : withReason(whole, reason);
}
