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
export { combinedFingerprint, desiredDigest, fingerprint, type Fingerprinted } from './fingerprint.ts';
export type { Member, PruneWish, SyncView } from './member.ts';
export type {
  AppliedRecord,
  ApplyReason,
  BlockReason,
  Blocked,
  LastApplied,
  Plan,
  PlannedApply,
  PruneLimit,
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
export type { PreparedObject, PreparedSet, RenderedObject, ResourceLookup } from './prepare.ts';
export type {
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
