import { type KubeClient } from '../../kube/index.ts';
import { groupOf } from '../../object.ts';
import { missing } from '../../health/index.ts';
import {
  type Blocked,
  type Member,
  type Plan,
  type PreparedObject,
  type SyncView,
  unreachableMessage,
} from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { ApplicationObjects, ObjectView } from './types.ts';

/** What the objects of an Application are read from. */
export interface ObjectsInput {
  readonly state: ApplicationState;
  readonly view: SyncView;
  /** What a sync would do; undefined where nothing could be rendered. */
  readonly plan: Plan | undefined;
  readonly discovery: Pick<KubeClient['discovery'], 'find'>;
}

/** The objects of an Application with what is known of each, without a call. */
export function viewObjects({ state, view, plan, discovery }: ObjectsInput): ApplicationObjects {
  const { rendered } = state;
  const problems = rendered?.state === 'failed' ? rendered.problems : [];
  const found = new Map<string, ObjectView>();
  const live = (member: Member, about: Pick<ObjectView, 'sync' | 'reason' | 'message'>): void => {
    const { key, apiVersion } = member;
    const resource = discovery.find({ group: groupOf(apiVersion), kind: key.kind })?.plural ?? '';
    found.set(member.id, { id: member.id, key, apiVersion, resource, ...about, ...aliveness(member) });
  };
  const desired = (object: PreparedObject, about: Pick<ObjectView, 'sync' | 'reason' | 'message'>): void => {
    const { id, key, resource, origin } = object;
    const member = view.find(key);
    const from = rendered?.state === 'ok' ? (rendered.origins.get(id)?.origin.source ?? 0) : 0;
    const revision = rendered?.versions[from]?.version.revision;
    found.set(id, {
      id,
      key,
      apiVersion: object.object.apiVersion,
      resource: resource.plural,
      ...about,
      ...(member === undefined ? { health: missing } : aliveness(member)),
      ...(origin === undefined ? {} : { origin }),
      ...(revision === undefined ? {} : { revision }),
      desired: object.object,
    });
  };

  for (const member of view.members()) live(member, { sync: 'Unknown' });
  if (plan !== undefined && rendered?.state === 'ok') {
    for (const planned of plan.unchanged) desired(planned.desired, { sync: 'Synced' });
    for (const { desired: object, reason } of plan.leftAlone ?? []) {
      if (reason !== 'drift-ignored') continue;
      desired(object, { sync: 'Synced', reason, message: 'it is not as it was left, and its drift is to be ignored' });
    }
    for (const { desired: object, reason } of plan.apply) desired(object, { sync: 'OutOfSync', reason });
    for (const member of plan.prune) live(member, { sync: 'OutOfSync', reason: 'not-desired' });
    for (const member of plan.leaving) live(member, { sync: 'OutOfSync', reason: 'leaving' });
    const byId = new Map(rendered.desired.objects.map((object) => [object.id, object]));
    for (const blocked of plan.blocked) block(blocked, byId.get(blocked.id), view.find(blocked.key), { desired, live });
  }
  for (const [id, one] of found) {
    const message = unreachableMessage(one.key, state.unreachable);
    if (message === undefined) continue;
    // Whatever is known of it is of before.
    found.set(id, { ...one, sync: 'Unknown', reason: 'unreachable', message, health: { status: 'Unknown', message } });
  }
  return {
    problems,
    objects: [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ...(rendered?.state === 'ok' ? { revision: rendered.versions[0].version.revision } : {}),
    ...(plan?.approval === undefined ? {} : { approval: plan.approval }),
  };
}

type About = Pick<ObjectView, 'sync' | 'reason' | 'message'>;

function block(
  { reason, message }: Blocked,
  object: PreparedObject | undefined,
  member: Member | undefined,
  add: { desired: (object: PreparedObject, about: About) => void; live: (member: Member, about: About) => void },
): void {
  const about = { sync: 'OutOfSync', reason, message } as const;
  if (object !== undefined) add.desired(object, about);
  else if (member !== undefined) add.live(member, about);
}

function aliveness({
  health,
  uid,
  deletionTimestamp,
}: Member): Pick<ObjectView, 'health' | 'uid' | 'deletionTimestamp'> {
  return { health, uid, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) };
}
