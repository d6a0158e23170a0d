export type {
  Call,
  CommitStatus,
  Forge,
  ForgeKind,
  MergeOptions,
  NewPullRequest,
  PullRequest,
  PullRequestChange,
  Review,
} from './types.ts';
export { forgeKinds } from './types.ts';
