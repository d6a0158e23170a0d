export {
  applySetId,
  applySetOf,
  emptyParentRecord,
  foreignTool,
  formatGroupKind,
  groupKindsAnnotation,
  idLabel,
  namespacesAnnotation,
  parentAnnotations,
  parentRecordFor,
  parentRecordOf,
  parentTypeLabel,
  parseGroupKind,
  partOfLabel,
  sameParentRecord,
  toolingAnnotation,
  unionOfParentRecords,
  type GroupKind,
  type ParentRecord,
} from './apply-set.ts';
export { type MissingKinds } from './awaited-kind.ts';
export { formatUnified, formatWriter } from './diff-format.ts';
export { maskSecrets } from './diff-mask.ts';
export { diffSync, type SyncDiff } from './diff-sync.ts';
export { diffFields, diffObject, withoutNoise, type DiffInput, type FieldChange, type ObjectDiff } from './diff.ts';
export { type DriftPolicy } from './drift.ts';
export { driftedFields, type DriftedField, type DriftStep, type FieldWriter } from './drifted-fields.ts';
export { appliedFields, combinedFingerprint, desiredDigest, fingerprint, type Fingerprinted } from './fingerprint.ts';
export { applyBeside } from './ignore/apply-beside.ts';
export { compileIgnore, joinIgnore, type IgnoreRule, type IgnoreRules, type ObjectIgnore } from './ignore/rules.ts';
export { explainObject } from './explain.ts';
export { hookOf, hookSetOf, ownerOfSet, type HookPhase } from './hook.ts';
export { hasSyncHooks } from './hooks.ts';
export type { HookProgress } from './hook-record.ts';
export type { HookInput, HookOutcome } from './hooks.ts';
export {
  objectOptionsOf,
  optionNames,
  type ObjectOptions,
  type Propagation,
  type WriteMode,
} from './object-options.ts';
export { memberOf, type Member, type SyncView } from './member.ts';
export { type BlockReason, type Blocked } from './blocked.ts';
export {
  planSync,
  type AppliedRecord,
  type ApplyReason,
  type LastApplied,
  type Plan,
  type PlanInput,
  type PlannedApply,
  type Unchanged,
} from './plan.ts';
export type {
  ApiResource,
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  DeleteResult,
  KindRef,
  ListedResource,
  ListOptions,
  ObjectRef,
  SyncCluster,
} from './ports.ts';
export {
  prepare,
  type PreparedHook,
  type PreparedObject,
  type PreparedSet,
  type PrepareOptions,
  type RenderedObject,
} from './prepare.ts';
export {
  createDeletionBudget,
  type DeletionBudget,
  type DeletionBudgetOptions,
  joinBudgets,
  waitForBudget,
} from './deletion-budget.ts';
export type { Companion } from './companions.ts';
export { type PruneSimulation, type SimulatedDeletion, simulatePrune } from './prune-simulation.ts';
export { type ApprovalSet, countOf, type PruneLimit, type PruneSettings } from './prune-plan.ts';
export { pruneAnnotation, pruneWishOf, type PruneWish } from './prune-wish.ts';
export { openPushView, type PushView } from './push-view.ts';
export { diffPush, ownersPush, simulatePush, pushParent, runSync, type PushInput } from './push.ts';
export { kindRefOf, lookupKinds, lookupResources, resourcesDefinedBy, type ResourceLookup } from './resources.ts';
export { createMemberIndex, isOlder, type MemberIndex } from './member-index.ts';
export { belongsToOthers, selectorOfOthers } from './others-in.ts';
export { createSyncRun, stepSync } from './run.ts';
export { dryRunSync } from './dry-run.ts';
export { endHooks, failRun, stopRun } from './stop.ts';
export { createDeletionRun, deletionPhasesOf, type DeletionPhase } from './deletion-hooks.ts';
export { stepTeardown, type TeardownInput, type TeardownOutcome } from './teardown.ts';
export { applyStages, deletionStages } from './stages.ts';

export { defaultFieldManager } from './run-types.ts';
export type {
  AboutToChange,
  ObjectResult,
  StepContext,
  StepOutcome,
  SyncAction,
  SyncInput,
  SyncOptions,
  SyncReport,
  SyncRun,
  Wait,
} from './run-types.ts';
export { planOf } from './validate.ts';
export { sharedHealth } from './health-share.ts';
export {
  awaitingUnreachable,
  downApiOf,
  type Unreachable,
  unreachableAmong,
  unreachableMessage,
  unreachableProblems,
} from './unreachable.ts';
export { type TreeNode, treeOf } from './explain-tree.ts';
export { buildTree, nameOfScope, type TreeOptions, type TreeScope } from './tree.ts';
export { mergedWarnings, type ObjectWarning } from './warnings.ts';
export type { ObjectOwners, OwnedField } from './field-owners.ts';
export { ownersSync, type SyncOwners } from './owners-sync.ts';
