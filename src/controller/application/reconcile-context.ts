import { applicationId } from './application-state.ts';
import type { Applications } from './applications.ts';
import type { ReconcileContext } from './context.ts';
import type { ControllerOptions } from '../controller-options.ts';
import { createDeletionLimits } from '../deletion/deletion-limits.ts';
import { environmentOf } from '../rendering/environment.ts';
import type { RepositoryState } from '../repository/repositories.ts';
import { seedOf } from '../seed.ts';
import { sourceOf, wantedGroups } from '../rendering/source-of.ts';

/** What is handed on as it is. */
type Handed = Pick<
  ReconcileContext,
  | 'client'
  | 'explainer'
  | 'members'
  | 'missingKinds'
  | 'ruleBook'
  | 'ignoreBook'
  | 'dependencies'
  | 'holders'
  | 'renderer'
  | 'events'
  | 'feedback'
  | 'log'
  | 'fieldManager'
  | 'version'
  | 'requeue'
  | 'onStatus'
  | 'writeCapture'
  | 'now'
>;

/** What the reconciliation of Applications is made of. */
export interface ReconcileParts
  extends Handed, Pick<ControllerOptions, 'seed' | 'deletionsPerMinute' | 'observer' | 'signal'> {
  readonly applications: Applications;
  readonly repositories: ReadonlyMap<string, RepositoryState>;
  /** Has an Application looked at. */
  readonly enqueue: (id: string) => void;
}

/** Joins what the reconciliation of one Application may use. */
export function reconcileContextOf(parts: ReconcileParts): ReconcileContext {
  const { applications, repositories, client, enqueue, signal } = parts;
  return {
    client,
    explainer: parts.explainer,
    members: parts.members,
    missingKinds: parts.missingKinds,
    ruleBook: parts.ruleBook,
    ignoreBook: parts.ignoreBook,
    dependencies: parts.dependencies,
    holders: parts.holders,
    renderer: parts.renderer,
    events: parts.events,
    feedback: parts.feedback,
    log: parts.log,
    fieldManager: parts.fieldManager,
    version: parts.version,
    sourceOf: (application, revision) => {
      applications.recordWants(applicationId(application), wantedGroups(application, repositories));
      return sourceOf(application, repositories, revision);
    },
    environment: () => environmentOf(client, signal),
    seedOf: (id) => seedOf(parts.seed, id),
    recordReads: (id, reads) => applications.recordReads(id, reads),
    recordClaims: (id, objects) => {
      for (const owner of applications.recordClaims(id, objects)) enqueue(owner);
    },
    claimsOn: (applySet) => applications.claimsOn(applySet),
    ownerName: (applySet) => applications.ownerName(applySet),
    onStatus: parts.onStatus,
    writeCapture: parts.writeCapture,
    requeue: parts.requeue,
    deletionsOf: createDeletionLimits(parts),
    observer: parts.observer,
    now: parts.now,
  };
}
