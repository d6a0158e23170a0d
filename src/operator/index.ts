export {
  type EnabledGitSync,
  type GitSyncConfig,
  type OperatorConfig,
  parseOperatorConfig,
  type SecretKey,
} from './config.ts';
export {
  type Definition,
  type Objects,
  objectsOf,
  operatorFor,
  query,
  type TypedPhase,
  type ValuesOf,
} from './define.ts';
export { finalizerOf } from './resource-writes.ts';
export { jsonLog } from './json-log.ts';
export { runOperator, type RunningOperator, type RunOptions } from './run.ts';
export type {
  Condition,
  Context,
  CustomResource,
  GitSyncStatus,
  Input,
  InputSource,
  Log,
  Operator,
  OperatorStatus,
  Outputs,
  Phase,
  Removed,
  StatusOf,
  SyncResult,
  WrittenObject,
} from './types.ts';
// What an operator outside needs of other rooms: its cluster, and the form of objects and of errors.
export { createKubeClient, type KindRef, type KubeClient, loadClusterConfig } from '../kube/index.ts';
export type { KubeObject, ObjectKey, ObjectMeta } from '../object.ts';
export { PlumbError, type Problem } from '../errors.ts';
