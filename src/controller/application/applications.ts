import { isDeepStrictEqual } from 'node:util';
import { argoNames, type Application, names, sourcesOf } from '../../api/index.ts';
import { type Member, ownerOfSet } from '../../sync/index.ts';
import {
  type ApplicationState,
  applicationId,
  newApplicationState,
  type GroupVersion,
  type Versions,
} from './application-state.ts';
import type { GroupReads } from './context.ts';
import type { MemberChange } from './members.ts';
import { createRecordIndex, type RecordIndex } from '../rendering/record-index.ts';
import type { Version } from '../rendering/origin.ts';
import type { PathChange } from '../../render/index.ts';
import type { RevisionEvent } from '../repository/revision.ts';

/** All Applications that the controller looks after, and who among them is concerned by what happens. */
export interface Applications {
  get(id: string): ApplicationState | undefined;
  /** Takes what the watch shows; tells whether there is anything to do about it. */
  update(application: Application): boolean;
  delete(id: string): void;
  /** The Applications that read this Repository (`namespace/name`). */
  readersOf(repository: string): Iterable<ApplicationState>;
  /** The same, each of which has something new to look at: its Repository is another one. */
  expect(repository: string): readonly ApplicationState[];
  /** Remembers what the last render of the Application looked at, for each repository and reference. */
  recordReads(id: string, reads: GroupReads): void;
  /** Remembers which repositories and references the Application asks for now, read or not. */
  recordWants(id: string, groups: readonly string[]): void;
  /** The Applications that have to look at a commit; all the others are moved on to it without a look. */
  concernedBy(event: RevisionEvent, group: string): Iterable<string>;
  /**
   * The Applications whose render may come out differently after these changes to what is in the groups, those of which
   * it is not known among them.
   */
  readingAny(repository: string, groups: readonly string[], changes: readonly PathChange[]): Iterable<ApplicationState>;
  /**
   * Remembers the live objects that the Application wants and that belong to others, by id.
   * @returns the Applications of those others, where this is news to them
   */
  recordClaims(id: string, objects: readonly Claim[]): Iterable<string>;
  /** Who wants objects that this ApplySet has, one line for each of those Applications. */
  claimsOn(applySet: string): readonly string[];
  /** The Applications that have to look at a change of a live object: its own, and those that wait for it to be free. */
  concernedByMember(change: MemberChange): Iterable<string>;
  /** `Application namespace/name` behind an ApplySet. */
  ownerName(applySet: string): string | undefined;
  values(): Iterable<ApplicationState>;
}

/** A live object that an Application wants and another ApplySet has. */
export interface Claim {
  readonly object: string;
  /** The ApplySet that has it. */
  readonly owner: string;
}

/** `namespace/name` of the Repositories that an Application reads. */
function repositoriesOf(application: Application): ReadonlySet<string> {
  const { namespace } = application.metadata;
  return new Set(sourcesOf(application).map(({ repositoryRef }) => `${namespace}/${repositoryRef.name}`));
}

const annotationsOfInterest = [
  names.requestedAt,
  names.syncRequestedAt,
  names.rollbackTo,
  names.approvePrune,
  argoNames.deletionApproved,
  names.skipDeleteHooks,
] as const;

/** Whether two versions of an Application differ in anything that asks for work; its own status does not. */
function asksForWork(before: Application, after: Application): boolean {
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.uid !== after.metadata.uid ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    annotationsOfInterest.some((name) => before.metadata.annotations?.[name] !== after.metadata.annotations?.[name])
  );
}

/** Whether a live object differs from what its last sync left, or does better or worse than before. */
function needsLook(state: ApplicationState, change: MemberChange): boolean {
  const { previous, current, id } = change;
  if (state.application.metadata.deletionTimestamp !== undefined) return true;
  if (state.active?.waits.length !== undefined && state.active.waits.length > 0) return true;
  // A hook is looked at while its sync is under way, and never after.
  if (ownerOfSet(change.applySet) !== change.applySet) return state.stepping;
  if (current === undefined) return true;
  if (previous === undefined || differs(previous, current)) return true;
  const applied = state.lastApplied.get(id);
  return (
    applied !== undefined && applied.fingerprint !== current.fingerprint && previous.fingerprint !== current.fingerprint
  );
}

function differs(previous: Member, current: Member): boolean {
  return (
    previous.health.status !== current.health.status ||
    previous.fingerprint !== current.fingerprint ||
    previous.deletionTimestamp !== current.deletionTimestamp ||
    previous.uid !== current.uid
  );
}

/** The same versions, with another one for a group. */
function movedOn([first, ...others]: Versions, group: string, version: Version): Versions {
  const move = (part: GroupVersion): GroupVersion => (part.group === group ? { group, version } : part);
  return [move(first), ...others.map(move)];
}

/** An empty set of Applications. */
export function createApplications(now: () => number): Applications {
  const states = new Map<string, ApplicationState>();
  const bySet = new Map<string, ApplicationState>();
  const byRepository = new Map<string, Set<ApplicationState>>();
  const indexes = new Map<string, RecordIndex>();
  const groupsOf = new Map<string, readonly string[]>();
  const wants = new Map<string, readonly string[]>();
  const claimants = new Map<string, Set<string>>();
  const claims = new Map<string, readonly Claim[]>();

  const forgetReads = (id: string): void => {
    for (const group of groupsOf.get(id) ?? []) indexes.get(group)?.delete(id);
    groupsOf.delete(id);
  };

  const forgetClaims = (id: string): void => {
    for (const { object } of claims.get(id) ?? []) {
      const waiting = claimants.get(object);
      waiting?.delete(id);
      if (waiting?.size === 0) claimants.delete(object);
    }
    claims.delete(id);
  };

  const unlink = (state: ApplicationState): void => {
    for (const repository of repositoriesOf(state.application)) {
      const readers = byRepository.get(repository);
      readers?.delete(state);
      if (readers?.size === 0) byRepository.delete(repository);
    }
  };

  const link = (state: ApplicationState): void => {
    for (const repository of repositoriesOf(state.application)) {
      const readers = byRepository.get(repository);
      if (readers === undefined) byRepository.set(repository, new Set([state]));
      else readers.add(state);
    }
  };

  return {
    get: (id) => states.get(id),
    values: () => states.values(),
    update(application) {
      const id = applicationId(application);
      const known = states.get(id);
      // An Application of the same name that was made anew has nothing to do with the old one.
      if (known !== undefined && known.application.metadata.uid === application.metadata.uid) {
        const work = asksForWork(known.application, application);
        unlink(known);
        known.application = application;
        link(known);
        if (work) known.news += 1;
        return work;
      }
      if (known !== undefined) this.delete(id);
      const state = newApplicationState(application, now());
      states.set(id, state);
      bySet.set(state.applySet, state);
      link(state);
      return true;
    },
    delete(id) {
      const state = states.get(id);
      if (state === undefined) return;
      forgetReads(id);
      wants.delete(id);
      forgetClaims(id);
      unlink(state);
      bySet.delete(state.applySet);
      states.delete(id);
    },
    readersOf: (repository) => byRepository.get(repository) ?? [],
    expect(repository) {
      const readers = [...(byRepository.get(repository) ?? [])];
      for (const state of readers) state.news += 1;
      return readers;
    },
    recordReads(id, reads) {
      forgetReads(id);
      for (const [group, record] of reads) {
        let index = indexes.get(group);
        if (index === undefined) indexes.set(group, (index = createRecordIndex()));
        index.set(id, record);
      }
      if (reads.size > 0) groupsOf.set(id, [...reads.keys()]);
    },
    recordWants(id, groups) {
      wants.set(id, groups);
    },
    *concernedBy(event, group) {
      const { changes, previous, revision } = event;
      const affected = changes === undefined ? undefined : indexes.get(group)?.affected(changes);
      for (const state of byRepository.get(event.repository) ?? []) {
        const { rendered } = state;
        const current = groupsOf.get(state.id);
        // Reads another reference of the repository, and does not wait for this one either.
        if (current?.includes(group) === false && wants.get(state.id)?.includes(group) !== true) continue;
        const untouched =
          affected !== undefined &&
          current?.includes(group) === true &&
          !affected.has(state.id) &&
          rendered !== undefined &&
          rendered.versions.every((part) => part.group !== group || part.version.content === previous?.content);
        if (!untouched) {
          state.news += 1;
          yield state.id;
        } else if (revision.state === 'ready')
          state.rendered = { ...rendered, versions: movedOn(rendered.versions, group, revision.version) };
      }
    },
    *readingAny(repository, groups, changes) {
      const affected = new Set(groups.flatMap((group) => [...(indexes.get(group)?.affected(changes) ?? [])]));
      for (const state of byRepository.get(repository) ?? []) {
        const known = groupsOf.get(state.id);
        if (known === undefined || affected.has(state.id)) yield state;
      }
    },
    recordClaims(id, objects) {
      const before = claims.get(id) ?? [];
      if (isDeepStrictEqual(before, objects)) return [];
      forgetClaims(id);
      if (objects.length > 0) claims.set(id, objects);
      for (const { object } of objects) {
        const waiting = claimants.get(object);
        if (waiting === undefined) claimants.set(object, new Set([id]));
        else waiting.add(id);
      }
      const owners = new Set([...before, ...objects].map(({ owner }) => bySet.get(owner)?.id));
      return [...owners].filter((owner) => owner !== undefined);
    },
    claimsOn: (applySet) =>
      [...claims].flatMap(([id, wanted]) => {
        const objects = wanted.filter(({ owner }) => owner === applySet).map(({ object }) => object);
        return objects.length === 0 ? [] : [`${objects.join(', ')}: Application ${id} wants it as well`];
      }),
    *concernedByMember(change) {
      const state = bySet.get(ownerOfSet(change.applySet));
      if (state !== undefined && needsLook(state, change)) {
        if (state.stepping) state.missed = true;
        else yield state.id;
      }
      if (change.current !== undefined) return;
      for (const id of claimants.get(change.id) ?? []) {
        const waiting = states.get(id);
        if (waiting === undefined || waiting === state) continue;
        // What it failed for is over: it need not wait for its retry.
        waiting.failed = undefined;
        waiting.tries = undefined;
        yield id;
      }
    },
    ownerName(applySet) {
      const state = bySet.get(applySet);
      return state === undefined ? undefined : `Application ${state.id}`;
    },
  };
}
