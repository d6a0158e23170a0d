export { defaultClusterDirectory } from './cluster-directory.ts';
export { clusterStatus } from './cluster-status.ts';
export { devclusterBinary } from './devcluster-binary.ts';
export { startBackgroundCluster } from './start-background-cluster.ts';
export { startCluster } from './start-cluster.ts';
export { stopBackgroundCluster } from './stop-background-cluster.ts';
export { componentNames } from './types.ts';
export type {
  BackgroundCluster,
  BackgroundOptions,
  ClusterEvent,
  ClusterOptions,
  ClusterPlace,
  ClusterStatus,
  ComponentName,
  ComponentPids,
  LocalCluster,
  RunningCluster,
} from './types.ts';
export type { FirstCommit, RefUpdate } from './git-repository.ts';
export { startGitServer } from './git-server.ts';
export type { GitServer, GitServerOptions, Push } from './git-server.ts';
