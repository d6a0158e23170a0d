export { createKubeClient, type ClientOptions } from './client.ts';
export type { ClusterConfig, CredentialSource, Credentials, ServerTrust } from './config.ts';
export type { FlowOptions, Priority } from './flow.ts';
export { loadClusterConfig, type LoadConfigOptions } from './load-config.ts';
export type {
  ApplyOptions,
  CallOptions,
  Counters,
  DeleteOptions,
  DeleteResult,
  Discovery,
  KindRef,
  KubeClient,
  ListOptions,
  ObjectList,
  ObjectRef,
  PatchOptions,
  RawAnswer,
  RawRequest,
  Resource,
  StreamEnd,
  StreamRequest,
  User,
  WriteOptions,
} from './types.ts';
export { watchCache, type WatchCache, type WatchCacheOptions } from './watch-cache.ts';
export type { Change, Place } from './watch-store.ts';
export { acquireLease, type HeldLease, type LeaseOptions } from './lease.ts';
export { proxyFor } from './proxy.ts';
export { createListSchemas, type ListSchemaReader } from './list-schemas.ts';
export { createEventRecorder, type EventInput, type EventRecorder, type WrittenEvent } from './events.ts';
