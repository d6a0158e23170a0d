export {
  allPages,
  answerOf,
  type ApiClient,
  type ApiClientOptions,
  type ApiPaths,
  createApiClient,
  type Schemas,
} from './client.ts';
export { type Change, type EventQuery, followChanges, type FollowOptions } from './events.ts';
