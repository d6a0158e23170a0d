export { applyEdits, valueAt } from './place/field-path.ts';
export { findRendered } from './place/find-rendered.ts';
export { editsBetween } from './place/edits-between.ts';
export { overlaidTree } from './place/overlaid-tree.ts';
export { placeChange } from './place/place-change.ts';
export type {
  FieldEdit,
  FieldStep,
  FileChange,
  ItemKeys,
  Placement,
  PlaceRequest,
  RenderedObject,
  Wish,
} from './place/types.ts';
export { cleanObject } from './clean-object.ts';
export {
  type FileFormat,
  newFile,
  type ObjectFile,
  type PlacedObject,
  readFile,
  withObject,
  withoutObject,
} from './document.ts';
export { differences, type FieldDifference, type FieldPath, formatFieldPath } from './fields.ts';
export {
  candidatePaths,
  checkKey,
  namespaceFolder,
  type NamespaceLayout,
  objectPath,
  parsePrefix,
  type PlaceInLayout,
  placeOf,
} from './layout.ts';
export {
  createFolderCache,
  type FolderCache,
  type Files,
  type FoundObject,
  type ListedObject,
  type NamespaceObjects,
  namespaceObjects,
} from './namespace-objects.ts';
export { refuseRendered } from './rendered-folder.ts';
export { overlaidFiles } from './overlaid-files.ts';
export { patched, type PatchType } from './patch.ts';
export { fetchTip, knownTip, tipAt } from './read-tip.ts';
export { hasToBeJoined, type ObjectWish, type Replayed, replayed } from './replay.ts';
export { type FieldConflict, type ListRules, mergeFields, type Merged } from './merge.ts';
export { isSopsEncrypted, plainSecretsIn } from './plain-secrets.ts';
export { type CommitSubject, formatMessage, formatSubject, operationOf, parseSubject } from './subject.ts';
export { type BranchWriterOptions, createBranchWriter } from './branch-writer.ts';
export type { BranchWriter, Edit, Edited, Onto, Tip, TipFiles, WriteOptions, Written } from './edit.ts';
export {
  type AuditEntry,
  type AuditFile,
  type AuditFilter,
  type AuditPage,
  type AuditRequest,
  type AuditUser,
  readAudit,
} from './audit.ts';
export { type FileDiff } from './file-diff.ts';
export { type ByWhom, type PlannedObject, previewPlan, type Trying, type TryObjects } from './planned.ts';
export { planRestore, requireInHistory, type RestoreScope, type RestoreWish } from './restore.ts';
export { planRevert, type RevertWish } from './revert.ts';
export { type AuditEntryView, type FileDiffView, viewDiff, viewEntry } from './audit-view.ts';
export { type CommitDiff, diffBetween, readCommitDiff, type TreeDiff } from './commit-diff.ts';
export { objectPaths } from './object-paths.ts';
