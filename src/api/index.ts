export {
  type Application,
  applicationSchema,
  type ApplicationStatus,
  type ApplicationHold,
  type SyncOperation,
  type DriftChange,
  type HistoryEntry,
  sourcesOf,
} from './application.ts';
export { historySchema } from './application-status.ts';
export { type Condition, type ConditionInput, conditionsSchema, findCondition, nextConditions } from './condition.ts';
export { crds } from './crd.ts';
export { durationMilliseconds } from './duration.ts';
export { referenceMarkdown } from './markdown.ts';
export { apiVersion, group, names, argoNames, seldonNames, version } from '../names.ts';
export { operationSchema, type Operation, type OperationState, type OperationStatus } from './operation.ts';
export { parseApplication, parseIgnore, parseOperation, parseRepository } from './parse.ts';
export { type Ref } from './reference.ts';
export { type Repository, repositorySchema, type RepositoryStatus, type RepositoryType, typeOf } from './repository.ts';
export { type Source } from './source.ts';
