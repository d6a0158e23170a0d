export { type ServingMaterial, watchServing } from './admission/serving.ts';
export type {
  Admission,
  AdmissionAnswer,
  AdmissionOptions,
  AdmissionRequest,
  WebhookPlace,
} from './admission/types.ts';
export type {
  ChangedObject,
  ChangeRequest,
  ChangeResult,
  ChangeUser,
  ObjectChange,
  ObjectName,
  SubmitOptions,
  SyncOutcome,
} from './changes/types.ts';
export type { GitObject, ListedObject } from './gitops/git-objects.ts';
export type { GitOpsRepository } from './gitops/repositories.ts';
export type { GitOpsSettings } from './gitops/settings.ts';
export type { GitOps } from './gitops/start-gitops.ts';
export type { GitOpsStatus } from './gitops/status.ts';
export { type UnmanagedObject, unmanagedObjects } from './gitops/unmanaged.ts';
export type { AppChangeRequest, AppChangeResult, AppObjectChange, AppObjectName } from './placing/types.ts';
export type { AskedChanges } from './way-up.ts';
export type { BackResult, LinkedDiff, LogEntry as PastLogEntry, Past, PastPlace } from './past/types.ts';
export { type RunningController, runController, type RunOptions } from './lead.ts';
export { type InstallationRules } from './health/installation-rules.ts';
export { type Log } from './log.ts';
export { type EndedSync, type Observer, type QueueName } from './observer.ts';
export { type Measure } from './views/measures.ts';
export {
  type ApplicationDiff,
  type ApplicationDryRun,
  diffOnce,
  type DiffOnceOptions,
  dryRunOnce,
  ownersOnce,
  simulatePruneOnce,
} from './syncing/diff-once.ts';
export { type PullRequestNews, type WebhookOutcome } from './webhooks/webhooks.ts';
export { type SourcePart } from './application/context.ts';
export { holdOf } from './depends/hold-of.ts';
export { versionOf } from './repository/git-upstream.ts';
export { type Origin } from './rendering/origin.ts';
export { isUntouchedBy } from './preview/affected.ts';
export { inParallel } from './preview/in-parallel.ts';
export { kindsWithoutCluster, knownKubernetes } from './preview/known-kinds.ts';
export { compareApplication, comparePushed } from './preview/live-once.ts';
export { previewApplication, type PreviewApplicationOptions, type PreviewSide } from './preview/preview-application.ts';
export { type Closable, openSource } from './rendering/render-once.ts';
export { type ApplicationObjects, type ObjectView, type Views } from './views/types.ts';
export { type Changes, type NumberedChange, type ViewChange } from './views/changes.ts';
export { type LogEntry } from './views/sync-log.ts';
export { showObjects } from './views/show.ts';
export { idLabel, partOfLabel } from '../sync/index.ts';
export { buildTree, nameOfScope, type TreeNode, type TreeScope } from '../sync/index.ts';
