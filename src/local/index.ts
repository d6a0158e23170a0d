export { devclusterBinary } from './devcluster-binary.ts';
export { startCluster } from './start-cluster.ts';
export { componentNames } from './types.ts';
export type {
  ClusterEvent,
  ClusterOptions,
  ClusterPlace,
  ComponentName,
  ComponentPids,
  LocalCluster,
} from './types.ts';
