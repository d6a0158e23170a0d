export { parseCodeOwners } from './code-owners/parse.ts';
export type { CodeOwners, LineProblem, Ownership, Section } from './code-owners/types.ts';
export { repositoryKey } from './repository-key.ts';
export { type ConnectionOptions, createForgeConnections, type ForgeConnections, type Route } from './connections.ts';
export type { BasicCredentials, ForgeCredentials, GitHubAppCredentials, TokenCredentials } from './credentials.ts';
export type { InstallationToken } from './github/app.ts';
export { installationToken, type InstallationTokenOptions } from './github/installation-token.ts';
export { type ForgeOptions, knownForge, openForge } from './open-forge.ts';
export type { Clock } from './pace.ts';
export { repositoryPlace } from './repository-place.ts';
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
export { receiveWebhook } from './webhooks/receive.ts';
export type {
  Delivery,
  PullRequestAction,
  ReceivedWebhook,
  RefMove,
  WebhookEvent,
  WebhookKind,
  WebhookRequest,
} from './webhooks/types.ts';
export { webhookKinds } from './webhooks/types.ts';
export { verifySecrets } from './webhooks/verify.ts';
